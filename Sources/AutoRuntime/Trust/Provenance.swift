package import CEL

/// Who brought text from outside into what a step changes something with, or into what a session is given and gives.
package struct Provenance: Sendable, Hashable {
    /// Text from outside in one field.
    package struct Field: Sendable, Hashable {
        /// Such as `body.note`.
        package let path: String
        /// In the order of their steps' names.
        package let origins: [Origin]

        package init(path: String, origins: [Origin]) {
            self.path = path
            self.origins = origins
        }
    }

    /// In the order of their paths.
    package let fields: [Field]

    package init(fields: [Field]) { self.fields = fields }

    /// - Parameter marks: by the paths of the fields.
    package init(_ marks: [String: Marks]) {
        fields = marks.filter { !$0.value.origins.isEmpty }.sorted { $0.key < $1.key }.map {
            Field(path: $0.key, origins: $0.value.origins.sorted())
        }
    }
}

import Values

/// What the server may see of the disk beside the files that are open.
package struct Workspace: Sendable {
    /// The paths of the `.auto` files in a folder and the folders in it.
    let automations: @Sendable (String) -> [String]
    /// The paths, from a folder on, of all files in it and below; of many the first.
    let files: @Sendable (String) -> [String]
    /// A file's bytes; nil when it cannot be read.
    let read: @Sendable (String) -> [UInt8]?
    /// Whether there is a file.
    let exists: @Sendable (String) -> Bool

    /// - Parameter automations: Gives the paths of the `.auto` files in a folder and the folders in it.
    /// - Parameter files: Gives the paths, from a folder on, of all files in it and below.
    /// - Parameter read: Gives a file's bytes; nil when it cannot be read.
    /// - Parameter exists: Says whether there is a file of a path.
    package init(
        automations: @escaping @Sendable (String) -> [String],
        files: @escaping @Sendable (String) -> [String],
        read: @escaping @Sendable (String) -> [UInt8]?,
        exists: @escaping @Sendable (String) -> Bool
    ) {
        self.automations = automations
        self.files = files
        self.read = read
        self.exists = exists
    }

    /// A workspace without files.
    package static var empty: Workspace {
        Workspace(automations: { _ in [] }, files: { _ in [] }, read: { _ in nil }, exists: { _ in false })
    }
}

/// What a client can do, as far as answers go by it.
struct ClientAbilities {
    var unit = ColumnUnit.utf16
    /// Whether completion may offer texts with places to fill in.
    var snippets = false

    init() {}

    /// - Parameter capabilities: What the client says of itself in `initialize`.
    init(_ capabilities: Value?) {
        let capabilities = capabilities?.asMap
        let general = capabilities?["general"]?.asMap
        let offered = (general?["positionEncodings"]?.asList ?? []).compactMap(\.asText)
        if offered.contains(ColumnUnit.utf8.rawValue) {
            unit = .utf8
        } else if offered.contains(ColumnUnit.utf32.rawValue), !offered.contains(ColumnUnit.utf16.rawValue) {
            unit = .utf32
        }
        let item = capabilities?["textDocument"]?.asMap?["completion"]?.asMap?["completionItem"]?.asMap
        snippets = item?["snippetSupport"]?.asBool ?? false
    }
}

/// Why a program in a text does not compile or run, in words for its author.
package struct ProgramError: Error, Sendable, Hashable {
    /// A sentence without a full stop.
    package let message: String
    /// The byte offset in the program, when its compiler tells one.
    package let offset: Int?

    package init(_ message: String, offset: Int? = nil) {
        self.message = message
        self.offset = offset
    }

    /// Whoever wanted the result wants it no more, or its time was over.
    package static let stopped = ProgramError("it was stopped")
}

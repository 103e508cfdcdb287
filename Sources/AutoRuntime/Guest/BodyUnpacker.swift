/// Undoes how a server packed the body of an answer.
package protocol BodyUnpacker: Sendable {
    /// What `Accept-Encoding` says.
    var accepted: String { get }

    /// The body as it was before.
    ///
    /// - Parameter encoding: the answer's `Content-Encoding`.
    /// - Parameter limit: the most bytes that it may have.
    /// - Throws: kind `body` when the bytes are not what `encoding` says, `too_large` when they are more.
    func unpack(_ body: [UInt8], _ encoding: String, limit: Int) async throws(StepFailure) -> [UInt8]
}

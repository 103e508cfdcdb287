/// Why a text is not a url.
package struct URLError: Error, Sendable, Hashable {
    /// What is wrong and where, as a part of a sentence: "the port `99999` is larger than 65535".
    ///
    /// At most 60 characters of the text are quoted, and never a user name or a password that an `@`
    /// follows.
    package let message: String

    /// An error whose message is a part of a sentence that may follow a colon.
    package init(_ message: String) {
        self.message = message
    }

    static func host(_ host: some Sequence<UInt8>, _ problem: String) -> URLError {
        URLError("the host \(quoted(host)) \(problem)")
    }
}

/// The first 60 characters between backticks, those that cannot be seen percent-encoded.
func quoted(_ bytes: some Sequence<UInt8>) -> String {
    let limit = 60
    // No character has more than four bytes, so this many hold all that can be shown and one more.
    let start = String(decoding: Array(bytes.prefix(4 * (limit + 1))), as: UTF8.self)
    var pieces: [String] = []
    var length = 0
    for scalar in start.unicodeScalars {
        let piece = isVisible(scalar) ? String(scalar) : percentEncoded(value: String(scalar))
        pieces.append(piece)
        length += piece.unicodeScalars.count
        guard length > limit else { continue }
        while length > limit - 1, let last = pieces.popLast() { length -= last.unicodeScalars.count }
        return "`" + pieces.joined() + "…`"
    }
    return "`" + pieces.joined() + "`"
}

private func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F && scalar != "`" }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
        return false
    default:
        return true
    }
}

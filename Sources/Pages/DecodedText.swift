package import Encodings
package import Programs

/// The text of a page, and how it is known in which encoding it was written.
package struct DecodedText: Sendable, Hashable {
    /// Valid UTF-8 without a byte-order mark. What stands for nothing has become U+FFFD, and nothing is left
    /// out.
    package let utf8: [UInt8]
    /// The encoding in which the text was read.
    package let encoding: TextEncoding
    /// What told the encoding.
    package private(set) var evidence: EncodingEvidence
    /// The offset of the first byte that belongs to no character; nil where all of them do.
    package let firstFault: Int?

    /// - Parameter markLength: how many bytes at the beginning are a byte-order mark.
    init(_ bytes: [UInt8], _ encoding: TextEncoding, _ evidence: EncodingEvidence, markLength: Int = 0) {
        let decoded = encoding.decode(markLength == 0 ? bytes : Array(bytes.dropFirst(markLength)))
        utf8 = decoded.utf8
        firstFault = decoded.firstFault.map { $0 + markLength }
        self.encoding = encoding
        self.evidence = evidence
    }

    fileprivate func with(evidence: EncodingEvidence) -> DecodedText {
        var copy = self
        copy.evidence = evidence
        return copy
    }
}

/// The text of a page by the Encoding Standard: a byte-order mark says in which encoding it is written, else
/// its server, else the page itself in its first 64 kB, else the bytes; where none of them does, it is
/// guessed.
///
/// - Parameters:
///   - said: the label that the server gave, in whatever letters; nil where it gave none.
///   - namesItself: whether texts of its kind name their encoding, as HTML and XML do.
/// - Throws: where a label is all that tells of the encoding, and no encoding has it.
package func pageText(_ bytes: [UInt8], said: String?, namesItself: Bool = true)
    throws(ProgramError) -> DecodedText
{
    let stated = StatedEncoding(of: bytes, said: said, namesItself: namesItself)
    if case .known(let encoding, let evidence, let length) = stated {
        return DecodedText(bytes, encoding, evidence, markLength: length)
    }
    if let wide = CharsetGuess.utf16(bytes) { return DecodedText(bytes, wide, .bytes) }
    let text = DecodedText(bytes, .utf8, .bytes)
    // Sets of seven bits are valid UTF-8, too, and show themselves by their escapes.
    let hasEscapes = bytes.contains(0x1B)
    if text.firstFault == nil, !hasEscapes { return text }
    if text.firstFault != nil, CharsetGuess.isMostlyUTF8(text.utf8) { return text }
    // Where a label names what is not known, letters that look like those of another encoding are no proof.
    if case .unknown(let label) = stated, text.firstFault != nil {
        throw ProgramError(
            "the page says that it is written in `\(label)`, an encoding that is not known, and its bytes are no UTF-8"
        )
    }
    if let guess = CharsetGuess.guess(bytes) { return DecodedText(bytes, guess, .guess) }
    return text.firstFault == nil ? text : text.with(evidence: .nothing)
}

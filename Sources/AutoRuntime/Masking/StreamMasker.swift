import Values

/// Masks a text that comes in pieces, and shows as much of it as can hold no beginning of a secret.
///
/// What comes out, joined, is what `Masker.mask` makes of the whole text.
package struct StreamMasker: Sendable {
    private let forms: SecretForms?
    /// The end of what was shown, because it may decide how what follows is read, and what is held back.
    private var bytes: [UInt8] = []
    private var shown = 0
    /// How many bytes have come since they were looked through.
    private var fresh = 0

    /// How much of what was shown is kept.
    private static let context = 256

    init(_ forms: SecretForms?) { self.forms = forms }

    /// Takes the next piece.
    ///
    /// - Returns: what can be shown now; empty while all of it is held back.
    package mutating func take(_ piece: String) -> String {
        guard let forms else { return piece }
        bytes += piece.utf8
        fresh += piece.utf8.count
        // A long beginning is not looked through again for each of many short pieces.
        guard fresh * 16 >= bytes.count - shown - StreamMasker.context else { return "" }
        fresh = 0
        return showMore(isOpen: true, forms)
    }

    /// Gives what is still held back: no more comes.
    package mutating func end() -> String {
        guard let forms else { return "" }
        defer { (bytes, shown, fresh) = ([], 0, 0) }
        return showMore(isOpen: false, forms)
    }
}

extension StreamMasker {
    /// What can be shown of the bytes, masked; forgets all but the end of what it showed.
    private mutating func showMore(isOpen: Bool, _ forms: SecretForms) -> String {
        let (output, end) = bytes.withUnsafeBufferPointer { bytes in
            StreamMasker.showable(bytes, from: shown, isOpen: isOpen, Masking(forms))
        }
        let kept = max(0, end - StreamMasker.context)
        bytes.removeFirst(kept)
        shown = end - kept
        return String(decoding: output, as: UTF8.self)
    }

    /// The masked bytes from `start` on, as far as they can be shown, and where that ends.
    private static func showable(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, isOpen: Bool, _ masking: Masking
    ) -> (output: [UInt8], end: Int) {
        let (scan, unfinishedMark) = masking.scan(bytes, isOpen: isOpen)
        let found = Masking.joined(scan.found, masking.forms).filter { $0.start >= start }
        var end = bytes.count
        if isOpen {
            end = max(start, min(end, scan.pending, unfinishedMark ?? end))
            // What follows may belong to it still: the `=` of base64, a longer secret.
            if let part = found.first(where: { $0.start < end && $0.end >= end }) { end = part.start }
            // Never between the bytes of a character.
            while end > start, end < bytes.count, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        }
        let output = masking.replaced(bytes, start..<end, found)
        guard found.contains(where: { $0.end <= end }) else { return (output, end) }
        return (output.withUnsafeBufferPointer(masking.masked) ?? output, end)
    }
}

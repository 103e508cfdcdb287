extension Masker {
    /// Masks a sentence that quotes what may have been cut: the beginning of a secret in front of `…`, or at
    /// the end, which alone is no form of the secret any more.
    package func mask(cut sentence: String) -> String {
        let text = mask(sentence)
        guard forms != nil else { return text }
        var bytes = Array(text.utf8)
        let ellipsis = Array("…".utf8)
        // From behind, so that the places before stay where they are.
        for place in (0...bytes.count).reversed()
        where place == bytes.count || bytes[place...].starts(with: ellipsis) {
            guard let (name, length) = beginning(endingAt: place, of: bytes) else { continue }
            bytes.replaceSubrange((place - length)..<place, with: Masker.mark(name).utf8)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// So much of a secret is no chance any more.
    private static let fewestBytes = 4

    /// The longest beginning of a secret that ends at a place, and is not all of it.
    private func beginning(endingAt place: Int, of bytes: [UInt8]) -> (name: String, length: Int)? {
        var longest: (name: String, length: Int)?
        for text in hidden where text.isMaskable {
            let secret = Array(text.text.utf8)
            let most = min(secret.count - 1, place)
            guard most >= Masker.fewestBytes else { continue }
            for length in (Masker.fewestBytes...most).reversed() where length > longest?.length ?? 0 {
                guard bytes[(place - length)..<place].elementsEqual(secret[..<length]) else { continue }
                longest = (text.name, length)
                break
            }
        }
        return longest
    }
}

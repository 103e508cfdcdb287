import Encodings

/// What an element's own attributes say of whether it is shown.
enum Concealment {
    /// - Parameter value: what the attribute `hidden` holds.
    static func hides(hidden value: some Sequence<UInt8>) -> Bool {
        // A search in the page shows it.
        !value.lazy.map(smallLetter).elementsEqual("until-found".utf8)
    }

    /// Whether a style says one of some things, such as `display:none`.
    ///
    /// - Parameter declarations: in small letters, without blanks; none shorter than twelve letters.
    static func style(_ style: some Collection<UInt8>, says declarations: [String]) -> Bool {
        // Most styles are too short to say it.
        guard style.count >= 12 else { return false }
        let letters = style.lazy.filter { $0 > 0x20 }.map(smallLetter)
        return Array(letters).split(separator: UInt8(ascii: ";")).contains { said in
            declarations.contains { declaration in
                said.starts(with: declaration.utf8)
                    && (said.count == declaration.utf8.count
                        || said.dropFirst(declaration.utf8.count).elementsEqual("!important".utf8))
            }
        }
    }
}

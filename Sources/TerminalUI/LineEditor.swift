/// What a person types on one line, and where the cursor stands in it.
package struct LineEditor: Sendable, Hashable {
    private var characters: [Character] = []
    /// How many characters stand in front of the cursor.
    private var place = 0

    package init() {}

    /// What has been typed.
    package var text: String { String(characters) }
    /// What of it stands in front of the cursor.
    package var textBeforeCursor: String { String(characters[..<place]) }

    /// Changes the text or moves the cursor, where that is what the key does.
    package mutating func take(_ key: Key) {
        switch key {
        case .character(let character):
            characters.insert(character, at: place)
            place += 1
        case .pasted(let text):
            characters.insert(contentsOf: text, at: place)
            place += text.count
        case .backspace:
            guard place > 0 else { return }
            place -= 1
            characters.remove(at: place)
        case .delete: if place < characters.count { characters.remove(at: place) }
        case .left: place = max(0, place - 1)
        case .right: place = min(characters.count, place + 1)
        case .home: place = 0
        case .end: place = characters.count
        case .eraseLine:
            characters.removeSubrange(..<place)
            place = 0
        case .eraseWord:
            let kept = characters[..<place].reversed().drop { $0 == " " }.drop { $0 != " " }.count
            characters.removeSubrange(kept..<place)
            place = kept
        case .enter, .up, .down, .escape, .endOfInput, .interrupt, .suspend: break
        }
    }

    /// Forgets what has been typed.
    package mutating func clear() { self = LineEditor() }
}

/// A pattern of paths: `*` is any text within a name, `?` one character, `[a-z]` and `[!a-z]` one of a set,
/// and `**` any number of folders, none included. `\` takes away what the character behind it means.
///
/// `*`, `?` and `**` leave names out that begin with a dot, which are hidden.
package struct Glob: Sendable, Hashable {
    private let parts: [Part]
    private let isForAnyDepth: Bool

    package init(_ pattern: String) {
        // A `/` at the end says that a folder is meant, and is no border between two names.
        isForAnyDepth = !pattern.dropLast(pattern.hasSuffix("/") ? 1 : 0).contains("/")
        parts = pattern.split(separator: "/").map { $0 == "**" ? .folders : .name(NamePattern($0)) }
    }

    private enum Part: Sendable, Hashable {
        case folders
        case name(NamePattern)
    }

    /// How many names a path has that the pattern can match; nil where `**` leaves that open.
    package var depth: Int? { parts.contains(.folders) ? nil : parts.count }

    /// Whether the whole of a path fits.
    ///
    /// - Parameter path: relative, its names separated by `/`.
    package func matches(_ path: String) -> Bool { ends(path, parts).last == true }

    /// Whether a path fits, or lies in a folder that fits, as in a list of what is left out: a pattern
    /// without a `/` names files and folders at any depth.
    ///
    /// - Parameter path: relative, its names separated by `/`.
    package func covers(_ path: String) -> Bool {
        // A pattern without a name is nothing's name.
        guard !parts.isEmpty else { return false }
        let pattern = isForAnyDepth && parts.first != .folders ? [.folders] + parts : parts
        return ends(path, pattern).dropFirst().contains(true)
    }

    /// Whether the pattern fits the first so many names of a path, by their number from 0.
    ///
    /// All beginnings are looked at side by side, so that many `**` take no longer than one.
    private func ends(_ path: String, _ parts: [Part]) -> [Bool] {
        let names = path.split(separator: "/").map(Array.init)
        var reached = [true] + names.map { _ in false }
        for part in parts {
            var next = reached.map { _ in false }
            switch part {
            case .folders:
                next[0] = reached[0]
                for (place, name) in names.enumerated() {
                    next[place + 1] = reached[place + 1] || (next[place] && name.first != ".")
                }
            case .name(let pattern):
                for (place, name) in names.enumerated() where reached[place] {
                    next[place + 1] = pattern.matches(name)
                }
            }
            reached = next
        }
        return reached
    }
}

/// A pattern of one name.
private struct NamePattern: Sendable, Hashable {
    private enum Item: Sendable, Hashable {
        case character(Character)
        case any
        case text
        case oneOf([ClosedRange<Character>], isNegated: Bool)
    }

    private let items: [Item]

    init(_ pattern: Substring) {
        let characters = Array(pattern)
        var items: [Item] = []
        var place = 0
        while place < characters.count {
            switch characters[place] {
            case "*":
                if items.last != .text { items.append(.text) }
            case "?": items.append(.any)
            case "[":
                if let (set, end) = NamePattern.set(characters, from: place) {
                    items.append(set)
                    place = end
                } else {
                    items.append(.character("["))
                }
            case "\\" where place + 1 < characters.count:
                place += 1
                items.append(.character(characters[place]))
            default: items.append(.character(characters[place]))
            }
            place += 1
        }
        self.items = items
    }

    /// A set from its `[` on, and the place of its `]`; nil for a bracket that is never closed.
    private static func set(_ characters: [Character], from start: Int) -> (Item, Int)? {
        var place = start + 1
        let isNegated = place < characters.count && ["!", "^"].contains(characters[place])
        if isNegated { place += 1 }
        var ranges: [ClosedRange<Character>] = []
        // A `]` that comes first stands for itself.
        let first = place
        while place < characters.count, characters[place] != "]" || place == first {
            let low = characters[place]
            if place + 2 < characters.count, characters[place + 1] == "-", characters[place + 2] != "]" {
                let high = characters[place + 2]
                if low <= high { ranges.append(low...high) }
                place += 3
            } else {
                ranges.append(low...low)
                place += 1
            }
        }
        guard place < characters.count else { return nil }
        return (.oneOf(ranges, isNegated: isNegated), place)
    }

    func matches(_ name: [Character]) -> Bool {
        if name.first == ".", items.first != .character(".") { return false }
        // Where the last `*` stands and how much of the name it holds so far: only that ever has to be tried
        // anew.
        var star: (item: Int, name: Int)?
        var item = 0
        var place = 0
        while place < name.count {
            if item < items.count, items[item] == .text {
                star = (item, place)
                item += 1
            } else if item < items.count, fits(name[place], items[item]) {
                item += 1
                place += 1
            } else if let known = star {
                star = (known.item, known.name + 1)
                item = known.item + 1
                place = known.name + 1
            } else {
                return false
            }
        }
        return items[item...].allSatisfy { $0 == .text }
    }

    private func fits(_ character: Character, _ item: Item) -> Bool {
        switch item {
        case .character(let own): character == own
        case .any: true
        case .text: false
        case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(character) } != isNegated
        }
    }
}

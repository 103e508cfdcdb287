import Encodings

/// The names of a page's elements and attributes, each once; elsewhere its number stands for it.
///
/// The numbers of the elements in `HTMLTag` are their places in `HTMLTag.allCases`. The table is seeded
/// anew in each process, so that no page can choose names that all fall into one slot.
package struct HTMLNames: Sendable {
    private struct Entry: Sendable {
        /// The first eight bytes, the first one lowest.
        let key: UInt64
        let hash: UInt64
        let start: Int
        let count: Int
    }

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    /// Numbers of names by their hash, with free slots after each other's (-1); half of them stay free.
    private var slots: [Int32] = Array(repeating: -1, count: 1_024)

    /// The names that the rules speak of, which each page starts with.
    static let known = HTMLNames()

    private static let seed = UInt64.random(in: .min ... .max)
    private static let tags = HTMLTag.allCases

    private init() {
        for tag in Self.tags { _ = number(of: Array(tag.name.utf8), lowercased: false) }
    }

    /// The element that a number stands for, as far as the rules know it.
    func tag(_ number: Int32) -> HTMLTag {
        Int(number) < Self.tags.count ? Self.tags[Int(number)] : .other
    }

    /// The name that a number stands for, as UTF-8.
    package subscript(number: Int32) -> ArraySlice<UInt8> {
        let entry = entries[Int(number)]
        return bytes[entry.start..<entry.start + entry.count]
    }

    /// How many names there are: their numbers are below.
    package var count: Int { entries.count }

    mutating func number(of name: [UInt8], lowercased: Bool) -> Int32 {
        number(of: name, from: 0, to: name.count, lowercased: lowercased)
    }

    /// The number of the name that stands in a part of a text; a new one where it is seen for the first time.
    ///
    /// - Parameter lowercased: whether ASCII capitals are read as small letters.
    mutating func number(of text: [UInt8], from start: Int, to end: Int, lowercased: Bool) -> Int32 {
        var key: UInt64 = 0
        var word: UInt64 = 0
        var hash = Self.seed ^ UInt64(end - start)
        var index = start
        while index < end {
            let place = (index - start) & 7
            word |= UInt64(lowercased ? smallLetter(text[index]) : text[index]) << UInt64(place * 8)
            index += 1
            if place == 7 || index == end {
                if index - start <= 8 { key = word }
                hash = Self.mixed(hash ^ word)
                word = 0
            }
        }
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let number = slots[slot]
            let entry = entries[Int(number)]
            if entry.hash == hash && entry.key == key && entry.count == end - start
                && isSame(entry, text, start, lowercased)
            {
                return number
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        let number = Int32(entries.count)
        entries.append(Entry(key: key, hash: hash, start: bytes.count, count: end - start))
        for index in start..<end { bytes.append(lowercased ? smallLetter(text[index]) : text[index]) }
        slots[slot] = number
        if entries.count * 2 > slots.count { grow() }
        return number
    }

    private func isSame(_ entry: Entry, _ text: [UInt8], _ start: Int, _ lowercased: Bool) -> Bool {
        // The key holds the whole of a short name.
        var index = 8
        while index < entry.count {
            let byte = text[start + index]
            if bytes[entry.start + index] != (lowercased ? smallLetter(byte) : byte) { return false }
            index += 1
        }
        return true
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for (number, entry) in entries.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.hash) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(number)
        }
    }

    /// Spreads each bit over all.
    private static func mixed(_ value: UInt64) -> UInt64 {
        let product = (value ^ seed).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}

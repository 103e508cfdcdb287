import Values

/// Seconds since 1970 of the date in a cookie's `Expires`, by the algorithm of RFC 6265, section 5.1.1: whatever
/// is between the words, and in whatever order they stand, the first that can be a time, a day, a month and a
/// year are these.
func secondsOfCookieDate(_ text: String) -> Int64? {
    var date = CookieDate()
    for word in text.utf8.split(whereSeparator: isDelimiter) { date.take(Array(word)) }
    return date.seconds
}

/// The characters between the words of a date.
private func isDelimiter(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x09, 0x20...0x2F, 0x3B...0x40, 0x5B...0x60, 0x7B...0x7E: true
    default: false
    }
}

private struct CookieDate {
    private var time: (hour: Int, minute: Int, second: Int)?
    private var day: Int?
    private var month: Int?
    private var year: Int?

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    mutating func take(_ word: [UInt8]) {
        if time == nil, let found = CookieDate.time(word) {
            time = found
        } else if day == nil, let found = CookieDate.number(word, 1...2) {
            day = found
        } else if month == nil, let found = CookieDate.month(word) {
            month = found
        } else if year == nil, let found = CookieDate.number(word, 2...4) {
            year =
                (70...99).contains(found) ? found + 1_900 : (0...69).contains(found) ? found + 2_000 : found
        }
    }

    var seconds: Int64? {
        guard let time, let day, let month, let year, (1...31).contains(day), year >= 1_601, time.hour <= 23,
            time.minute <= 59, time.second <= 59
        else { return nil }
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let clock = "\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2))"
        return Timestamp(text: "\(date)T\(clock)Z")?.seconds
    }

    /// `hh:mm:ss`, each of one or two digits; what is no digit ends it.
    private static func time(_ word: [UInt8]) -> (Int, Int, Int)? {
        let parts = word.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 3, let hour = wholeNumber(parts[0]), let minute = wholeNumber(parts[1]),
            let second = number(Array(parts[2]), 1...2)
        else { return nil }
        return (hour, minute, second)
    }

    private static func wholeNumber(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return number(Array(digits), 1...2)
    }

    private static func month(_ word: [UInt8]) -> Int? {
        let name = String(decoding: word.prefix(3), as: UTF8.self).lowercased()
        return months.firstIndex(of: name).map { $0 + 1 }
    }

    /// The digits at the beginning of a word, if there are so many of them.
    private static func number(_ word: [UInt8], _ count: ClosedRange<Int>) -> Int? {
        let digits = word.prefix { (0x30...0x39).contains($0) }
        guard count.contains(digits.count) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}

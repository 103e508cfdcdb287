import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The seconds that a zone of the tz database is ahead of UTC at an instant; nil when the machine does not
/// know it.
func zoneOffset(_ name: String, at seconds: Int64) -> Int64? { ZoneFile(named: name)?.offset(at: seconds) }

/// A zone of the tz database: how far its clocks are ahead of UTC, at any moment.
package struct TimeZoneRules: Sendable {
    private let file: ZoneFile?

    /// A zone by its name, such as `Europe/Berlin`; nil for one that this machine does not know.
    package init?(named name: String) {
        file = ZoneFile(named: name)
        guard file != nil || name == "UTC" else { return nil }
    }

    /// The seconds by which its clocks are ahead of UTC at an instant in seconds since 1970.
    package func offset(at seconds: Int64) -> Int64 { file?.offset(at: seconds) ?? 0 }

    /// The names of the zones that this machine knows; empty where its tz database has no list of them.
    package static var names: [String] {
        let list = String(decoding: zoneBytes(of: "tzdata.zi", most: 1 << 20), as: UTF8.self)
        var names: [String] = []
        for line in list.split(separator: "\n") {
            let words = line.split(separator: " ")
            // `Z NAME …` begins a zone, and `L TARGET NAME` is another name of one.
            if words.first == "Z", words.count > 1 { names.append(String(words[1])) }
            if words.first == "L", words.count > 2 { names.append(String(words[2])) }
        }
        return names
    }
}

/// A file of the system's tz database; empty for one that is not there.
///
/// Its TZif files (RFC 8536) are read here: libc offers a zone only through the process's environment, which
/// is not safe while other threads run.
private func zoneBytes(of name: String, most: Int) -> [UInt8] {
    guard let file = fopen("/usr/share/zoneinfo/" + name, "rb") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: most)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
}

private struct ZoneFile: Sendable {
    private var transitions: [(time: Int64, offset: Int64)] = []
    private var firstOffset: Int64 = 0
    private var rule: PosixZone?

    /// A zone by its name; nil for one that is not there.
    init?(named name: String) {
        guard name.utf8.allSatisfy({ isIdentifierPart($0) || $0 == 0x2F || $0 == 0x2B || $0 == 0x2D }) else {
            return nil
        }
        self.init(zoneBytes(of: name, most: 65_536))
    }

    private init?(_ bytes: [UInt8]) {
        guard bytes.starts(with: "TZif".utf8), bytes.count >= 44, bytes[4] >= 0x32 else { return nil }
        func number(_ start: Int, _ width: Int) -> Int64 {
            guard start >= 0, start + width <= bytes.count else { return 0 }
            let raw = bytes[start..<(start + width)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return width == 4 ? Int64(Int32(truncatingIfNeeded: raw)) : Int64(bitPattern: raw)
        }
        func header(_ start: Int) -> [Int] { (0..<6).map { Int(number(start + 20 + 4 * $0, 4)) } }
        // The first block has 32-bit times; the second, with 64 bits, says the same and more.
        let old = header(0)
        let start = 44 + old[3] * 5 + old[4] * 6 + old[5] + old[2] * 8 + old[1] + old[0]
        guard start + 44 <= bytes.count, bytes[start...].starts(with: "TZif".utf8) else { return nil }
        let counts = header(start)
        let (leaps, times, types) = (counts[2], counts[3], counts[4])
        let timesStart = start + 44
        let indexStart = timesStart + times * 8
        let typesStart = indexStart + times
        let end = typesStart + types * 6 + counts[5] + leaps * 12 + counts[1] + counts[0]
        guard types > 0, end <= bytes.count else { return nil }
        firstOffset = number(typesStart, 4)
        for index in 0..<times {
            let type = Int(bytes[indexStart + index])
            transitions.append((number(timesStart + 8 * index, 8), number(typesStart + 6 * type, 4)))
        }
        rule = PosixZone(String(decoding: bytes[end...].filter { $0 != 0x0A }, as: UTF8.self))
    }

    func offset(at seconds: Int64) -> Int64 {
        if let last = transitions.last, seconds < last.time {
            return transitions.last { $0.time <= seconds }?.offset ?? firstOffset
        }
        return rule?.offset(at: seconds) ?? transitions.last?.offset ?? firstOffset
    }
}

/// The rule for the years after the table: `CET-1CEST,M3.5.0,M10.5.0/3`.
private struct PosixZone: Sendable {
    private let standard: Int64
    private var summer: (offset: Int64, start: Change, end: Change)?

    private struct Change: Sendable {
        let month: Int64
        let week: Int64
        let weekday: Int64
        let time: Int64

        init?(_ text: Substring) {
            let parts = text.split(separator: "/")
            guard let rule = parts.first, rule.first == "M" else { return nil }
            let numbers = rule.dropFirst().split(separator: ".").compactMap { Int64($0) }
            guard numbers.count == 3 else { return nil }
            (month, week, weekday) = (numbers[0], numbers[1], numbers[2])
            time = parts.count > 1 ? PosixZone.hours(parts[1]) ?? 7_200 : 7_200
        }

        /// The local second of a year at which the change comes.
        func second(in year: Int64) -> Int64 {
            let first = CivilTime.daysSince1970(year: year, month: month, day: 1)
            let firstWeekday = CivilTime(secondsSince1970: first * 86_400).weekday
            var day = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            if day >= CivilTime.days(in: month, of: year) { day -= 7 }
            return (first + day) * 86_400 + time
        }
    }

    init?(_ text: String) {
        let parts = text.split(separator: ",")
        guard let head = parts.first else { return nil }
        var rest = head[...]
        PosixZone.dropName(&rest)
        let digits = rest.prefix { $0.isNumber || $0 == ":" || $0 == "-" || $0 == "+" }
        guard let west = PosixZone.hours(digits) else { return nil }
        standard = -west
        rest = rest.dropFirst(digits.count)
        guard !rest.isEmpty, parts.count == 3, let start = Change(parts[1]), let end = Change(parts[2]) else {
            return
        }
        PosixZone.dropName(&rest)
        summer = (PosixZone.hours(rest).map { -$0 } ?? standard + 3_600, start, end)
    }

    private static func dropName(_ text: inout Substring) {
        if text.first == "<" {
            text = text.drop { $0 != ">" }.dropFirst()
        } else {
            text = text.drop { $0.isLetter }
        }
    }

    private static func hours(_ text: Substring) -> Int64? {
        let negative = text.first == "-"
        let parts = text.drop { $0 == "-" || $0 == "+" }.split(separator: ":").compactMap { Int64($0) }
        guard let hours = parts.first else { return nil }
        let seconds = hours * 3_600 + (parts.count > 1 ? parts[1] * 60 : 0) + (parts.count > 2 ? parts[2] : 0)
        return negative ? -seconds : seconds
    }

    func offset(at seconds: Int64) -> Int64 {
        guard let summer else { return standard }
        let year = CivilTime(secondsSince1970: seconds + standard).year
        let start = summer.start.second(in: year) - standard
        let end = summer.end.second(in: year) - summer.offset
        let isSummer = start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end
        return isSummer ? summer.offset : standard
    }
}

import Diagnostics
import Values

/// The five fields of a schedule, in their order.
enum SchedulePart: Int, Sendable, CaseIterable {
    case minute
    case hour
    case day
    case month
    case weekday

    var name: String {
        switch self {
        case .minute: "the minute"
        case .hour: "the hour"
        case .day: "the day of the month"
        case .month: "the month"
        case .weekday: "the day of the week"
        }
    }

    var range: ClosedRange<Int64> {
        switch self {
        case .minute: 0...59
        case .hour: 0...23
        case .day: 1...31
        case .month: 1...12
        case .weekday: 0...7
        }
    }

    /// The names that stand for numbers, from the first number on.
    var names: [String] {
        switch self {
        case .minute, .hour, .day: []
        case .month:
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        case .weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        }
    }

    /// What may stand in the field.
    var words: String {
        "\(range.lowerBound) to \(range.upperBound)"
            + (names.first.map { ", or names such as \($0)" } ?? "")
    }
}

/// A word of a schedule, and which bytes of its text it is.
struct ScheduleWord: Sendable, Hashable {
    let text: String
    let place: Range<Int>

    /// What spaces and tabs part.
    static func all(in text: String) -> [ScheduleWord] {
        let bytes = Array(text.utf8)
        return bytes.indices.split { bytes[$0] == 0x20 || bytes[$0] == 0x09 }.map { part in
            ScheduleWord(
                text: String(decoding: bytes[part.startIndex..<part.endIndex], as: UTF8.self),
                place: part.startIndex..<part.endIndex)
        }
    }
}

/// Reads one field of a schedule.
struct SchedulePartReader {
    private let part: SchedulePart
    private let word: ScheduleWord

    init(_ part: SchedulePart, _ word: ScheduleWord) {
        self.part = part
        self.word = word
    }

    /// - Throws: where it is no list of numbers, ranges and steps of the field.
    func values() throws(ScheduleProblem) -> Set<Int64> {
        var values = Set<Int64>()
        for item in word.text.split(separator: ",", omittingEmptySubsequences: false) {
            values.formUnion(try self.values(of: item))
        }
        return values
    }

    /// One item between commas: `*`, `5`, `1-5`, `*/10`, `8-18/2`.
    private func values(of item: Substring) throws(ScheduleProblem) -> [Int64] {
        let pieces = item.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count <= 2, let base = pieces.first, !base.isEmpty else { throw problem(item) }
        var range = try self.range(base)
        guard pieces.count == 2 else { return Array(range) }
        guard let step = number(pieces[1]) else { throw problem(item) }
        let width = part.range.upperBound - part.range.lowerBound
        guard step >= 1, step <= width else {
            throw problem(
                "steps of \(pieces[1]) lie outside of \(part.name), which has \(part.words)",
                help: "a step is 1 to \(width): `*/\(min(width, 5))` is every \(min(width, 5))th")
        }
        // `5/10` is every tenth from the fifth on.
        if range.count == 1, !base.contains("-") { range = range.lowerBound...part.range.upperBound }
        return Array(stride(from: range.lowerBound, through: range.upperBound, by: Int64.Stride(step)))
    }

    private func range(_ base: Substring) throws(ScheduleProblem) -> ClosedRange<Int64> {
        // Sunday is 0 already.
        if base == "*" { return part.range.lowerBound...(part == .weekday ? 6 : part.range.upperBound) }
        let ends = base.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2 else { throw problem(base) }
        var values: [Int64] = []
        for end in ends { values.append(try value(end)) }
        guard values.count == 2 else { return values[0]...values[0] }
        // `fri-sun` ends with the week's last day.
        if part == .weekday, values[1] == 0, values[0] > 0 { values[1] = 7 }
        guard values[0] <= values[1] else {
            let (low, high) = (part.range.lowerBound, part == .weekday ? 6 : part.range.upperBound)
            let first = values[0] == high ? "\(high)" : "\(values[0])-\(high)"
            let second = values[1] == low ? "\(low)" : "\(low)-\(values[1])"
            throw problem(
                "`\(base)` runs backwards", help: "write it as two: `\(first),\(second)`",
                replacement: word.text == base ? "\(first),\(second)" : nil)
        }
        return values[0]...values[1]
    }

    private func value(_ text: Substring) throws(ScheduleProblem) -> Int64 {
        if let place = part.names.firstIndex(of: text.lowercased()) {
            return Int64(place) + (part == .month ? 1 : 0)
        }
        guard let number = number(text) else { throw problem(text) }
        guard part.range.contains(number) else {
            throw problem("`\(text)` lies outside of \(part.name), which has \(part.words)", help: order)
        }
        return number
    }

    /// Who is off by a field is told their order.
    private var order: String {
        "the fields are minute, hour, day of the month, month, day of the week: \"0 7 * * 1-5\""
    }

    private func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }

    private func problem(_ part: Substring) -> ScheduleProblem {
        // Where there is nothing, all of the field is told.
        let item = part.isEmpty ? word.text[...] : part
        if word.text == "?" {
            return problem("`?` is no field of cron", help: "what does not matter is `*`", replacement: "*")
        }
        if isOfQuartz(item) {
            return problem(
                "`\(item.prefix(40))` is not understood in \(self.part.name): L, W and # are not supported",
                help: "name the days: the first Monday of a month is not what cron can say; let a step decide"
            )
        }
        let near = nearestName(to: String(item.prefix(40)), in: self.part.names)
        return problem(
            "`\(item.prefix(40))` is not understood in \(self.part.name), which takes \(self.part.words)",
            help: near.map { "did you mean `\($0)`?" }
                ?? "write a number, a list (1,15), a range (1-5), a step (*/10), or `*`",
            replacement: word.text == item ? near : nil)
    }

    /// `L`, `15W`, `5L` and `1#3`, as some schedulers of Java have them.
    private func isOfQuartz(_ item: Substring) -> Bool {
        item.contains("#") || item == "L" || item == "LW"
            || (item.first?.isNumber == true && (item.last == "L" || item.last == "W"))
    }

    private func problem(_ message: String, help: String, replacement: String? = nil) -> ScheduleProblem {
        ScheduleProblem(message: message, place: word.place, help: help, replacement: replacement)
    }
}

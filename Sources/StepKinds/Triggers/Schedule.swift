package import CEL
import Diagnostics
package import Values

/// What is wrong with a schedule.
package struct ScheduleProblem: Error, Sendable, Hashable {
    /// A sentence without a full stop.
    package let message: String
    /// Which bytes of the text are meant.
    package let place: Range<Int>
    /// The mend.
    package let help: String
    /// What would stand there instead; nil where no single mend is meant.
    package var replacement: String?
}

/// When an automation starts by itself: the five fields of cron, or a name such as `@daily`.
///
/// Where both the day of the month and the day of the week are restricted, either is enough, as cron has it.
package struct Schedule: Sendable, Hashable {
    /// The schedule as it was written.
    package let text: String
    private let minutes: [Int64]
    private let hours: [Int64]
    private let days: Set<Int64>
    private let months: Set<Int64>
    /// 0 for Sunday.
    private let weekdays: Set<Int64>
    private let isAnyDay: Bool
    private let isAnyWeekday: Bool
    /// Whether the hour is `*`. Then no time of day is meant, but hours as they pass: none is left out and
    /// none is made up when clocks change.
    private let isEveryHour: Bool

    /// The names that stand for five fields.
    package static let names = [
        ("@hourly", "0 * * * *"), ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"), ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"),
    ]

    /// - Throws: where the text is no schedule, or one that never comes.
    package init(_ text: String) throws(ScheduleProblem) {
        self.text = text
        let words = try Schedule.words(text)
        func read(_ part: SchedulePart) throws(ScheduleProblem) -> Set<Int64> {
            try SchedulePartReader(part, words[part.rawValue]).values()
        }
        minutes = try read(.minute).sorted()
        hours = try read(.hour).sorted()
        days = try read(.day)
        months = try read(.month)
        // Cron's Sunday is 0 or 7.
        weekdays = Set(try read(.weekday).map { $0 % 7 })
        isAnyDay = words[SchedulePart.day.rawValue].text.hasPrefix("*")
        isAnyWeekday = words[SchedulePart.weekday.rawValue].text.hasPrefix("*")
        isEveryHour = words[SchedulePart.hour.rawValue].text == "*"
        try checkThatItComes(words)
    }

    /// `every 5 minutes` and the like as the fields of a schedule; nil for other words.
    private static func inFields(_ text: String) -> String? {
        let words = text.lowercased().split(separator: " ")
        guard words.first == "every", let unit = words.last, (2...3).contains(words.count) else {
            return words.count == 1 ? otherNames[String(words[0])] : nil
        }
        let count = words.count == 2 ? 1 : Int(words[1]) ?? 0
        switch (unit, count) {
        case ("minute", 1): return "* * * * *"
        case ("minutes", 1..<60) where 60 % count == 0: return "*/\(count) * * * *"
        case ("hour", 1): return "0 * * * *"
        case ("hours", 1..<24) where 24 % count == 0: return "0 */\(count) * * *"
        case ("day", 1), ("morning", 1): return "0 7 * * *"
        case ("week", 1), ("monday", 1): return "0 7 * * 1"
        default: return nil
        }
    }

    private static let otherNames = [
        "hourly": "@hourly", "daily": "@daily", "weekly": "@weekly", "monthly": "@monthly",
        "yearly": "@yearly",
    ]

    /// The five fields, with their places; those of a name all stand where the name does.
    private static func words(_ text: String) throws(ScheduleProblem) -> [ScheduleWord] {
        let words = ScheduleWord.all(in: text)
        guard let first = words.first else {
            throw ScheduleProblem(
                message: "a schedule has five fields: minute, hour, day of the month, month, day of the week",
                place: 0..<text.utf8.count, help: "write for example \"0 7 * * 1-5\", or \"@daily\"")
        }
        if first.text.hasPrefix("@") { return try named(first, words) }
        guard words.count != 5 else { return words }
        let whole = first.place.lowerBound..<(words.last ?? first).place.upperBound
        var problem = ScheduleProblem(
            message:
                "a schedule has five fields (minute, hour, day of the month, month, day of the week), found \(words.count)",
            place: whole,
            help: inFields(text).map { "write \"\($0)\"" }
                ?? (words.count < 5
                    ? "a field that does not matter is `*`: \"0 7 * * 1-5\" is seven o'clock on working days"
                    : "leave out what stands for seconds or years: \"0 7 * * 1-5\" is seven o'clock on working days")
        )
        // Six fields begin with seconds in the dialects that have them.
        if words.count == 6, first.text == "0" {
            problem.replacement = words.dropFirst().map(\.text).joined(separator: " ")
        }
        throw problem
    }

    private static func named(_ word: ScheduleWord, _ words: [ScheduleWord]) throws(ScheduleProblem)
        -> [ScheduleWord]
    {
        let known = names.map(\.0)
        let name = word.text.lowercased()
        if words.count > 1 {
            throw ScheduleProblem(
                message: name == "@every"
                    ? "`@every` is no time of a clock" : "`\(word.text)` stands alone",
                place: word.place.lowerBound..<(words.last ?? word).place.upperBound,
                help: name == "@every"
                    ? "every ten minutes is \"*/10 * * * *\", every two hours \"0 */2 * * *\""
                    : "leave out what follows it")
        }
        guard let fields = names.first(where: { $0.0 == name })?.1 else {
            let near = nearestName(to: name, in: known)
            throw ScheduleProblem(
                message: "there is no schedule `\(word.text)`", place: word.place,
                help: name == "@reboot"
                    ? "a schedule is a time of the clock: \"@hourly\", or five fields of cron"
                    : near.map { "did you mean `\($0)`?" } ?? "there is \(inWords(known, joiner: "and"))",
                replacement: near)
        }
        return fields.split(separator: " ").map { ScheduleWord(text: String($0), place: word.place) }
    }

    /// A date such as 31 February never comes.
    private func checkThatItComes(_ words: [ScheduleWord]) throws(ScheduleProblem) {
        // Where the day of the week may do as well, each month has such a day.
        guard isAnyWeekday || isAnyDay else { return }
        let comes = months.contains { month in
            days.contains { $0 <= CivilTime.days(in: month, of: 2_000) }
        }
        guard !comes else { return }
        let day = words[SchedulePart.day.rawValue]
        throw ScheduleProblem(
            message:
                "no such day ever comes: day `\(day.text)` of month `\(words[SchedulePart.month.rawValue].text)`",
            place: day.place.lowerBound..<words[SchedulePart.month.rawValue].place.upperBound,
            help: "the first of the next month comes after the last day of each: \"0 0 1 * *\"")
    }

    // When it comes.

    /// Days: between two leap days that are a Sunday lie forty years at most.
    private static let longestGap: Int64 = 41 * 366

    private func isDue(on day: CivilTime) -> Bool {
        guard months.contains(day.month) else { return false }
        let (isDay, isWeekday) = (days.contains(day.day), weekdays.contains(day.weekday))
        return isAnyDay || isAnyWeekday ? isDay && isWeekday : isDay || isWeekday
    }

    /// Whether a local time, to the minute, is one of the schedule's.
    package func matches(_ time: CivilTime) -> Bool {
        isDue(on: time) && hours.contains(time.hour) && minutes.contains(time.minute)
    }

    /// The first start after a moment; both are seconds since 1970.
    ///
    /// A local time that does not exist, as clocks go forward, counts as the next moment that does; one that
    /// exists twice counts once, the first time. A schedule for every hour knows hours as they pass.
    ///
    /// - Returns: nil where none comes within forty years.
    package func next(after moment: Int64, in zone: TimeZoneRules) -> Int64? {
        let first = dayNumber(moment + zone.offset(at: moment)) - 1
        for day in first..<(first + Schedule.longestGap)
        where isDue(on: CivilTime(secondsSince1970: day * 86_400)) {
            if let found = starts(on: day, in: zone, after: moment).min() { return found }
        }
        return nil
    }

    /// The last start before a moment or at it; nil where there was none within forty years. Both are seconds
    /// since 1970.
    package func last(until moment: Int64, in zone: TimeZoneRules) -> Int64? {
        let last = dayNumber(moment + zone.offset(at: moment)) + 1
        for day in (last - Schedule.longestGap...last).reversed()
        where isDue(on: CivilTime(secondsSince1970: day * 86_400)) {
            if let found = starts(on: day, in: zone, after: .min).filter({ $0 <= moment }).max() {
                return found
            }
        }
        return nil
    }

    private func dayNumber(_ local: Int64) -> Int64 {
        local >= 0 ? local / 86_400 : -((86_399 - local) / 86_400)
    }

    /// The starts of a local day behind a moment; where clocks do not change, only the first of them.
    private func starts(on day: Int64, in zone: TimeZoneRules, after moment: Int64) -> [Int64] {
        let changes = ClockChange(around: day * 86_400, in: zone)
        let times = hours.lazy.flatMap { hour in
            minutes.lazy.map { day * 86_400 + hour * 3_600 + $0 * 60 }
        }
        if let offset = changes.onlyOffset {
            guard moment > .min else { return times.map { $0 - offset } }
            return times.first { $0 - offset > moment }.map { [$0 - offset] } ?? []
        }
        return times.flatMap { time in
            isEveryHour ? changes.all(time) : [changes.one(time)]
        }.filter { $0 > moment }
    }
}

/// The offsets of a zone around a local day, on which clocks may change.
private struct ClockChange {
    let zone: TimeZoneRules
    let before: Int64
    let after: Int64

    /// - Parameter local: the seconds of the day's beginning, by the zone's own clocks.
    init(around local: Int64, in zone: TimeZoneRules) {
        self.zone = zone
        // Zones are at most a day from UTC.
        before = zone.offset(at: local - 2 * 86_400)
        after = zone.offset(at: local + 3 * 86_400)
    }

    /// The day's offset, where clocks do not change.
    var onlyOffset: Int64? { before == after ? before : nil }

    /// The moments at which clocks show a local time: one, two, or none.
    func all(_ local: Int64) -> [Int64] {
        let found = [before, after].filter { zone.offset(at: local - $0) == $0 }.map { local - $0 }
        return found.sorted()
    }

    /// The first moment at which clocks show a local time; where none does, the next one that there is.
    func one(_ local: Int64) -> Int64 {
        if let found = all(local).first { return found }
        // Clocks jump over it: the moment of the jump lies between what it would be by either offset.
        var low = local - max(before, after)
        var high = local - min(before, after)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if zone.offset(at: middle) == before { low = middle } else { high = middle }
        }
        return high
    }
}

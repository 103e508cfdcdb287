import Values

/// Reads a time from a text by a pattern.
struct TimeReader {
    /// The seconds ahead of UTC that the text says; nil where its pattern asks for none.
    private(set) var offset: Int64?
    /// What is left of the second.
    private(set) var nanoseconds: Int64 = 0

    private let text: String
    private var rest: ArraySlice<UInt8>
    private var numbers: [TimePattern.Field: Int64] = [:]
    /// 0 for Sunday.
    private var weekday: Int64?
    private var isAfternoon: Bool?

    init(_ text: String) {
        self.text = text
        rest = Array(text.utf8)[...]
    }

    /// - Throws: `invalidArgument` where the text is not as the pattern says.
    mutating func read(_ pattern: TimePattern) throws(EvaluationError) {
        for part in pattern.parts {
            switch part {
            case .text(let expected):
                guard rest.starts(with: expected.utf8) else { throw fault("expected `\(expected)`") }
                rest = rest.dropFirst(expected.utf8.count)
            case .field(let field): try read(field)
            }
        }
        guard rest.isEmpty else { throw fault("expected the end") }
    }

    private mutating func read(_ field: TimePattern.Field) throws(EvaluationError) {
        switch field {
        case .year: try number(field, 4, 1...9_999, exactly: true)
        case .yearOfCentury: try number(field, 2, 0...99, exactly: true)
        case .month: try number(field, 2, 1...12)
        case .day: try number(field, 2, 1...31)
        case .dayWithBlank:
            if rest.first == 0x20 { rest.removeFirst() }
            try number(.day, 2, 1...31)
        case .dayOfYear: try number(field, 3, 1...366)
        case .weekday:
            try number(field, 1, 1...7)
            weekday = numbers[field].map { $0 % 7 }
        case .hour: try number(field, 2, 0...23)
        case .hourOfHalf: try number(field, 2, 1...12)
        case .minute: try number(field, 2, 0...59)
        case .second: try number(field, 2, 0...59)
        case .monthName, .shortMonthName: numbers[.month] = try name(TimePattern.months) + 1
        case .weekdayName, .shortWeekdayName: weekday = try name(TimePattern.weekdays)
        case .half: isAfternoon = try name(["AM", "PM"]) == 1
        case .fraction: try readFraction()
        case .offset: offset = try readOffset()
        }
    }

    private mutating func digits(_ most: Int) -> [UInt8] {
        let digits = Array(rest.prefix(most).prefix(while: isDigit))
        rest = rest.dropFirst(digits.count)
        return digits
    }

    private mutating func number(
        _ field: TimePattern.Field, _ most: Int, _ range: ClosedRange<Int64>, exactly: Bool = false
    ) throws(EvaluationError) {
        let before = rest
        let digits = digits(most)
        let number = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
        guard !digits.isEmpty, !exactly || digits.count == most, range.contains(number) else {
            rest = before
            throw fault(
                "expected `%\(field.rawValue)`, a number from \(range.lowerBound) to \(range.upperBound)")
        }
        numbers[field] = number
    }

    /// Up to nine digits behind the point.
    private mutating func readFraction() throws(EvaluationError) {
        let digits = digits(9)
        guard !digits.isEmpty else { throw fault("expected `%f`, digits of a part of the second") }
        nanoseconds = (digits + Array(repeating: 0x30, count: 9 - digits.count))
            .reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    /// The place of a name in a list, in full or by its first three letters, in whatever case.
    private mutating func name(_ names: [String]) throws(EvaluationError) -> Int64 {
        for (place, name) in names.enumerated() {
            for form in [name, String(name.prefix(3))] {
                let found = rest.prefix(form.utf8.count).map { $0 | 0x20 }
                if found == form.utf8.map({ $0 | 0x20 }) {
                    rest = rest.dropFirst(form.utf8.count)
                    return Int64(place)
                }
            }
        }
        throw fault("expected one of \(names.joined(separator: ", "))")
    }

    /// `Z`, `+0200` or `+02:00`.
    private mutating func readOffset() throws(EvaluationError) -> Int64 {
        let sign = rest.popFirst()
        if let sign, sign | 0x20 == UInt8(ascii: "z") { return 0 }
        let hours = digits(2)
        if rest.first == UInt8(ascii: ":") { rest.removeFirst() }
        let minutes = digits(2)
        let (h, m) = (number(hours), number(minutes))
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), hours.count == 2, minutes.count == 2,
            h < 24, m < 60
        else { throw fault("expected `%z`, such as `+0200` or `Z`,") }
        return (h * 3_600 + m * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }

    private func number(_ digits: [UInt8]) -> Int64 { digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) } }

    /// The seconds from 1970 to what the clock shows, as if it showed UTC.
    ///
    /// - Throws: `invalidArgument` for a day that there is not, or where the text says no year.
    func local() throws(EvaluationError) -> Int64 {
        guard let year = year() else {
            throw EvaluationError(.invalidArgument, "the pattern of a time asks for no year, `%Y`")
        }
        let days: Int64
        if let dayOfYear = numbers[.dayOfYear], numbers[.month] == nil, numbers[.day] == nil {
            days = CivilTime.daysSince1970(year: year, month: 1, day: 1) + dayOfYear - 1
            guard days < CivilTime.daysSince1970(year: year + 1, month: 1, day: 1) else { throw noSuchDay() }
        } else {
            let (month, day) = (numbers[.month] ?? 1, numbers[.day] ?? 1)
            guard day <= CivilTime.days(in: month, of: year) else { throw noSuchDay() }
            days = CivilTime.daysSince1970(year: year, month: month, day: day)
        }
        let seconds = days * 86_400
        let date = CivilTime(secondsSince1970: seconds)
        if let weekday, weekday != date.weekday {
            throw EvaluationError(
                .invalidArgument,
                "\(brief(.string(text))) names another day of the week than its date, which is a "
                    + TimePattern.weekdays[Int(date.weekday)])
        }
        return seconds + (try hour()) * 3_600 + (numbers[.minute] ?? 0) * 60 + (numbers[.second] ?? 0)
    }

    /// Two digits are a year from 1969 to 2068, as POSIX has it.
    private func year() -> Int64? {
        numbers[.year] ?? numbers[.yearOfCentury].map { $0 < 69 ? 2_000 + $0 : 1_900 + $0 }
    }

    private func hour() throws(EvaluationError) -> Int64 {
        if let hour = numbers[.hour] { return hour }
        guard let hour = numbers[.hourOfHalf] else { return 0 }
        guard let isAfternoon else {
            throw EvaluationError(
                .invalidArgument, "the pattern of a time asks for `%I` without `%p`, so AM or PM is not known"
            )
        }
        return hour % 12 + (isAfternoon ? 12 : 0)
    }

    private func noSuchDay() -> EvaluationError {
        EvaluationError(
            .invalidArgument, "\(brief(.string(text))) names a day that its month or year has not")
    }

    private func fault(_ expected: String) -> EvaluationError {
        let place = rest.isEmpty ? "at the end" : "at byte \(text.utf8.count - rest.count)"
        return EvaluationError(.invalidArgument, "\(expected) \(place) of \(brief(.string(text)))")
    }
}

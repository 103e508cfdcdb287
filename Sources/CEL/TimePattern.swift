import Values

/// A pattern of `format_time` and `parse_time`, with the letters that C's `strftime` has.
struct TimePattern {
    /// One thing that a pattern asks for, by its letter.
    enum Field: Character, CaseIterable {
        case year = "Y"
        case yearOfCentury = "y"
        case month = "m"
        case monthName = "B"
        case shortMonthName = "b"
        case day = "d"
        case dayWithBlank = "e"
        case dayOfYear = "j"
        case weekdayName = "A"
        case shortWeekdayName = "a"
        /// 1 for Monday, 7 for Sunday.
        case weekday = "u"
        case hour = "H"
        case hourOfHalf = "I"
        case half = "p"
        case minute = "M"
        case second = "S"
        /// Millionths of the second.
        case fraction = "f"
        case offset = "z"
    }

    enum Part {
        case text(String)
        case field(Field)
    }

    let parts: [Part]

    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ]
    static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// Letters that are short for several others.
    private static let shorthands: [Character: String] = ["F": "%Y-%m-%d", "T": "%H:%M:%S"]

    /// - Throws: `invalidArgument` for a letter that means nothing.
    init(_ pattern: String) throws(EvaluationError) {
        var parts: [Part] = []
        var plain = ""
        // Written from the end, so that the next letter is taken and put back at no cost.
        var rest = Array(pattern.unicodeScalars.reversed())
        while let scalar = rest.popLast() {
            guard scalar == "%" else {
                plain.unicodeScalars.append(scalar)
                continue
            }
            let letter = rest.popLast().map(Character.init)
            if letter == "%" {
                plain += "%"
            } else if let letter, let longer = TimePattern.shorthands[letter] {
                rest += longer.unicodeScalars.reversed()
            } else if let letter, let field = Field(rawValue: letter) {
                parts += [.text(plain), .field(field)]
                plain = ""
            } else {
                let known = Field.allCases.map { "%\($0.rawValue)" }.joined(separator: " ")
                throw EvaluationError(
                    .invalidArgument,
                    "`%\(letter.map(String.init) ?? "")` means nothing in the pattern of a time; "
                        + "there are \(known) %F %T %%")
            }
        }
        self.parts = parts + [.text(plain)]
    }

    /// Whether it has no letter behind a `%`, and looks like a pattern of tools that write `YYYY-MM-DD`.
    var isOfOtherTools: Bool {
        guard case .text(let text) = parts.first, parts.count == 1 else { return false }
        return ["YY", "yy", "MM", "DD", "dd", "HH", "hh", "mm", "ss"].contains(where: text.contains)
    }

    static let otherTools = EvaluationError(
        .invalidArgument,
        "the pattern of a time has letters behind `%`, such as %Y-%m-%d for YYYY-MM-DD and %H:%M for HH:mm")

    /// - Parameter offset: The seconds that the clock is ahead of UTC.
    func text(of time: Timestamp, offset: Int64) -> String {
        let local = CivilTime(secondsSince1970: time.seconds + offset)
        return parts.map { part in
            switch part {
            case .text(let text): text
            case .field(let field): TimePattern.text(of: field, local, time.nanoseconds, offset)
            }
        }.joined()
    }

    private static func text(
        of field: Field, _ time: CivilTime, _ nanoseconds: Int64, _ offset: Int64
    ) -> String {
        switch field {
        case .year: padded(time.year, 4)
        case .yearOfCentury: padded(time.year % 100, 2)
        case .month: padded(time.month, 2)
        case .monthName: months[Int(time.month) - 1]
        case .shortMonthName: String(months[Int(time.month) - 1].prefix(3))
        case .day: padded(time.day, 2)
        case .dayWithBlank: time.day < 10 ? " \(time.day)" : String(time.day)
        case .dayOfYear: padded(time.dayOfYear + 1, 3)
        case .weekdayName: weekdays[Int(time.weekday)]
        case .shortWeekdayName: String(weekdays[Int(time.weekday)].prefix(3))
        case .weekday: String(time.weekday == 0 ? 7 : time.weekday)
        case .hour: padded(time.hour, 2)
        case .hourOfHalf: padded((time.hour + 11) % 12 + 1, 2)
        case .half: time.hour < 12 ? "AM" : "PM"
        case .minute: padded(time.minute, 2)
        case .second: padded(time.second, 2)
        case .fraction: padded(nanoseconds / 1_000, 6)
        case .offset:
            (offset < 0 ? "-" : "+") + padded(abs(offset) / 3_600, 2) + padded(abs(offset) / 60 % 60, 2)
        }
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        String(number).leftPadded(to: width)
    }
}

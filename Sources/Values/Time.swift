/// A span of time in whole seconds and nanoseconds of the same sign, within 10,000 years.
package struct Duration: Sendable, Hashable, Comparable {
    /// Whole seconds.
    package let seconds: Int64
    /// What is left of a second, from -999,999,999 to 999,999,999.
    package let nanoseconds: Int64

    static let limit: Int64 = 315_576_000_000

    /// Nil when out of range.
    package init?(seconds: Int64, nanoseconds: Int64) {
        let (total, overflow) = seconds.addingReportingOverflow(nanoseconds / 1_000_000_000)
        var whole = total
        var rest = nanoseconds % 1_000_000_000
        if whole > 0, rest < 0 {
            whole -= 1
            rest += 1_000_000_000
        } else if whole < 0, rest > 0 {
            whole += 1
            rest -= 1_000_000_000
        }
        guard !overflow, whole.magnitude <= UInt64(Duration.limit) else { return nil }
        self.seconds = whole
        self.nanoseconds = rest
    }

    /// Any count of nanoseconds is within range.
    package init(nanoseconds: Int64) {
        seconds = nanoseconds / 1_000_000_000
        self.nanoseconds = nanoseconds % 1_000_000_000
    }

    /// Whether the left span is the shorter one.
    package static func < (left: Duration, right: Duration) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// The span in seconds, as exact as a double is.
    package var inSeconds: Double { Double(seconds) + Double(nanoseconds) / 1e9 }

    /// `1.5s`, as protobuf's JSON and CEL's `string()` write it.
    package var text: String {
        let negative = seconds < 0 || nanoseconds < 0
        let fraction = nanoseconds == 0 ? "" : "." + fractionText(Int(abs(nanoseconds)))
        return (negative ? "-" : "") + String(abs(seconds)) + fraction + "s"
    }

    /// Reads `1h30m`, `-1.5s`, `100ms`, `5us`, `10ns`.
    package init?(text: String) {
        var rest = Substring(text)
        let negative = rest.first == "-"
        if negative || rest.first == "+" { rest.removeFirst() }
        guard !rest.isEmpty else { return nil }
        if rest == "0" {
            self.init(nanoseconds: 0)
            return
        }
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0
        while !rest.isEmpty {
            let amount = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(amount.count)
            let unit = rest.prefix { !$0.isNumber && $0 != "." }
            rest = rest.dropFirst(unit.count)
            guard let size = Duration.unit(unit),
                let part = Duration.amount(amount, of: size),
                let whole = Optional(seconds.addingReportingOverflow(part.0)), !whole.overflow,
                let fine = Optional(nanoseconds.addingReportingOverflow(part.1)), !fine.overflow
            else { return nil }
            seconds = whole.partialValue
            nanoseconds = fine.partialValue
        }
        let sign: Int64 = negative ? -1 : 1
        self.init(seconds: sign * seconds, nanoseconds: sign * nanoseconds)
    }

    private static func unit(_ name: Substring) -> Int64? {
        switch name {
        case "h": 3_600_000_000_000
        case "m": 60_000_000_000
        case "s": 1_000_000_000
        case "ms": 1_000_000
        case "us", "µs": 1_000
        case "ns": 1
        default: nil
        }
    }

    /// Seconds and nanoseconds of a decimal number of units.
    private static func amount(_ text: Substring, of unit: Int64) -> (Int64, Int64)? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let wholeText = parts.first, !(wholeText.isEmpty && parts.count == 1) else {
            return nil
        }
        guard let whole = wholeText.isEmpty ? 0 : Int64(wholeText) else { return nil }
        let perSecond: Int64 = 1_000_000_000
        let product = whole.multipliedFullWidth(by: unit)
        // Half of it, since the quotient has a sign.
        guard product.high < perSecond / 2, product.high >= 0 else { return nil }
        let (seconds, rest) = perSecond.dividingFullWidth(product)
        var nanoseconds = rest
        if parts.count == 2, !parts[1].isEmpty {
            guard let fraction = Double("0." + parts[1]) else { return nil }
            nanoseconds += Int64((fraction * Double(unit)).rounded())
        }
        return (seconds, nanoseconds)
    }
}

/// An instant in UTC: seconds since 1970 and nanoseconds, from year 1 to 9999.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Whole seconds since 1970.
    package let seconds: Int64
    /// What is left of a second, from 0 to 999,999,999.
    package let nanoseconds: Int64

    static let first: Int64 = -62_135_596_800
    static let last: Int64 = 253_402_300_799

    /// Nil when out of range; any number of nanoseconds is taken.
    package init?(seconds: Int64, nanoseconds: Int64) {
        let carry =
            nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : -((-nanoseconds + 999_999_999) / 1_000_000_000)
        let (whole, overflow) = seconds.addingReportingOverflow(carry)
        guard !overflow, whole >= Timestamp.first, whole <= Timestamp.last else { return nil }
        self.seconds = whole
        self.nanoseconds = nanoseconds - carry * 1_000_000_000
    }

    /// Whether the left instant is the earlier one.
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// RFC 3339 in UTC, with only as many digits of the second as are needed.
    package var text: String {
        let date = CivilTime(secondsSince1970: seconds)
        let fraction = nanoseconds == 0 ? "" : "." + fractionText(Int(nanoseconds))
        return date.text + fraction + "Z"
    }

    /// Reads RFC 3339, zone included.
    package init?(text: String) {
        let bytes = Array(text.utf8)
        func digits(_ start: Int, _ count: Int) -> Int64? {
            guard start + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[start..<(start + count)] {
                guard isDigit(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] | 0x20 == UInt8(ascii: "t"),
            bytes[13] == 0x3A, bytes[16] == 0x3A, let year = digits(0, 4), let month = digits(5, 2),
            let day = digits(8, 2), let hour = digits(11, 2), let minute = digits(14, 2),
            let second = digits(17, 2),
            (1...12).contains(month), day >= 1, day <= CivilTime.days(in: month, of: year), hour < 24,
            minute < 60,
            second < 60
        else { return nil }
        var index = 19
        var nanoseconds: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            var scale: Int64 = 100_000_000
            let start = index
            while index < bytes.count, isDigit(bytes[index]) {
                nanoseconds += Int64(bytes[index] - 0x30) * scale
                scale /= 10
                index += 1
            }
            guard index > start, index - start <= 9 else { return nil }
        }
        guard index < bytes.count else { return nil }
        var offset: Int64 = 0
        if bytes[index] | 0x20 == UInt8(ascii: "z") {
            guard index + 1 == bytes.count else { return nil }
        } else {
            guard bytes[index] == 0x2B || bytes[index] == 0x2D, bytes.count == index + 6,
                bytes[index + 3] == 0x3A,
                let hours = digits(index + 1, 2), let minutes = digits(index + 4, 2), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (bytes[index] == 0x2D ? -60 : 60)
        }
        let days = CivilTime.daysSince1970(year: year, month: month, day: day)
        self.init(
            seconds: days * 86_400 + hour * 3_600 + minute * 60 + second - offset, nanoseconds: nanoseconds)
    }
}

/// Nanoseconds as the digits after the point: three, six or nine of them.
private func fractionText(_ nanoseconds: Int) -> String {
    let digits = String(nanoseconds).leftPadded(to: 9)
    if nanoseconds % 1_000_000 == 0 { return String(digits.prefix(3)) }
    return nanoseconds % 1_000 == 0 ? String(digits.prefix(6)) : digits
}

/// A date and time of day in the proleptic Gregorian calendar.
package struct CivilTime: Sendable, Hashable {
    /// The year, 1 for the first one.
    package let year: Int64
    /// The month, from 1 to 12.
    package let month: Int64
    /// The day of the month, from 1.
    package let day: Int64
    /// The hour, from 0 to 23.
    package let hour: Int64
    /// The minute, from 0 to 59.
    package let minute: Int64
    /// The second, from 0 to 59.
    package let second: Int64
    /// 0 for Sunday.
    package let weekday: Int64
    /// 0 for the first of January.
    package let dayOfYear: Int64

    package init(secondsSince1970 seconds: Int64) {
        // No number of seconds is too small for this.
        let days = seconds / 86_400 - (seconds % 86_400 < 0 ? 1 : 0)
        let time = seconds - days * 86_400
        hour = time / 3_600
        minute = time / 60 % 60
        second = time % 60
        weekday = ((days % 7) + 11) % 7
        // Days are counted from 1 March of year 0, so that the leap day ends a year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayFromMarch = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayFromMarch + 2) / 153
        day = dayFromMarch - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        dayOfYear = days - CivilTime.daysSince1970(year: year, month: 1, day: 1)
    }

    /// Days from 1970-01-01 to a date, negative before it.
    package static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// How many days a month (1 to 12) of a year has.
    package static func days(in month: Int64, of year: Int64) -> Int64 {
        if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
    }

    /// `2024-02-29T12:00:00`, without a zone.
    package var text: String {
        func padded(_ value: Int64, _ width: Int = 2) -> String { String(value).leftPadded(to: width) }
        return
            "\(padded(year, 4))-\(padded(month))-\(padded(day))T\(padded(hour)):\(padded(minute)):\(padded(second))"
    }
}

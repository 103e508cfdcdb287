import Values

/// A date as a page writes it, with its time of day and zone where it has them.
struct PageDate: Equatable {
    var year: Int
    var month: Int
    var day: Int
    /// Hours, minutes and seconds.
    var time: (hour: Int, minute: Int, second: Int)?
    /// Minutes east of Greenwich; nil where the page does not say.
    var offset: Int?

    init?(year: Int, month: Int, day: Int) {
        guard (1990...2100).contains(year), (1...12).contains(month), day >= 1,
            day <= PageDate.days(of: month, in: year)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    static func == (left: PageDate, right: PageDate) -> Bool { left.text == right.text }

    private static func days(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// By RFC 3339: a date-time where the page gives a time and its zone, else the date alone, since a time
    /// without its zone tells no moment.
    var text: String {
        let date = "\(PageDate.padded(year, 4))-\(PageDate.padded(month))-\(PageDate.padded(day))"
        guard let time, let offset else { return date }
        let clock =
            "\(PageDate.padded(time.hour)):\(PageDate.padded(time.minute)):\(PageDate.padded(time.second))"
        guard offset != 0 else { return "\(date)T\(clock)Z" }
        let away = abs(offset)
        return
            "\(date)T\(clock)\(offset < 0 ? "-" : "+")\(PageDate.padded(away / 60)):\(PageDate.padded(away % 60))"
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

/// Finds the first date in a text, as people and machines of many languages write it.
///
/// - Parameters:
///   - text: only its first 400 bytes are read.
///   - isMonthFirst: whether 3/4/2020 is the fourth of March, as in the United States.
///   - isWhole: whether the text is known to be a date, so that digits alone are one too.
func date(in text: String, isMonthFirst: Bool = false, isWhole: Bool = false) -> PageDate? {
    let tokens = DateTokens(text).tokens
    for place in tokens.indices {
        guard let (found, next) = dateAt(place, tokens, isMonthFirst, isWhole) else { continue }
        return withTime(found, tokens, next)
    }
    return nil
}

/// A text broken into numbers, words and the signs between them.
private struct DateTokens {
    enum Token: Equatable {
        case number(Int, digits: Int)
        case word(String)
        /// A sign that is neither; blanks are one blank.
        case sign(UInt8)
    }

    private(set) var tokens: [Token] = []

    init(_ text: String) {
        let bytes = Array(String(decoding: text.utf8.prefix(400), as: UTF8.self).lowercased().utf8)
        var index = 0
        while index < bytes.count {
            let start = index
            if isDigit(bytes[index]) {
                while index < bytes.count, isDigit(bytes[index]) { index += 1 }
                // A number of many digits is none of a date's.
                let digits = index - start
                let value = digits > 14 ? -1 : bytes[start..<index].reduce(0) { $0 * 10 + Int($1 - 0x30) }
                tokens.append(.number(value, digits: digits))
            } else if isWordLetter(bytes[index]) {
                while index < bytes.count, isWordLetter(bytes[index]) { index += 1 }
                tokens.append(.word(String(decoding: bytes[start..<index], as: UTF8.self)))
            } else {
                index += 1
                let isBlank = bytes[start] <= 0x20
                if isBlank, tokens.last == .sign(0x20) { continue }
                tokens.append(.sign(isBlank ? 0x20 : bytes[start]))
            }
        }
    }

    /// The text has no capitals any more, and letters beyond ASCII count.
    private func isWordLetter(_ byte: UInt8) -> Bool { byte >= 0x80 || byte >= 0x61 && byte <= 0x7A }
}

/// A date that begins with the token at a place, and the place behind it.
private func dateAt(_ place: Int, _ tokens: [DateTokens.Token], _ isMonthFirst: Bool, _ isWhole: Bool) -> (
    PageDate, Int
)? {
    switch tokens[place] {
    case .sign: return nil
    case .word(let word):
        guard let month = PageMonths.number(of: word) else { return nil }
        return afterMonth(month, place + 1, tokens)
    case .number(let first, let digits):
        if digits == 8 || digits == 14, isWhole, let found = compact(first, digits) {
            return (found, place + 1)
        }
        if isWhole, tokens.count == 1, digits == 10 || digits == 13 { return sinceEpoch(first, digits) }
        guard let second = next(place + 1, tokens) else { return nil }
        if digits == 4 { return yearFirst(first, second, tokens) }
        guard digits <= 2 else { return nil }
        switch tokens[second] {
        case .word(let word):
            guard let month = PageMonths.number(of: word), let third = next(second + 1, tokens),
                case .number(let year, let digits) = tokens[third], digits == 4 || digits == 2,
                let found = PageDate(year: digits == 2 ? 2000 + year : year, month: month, day: first)
            else { return nil }
            return (found, third + 1)
        case .number(let other, let otherDigits):
            guard otherDigits <= 2, second == place + 2 || tokens[place + 1] == .sign(0x2E),
                isSeparator(tokens[place + 1]), let third = next(second + 1, tokens),
                case .number(let last, let lastDigits) = tokens[third], lastDigits == 4 || lastDigits == 2,
                third == second + 2 || lastDigits == 4, tokens[second + 1] == tokens[place + 1]
            else { return nil }
            let year = lastDigits == 2 ? 2000 + last : last
            let isDayFirst = first > 12 || !(isMonthFirst && tokens[place + 1] == .sign(0x2F)) && other <= 12
            return PageDate(year: year, month: isDayFirst ? other : first, day: isDayFirst ? first : other)
                .map {
                    ($0, third + 1)
                }
        case .sign: return nil
        }
    }
}

private func isSeparator(_ token: DateTokens.Token) -> Bool {
    token == .sign(0x2E) || token == .sign(0x2F) || token == .sign(0x2D)
}

/// 20191120 and 20191120103000.
private func compact(_ number: Int, _ digits: Int) -> PageDate? {
    let date = digits == 14 ? number / 1_000_000 : number
    return PageDate(year: date / 10_000, month: date / 100 % 100, day: date % 100)
}

/// Seconds or milliseconds since 1970.
private func sinceEpoch(_ number: Int, _ digits: Int) -> (PageDate, Int)? {
    let seconds = digits == 13 ? number / 1_000 : number
    // The civil calendar in years that begin with March, so that the leap day is the last one.
    let shifted = seconds / 86_400 + 719_468
    let (era, dayOfEra) = (shifted / 146_097, shifted % 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let part = (5 * dayOfYear + 2) / 153
    let month = part < 10 ? part + 3 : part - 9
    var found = PageDate(
        year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
        day: dayOfYear - (153 * part + 2) / 5 + 1)
    let rest = seconds % 86_400
    found?.time = (rest / 3_600, rest / 60 % 60, rest % 60)
    found?.offset = 0
    return found.map { ($0, 1) }
}

/// November 20, 2019 and Nov 20th 2019.
private func afterMonth(_ month: Int, _ place: Int, _ tokens: [DateTokens.Token]) -> (PageDate, Int)? {
    guard let second = next(place, tokens), case .number(let day, let digits) = tokens[second], digits <= 2,
        let third = next(second + 1, tokens), case .number(let year, digits: 4) = tokens[third],
        let found = PageDate(year: year, month: month, day: day)
    else { return nil }
    return (found, third + 1)
}

/// 2019-11-20, 2019/11/20, 2019. 11. 20, and the same with signs for year, month and day between.
private func yearFirst(_ year: Int, _ second: Int, _ tokens: [DateTokens.Token]) -> (PageDate, Int)? {
    var month = 0
    switch tokens[second] {
    case .number(let number, let digits): month = digits <= 2 ? number : 0
    case .word(let word): month = PageMonths.number(of: word) ?? 0
    case .sign: return nil
    }
    guard let third = next(second + 1, tokens), case .number(let day, let digits) = tokens[third],
        digits <= 2,
        let found = PageDate(year: year, month: month, day: day)
    else { return nil }
    return (found, third + 1)
}

/// The place of the next number or word that counts, over a few signs and the small words between.
private func next(_ start: Int, _ tokens: [DateTokens.Token]) -> Int? {
    var place = start
    while place < tokens.count, place < start + 5 {
        switch tokens[place] {
        case .number: return place
        case .word(let word): if !PageMonths.isSmall(word) { return place }
        case .sign(let sign): if !PageMonths.betweenParts.contains(sign) { return nil }
        }
        place += 1
    }
    return nil
}

/// A date with the time of day and the zone that stand behind it.
private func withTime(_ date: PageDate, _ tokens: [DateTokens.Token], _ start: Int) -> PageDate {
    var place = start
    while place < tokens.count, place < start + 4 {
        if case .number(let hour, let digits) = tokens[place], digits <= 2, place + 2 < tokens.count,
            tokens[place + 1] == .sign(0x3A), case .number(let minute, digits: 2) = tokens[place + 2]
        {
            return withTime(date, tokens, place, hour, minute)
        }
        place += 1
    }
    return date
}

private func withTime(
    _ date: PageDate, _ tokens: [DateTokens.Token], _ start: Int, _ hour: Int, _ minute: Int
)
    -> PageDate
{
    var (place, second, hour) = (start + 3, 0, hour)
    if place + 1 < tokens.count, tokens[place] == .sign(0x3A), case .number(let number, _) = tokens[place + 1]
    {
        (second, place) = (number, place + 2)
    }
    // Parts of a second are left out.
    if place + 1 < tokens.count, tokens[place] == .sign(0x2E), case .number = tokens[place + 1] { place += 2 }
    if place < tokens.count, tokens[place] == .sign(0x20) { place += 1 }
    if place < tokens.count, tokens[place] == .word("pm") || tokens[place] == .word("am") {
        hour = hour % 12 + (tokens[place] == .word("pm") ? 12 : 0)
        place += 1
        if place < tokens.count, tokens[place] == .sign(0x20) { place += 1 }
    }
    guard hour < 24, minute < 60, second < 61 else { return date }
    var found = date
    found.time = (hour, minute, min(second, 59))
    found.offset = zone(tokens, place)
    return found
}

private func zone(_ tokens: [DateTokens.Token], _ place: Int) -> Int? {
    guard place < tokens.count else { return nil }
    switch tokens[place] {
    case .word(let word):
        // JavaScript writes `GMT+0100`.
        if ["gmt", "utc", "ut", "z"].contains(word), place + 1 < tokens.count,
            let offset = zone(tokens, place + 1)
        {
            return offset
        }
        return PageMonths.zones[word]
    case .number: return nil
    case .sign(let sign):
        guard sign == 0x2B || sign == 0x2D, place + 1 < tokens.count,
            case .number(let number, let digits) = tokens[place + 1]
        else { return nil }
        var minutes = digits == 4 ? number / 100 * 60 + number % 100 : digits == 2 ? number * 60 : -1
        if digits == 2, place + 3 < tokens.count, tokens[place + 2] == .sign(0x3A),
            case .number(let rest, digits: 2) = tokens[place + 3]
        {
            minutes += rest
        }
        guard (0...15 * 60).contains(minutes) else { return nil }
        return sign == 0x2D ? -minutes : minutes
    }
}

import CEL
import Testing

@Suite(.timeLimit(.minutes(1))) struct TimeTextTests {
    private static let time = "timestamp('2026-03-05T07:08:09.012345Z')"

    private static let patterns: [(String, String)] = [
        ("%Y-%m-%d %H:%M:%S", "2026-03-05 07:08:09"), ("%F %T", "2026-03-05 07:08:09"),
        ("%d.%m.%y", "05.03.26"),
        ("%e %B (%b)", " 5 March (Mar)"), ("%A, %a, %u", "Thursday, Thu, 4"), ("%I:%M %p", "07:08 AM"),
        ("%j", "064"),
        ("%S.%f", "09.012345"), ("%z", "+0000"), ("100%%, ü", "100%, ü"), ("%%F %%%T", "%F %07:08:09"),
        ("", ""),
    ]

    @Test(arguments: TimeTextTests.patterns)
    func timesAreWrittenByAPattern(pattern: String, expected: String) {
        #expect(evaluated("format_time(\(Self.time), '\(pattern)')") == "\"\(expected)\"")
    }

    private static let values: [(String, String)] = [
        (
            "format_time(timestamp('2026-07-01T22:30:00Z'), '%F %H:%M %z', 'Europe/Berlin')",
            "\"2026-07-02 00:30 +0200\""
        ),
        ("format_time(timestamp('2026-01-01T00:00:00Z'), '%F %I %p', '-05:30')", "\"2025-12-31 06 PM\""),
        ("format_time(timestamp(0), '%I %p')", "\"12 AM\""),
        ("format_time(timestamp(0), '%Q')", "error: invalid argument"),
        ("format_time(timestamp(0), '%')", "error: invalid argument"),
        ("format_time(timestamp(0), '%Y', 'Mars/Base')", "error: invalid argument"),
        ("string(parse_time('2026-03-05 07:08:09', '%Y-%m-%d %H:%M:%S'))", "\"2026-03-05T07:08:09Z\""),
        ("string(parse_time('5.3.2026', '%d.%m.%Y', 'Europe/Berlin'))", "\"2026-03-04T23:00:00Z\""),
        ("string(parse_time('thu, 5 MARCH 26', '%a, %d %B %y'))", "\"2026-03-05T00:00:00Z\""),
        ("string(parse_time('12:05 am 2026', '%I:%M %p %Y'))", "\"2026-01-01T00:05:00Z\""),
        ("string(parse_time('11 pm 2026', '%I %p %Y'))", "\"2026-01-01T23:00:00Z\""),
        ("parse_time('11 2026', '%I %Y')", "error: invalid argument"),
        ("string(parse_time('2026-060', '%Y-%j'))", "\"2026-03-01T00:00:00Z\""),
        ("string(parse_time('2026 .5', '%Y .%f'))", "\"2026-01-01T00:00:00.500Z\""),
        // What the text says of its zone counts more than the zone that is given.
        (
            "string(parse_time('2026-07-01T12:00:00+02:00', '%FT%T%z', 'America/New_York'))",
            "\"2026-07-01T10:00:00Z\""
        ),
        ("string(parse_time('2026-07-01 Z', '%F %z'))", "\"2026-07-01T00:00:00Z\""),
        // An hour that clocks show twice is the earlier one; one that they leave out is none.
        ("string(parse_time('2026-10-25 02:30', '%F %H:%M', 'Europe/Berlin'))", "\"2026-10-25T00:30:00Z\""),
        ("parse_time('2026-03-29 02:30', '%F %H:%M', 'Europe/Berlin')", "error: invalid argument"),
        ("string(parse_time('2026-03-29 03:30', '%F %H:%M', 'Europe/Berlin'))", "\"2026-03-29T01:30:00Z\""),
        ("parse_time('2026-02-29', '%F')", "error: invalid argument"),
        ("parse_time('2026-366', '%Y-%j')", "error: invalid argument"),
        ("parse_time('2026-13-01', '%F')", "error: invalid argument"),
        ("parse_time('26-01-01', '%F')", "error: invalid argument"),
        ("parse_time('2026-01-01x', '%F')", "error: invalid argument"),
        ("parse_time('2026', '%F')", "error: invalid argument"),
        ("parse_time('Friday 2026-03-05', '%A %F')", "error: invalid argument"),
        ("parse_time('10:00', '%H:%M')", "error: invalid argument"),
        ("parse_time('+2 2026', '%z %Y')", "error: invalid argument"),
        ("parse_time('0001-01-01', '%F', '+01:00')", "error: out of range"),
        ("parse_time(format_time(\(time), '%F %T.%f'), '%F %T.%f') == \(time)", "true"),
    ]

    @Test(arguments: TimeTextTests.values)
    func value(expression: String, expected: String) {
        #expect(evaluated(expression) == expected, "\(expression)")
    }

    @Test func theTypesAreKnown() {
        #expect(typed("format_time(timestamp(0), '%Y')") == "text")
        #expect(typed("parse_time('2026', '%Y', 'UTC')") == "timestamp")
    }
}

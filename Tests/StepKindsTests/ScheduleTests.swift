import CEL
import StepKinds
import Testing
import Values

private func moment(_ text: String) throws -> Int64 { try #require(Timestamp(text: text)).seconds }

private func shown(_ seconds: Int64?) -> String {
    seconds.map { CivilTime(secondsSince1970: $0).text + "Z" } ?? "never"
}

private func zone(_ name: String) throws -> TimeZoneRules { try #require(TimeZoneRules(named: name)) }

/// The first starts after a moment.
private func starts(_ text: String, _ name: String, after: String, _ count: Int) throws -> [String] {
    let schedule = try Schedule(text)
    let zone = try zone(name)
    var last = try moment(after)
    return try (0..<count).map { _ in
        last = try #require(schedule.next(after: last, in: zone))
        return shown(last)
    }
}

private func fault(_ text: String) -> ScheduleProblem? {
    do throws(ScheduleProblem) { _ = try Schedule(text) } catch { return error }
    return nil
}

@Suite(.timeLimit(.minutes(1))) struct ScheduleTests {
    @Test(arguments: [
        ("0 7 * * 1-5", ["2026-01-02T07:00:00Z", "2026-01-05T07:00:00Z", "2026-01-06T07:00:00Z"]),
        ("*/20 8-9 * * *", ["2026-01-01T08:20:00Z", "2026-01-01T08:40:00Z", "2026-01-01T09:00:00Z"]),
        ("5/25 0 * * *", ["2026-01-02T00:05:00Z", "2026-01-02T00:30:00Z", "2026-01-02T00:55:00Z"]),
        ("0 0 1,15 * *", ["2026-01-15T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-15T00:00:00Z"]),
        ("0 0 * JAN,mar Sun", ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z", "2026-01-18T00:00:00Z"]),
        // Where both days are restricted, either is enough.
        ("0 0 13 * fri", ["2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z"]),
        ("0 0 * * 7", ["2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z", "2026-01-18T00:00:00Z"]),
        ("0 0 * * fri-sun", ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z"]),
        ("@monthly", ["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"]),
        ("@Yearly", ["2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z", "2029-01-01T00:00:00Z"]),
        ("  @hourly ", ["2026-01-01T09:00:00Z", "2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z"]),
    ])
    func comesWhenItSays(text: String, expected: [String]) throws {
        #expect(try starts(text, "UTC", after: "2026-01-01T08:00:00Z", 3) == expected)
    }

    @Test func aLeapDayComesWhereThereIsOne() throws {
        let found = try starts("0 0 29 2 *", "UTC", after: "2026-01-01T00:00:00Z", 2)
        #expect(found == ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"])
        // 2100 is no leap year.
        #expect(try starts("0 0 29 2 *", "UTC", after: "2097-01-01T00:00:00Z", 1) == ["2104-02-29T00:00:00Z"])
    }

    /// A time of day that clocks jump over comes at the moment of the jump, one that they show twice comes
    /// the first time.
    @Test(arguments: [
        (
            "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
            ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
        ),
        (
            "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        ),
        (
            "30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
            ["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"]
        ),
        (
            "30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z",
            ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
        ),
        // Both times fall on the jump, and are one start.
        (
            "0,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
            ["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"]
        ),
        // Half an hour.
        (
            "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
            ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]
        ),
        // A whole day was left out.
        (
            "0 12 30 12 *", "Pacific/Apia", "2011-01-01T00:00:00Z",
            ["2011-12-30T10:00:00Z", "2012-12-29T22:00:00Z"]
        ),
    ])
    func clocksThatChangeLeaveOneStart(
        text: String, name: String, after: String, expected: [String]
    ) throws {
        #expect(try starts(text, name, after: after, 2) == expected)
    }

    /// A schedule for every hour names no time of day: it goes by hours as they pass.
    @Test func everyHourComesWhateverClocksDo() throws {
        let autumn = try starts("30 * * * *", "Europe/Berlin", after: "2026-10-24T23:40:00Z", 3)
        #expect(autumn == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"])
        let spring = try starts("30 * * * *", "Europe/Berlin", after: "2026-03-29T00:00:00Z", 3)
        #expect(spring == ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z"])
    }

    /// Beside the plainest reading of the fields: each minute is asked.
    @Test(arguments: ["UTC", "Europe/Berlin", "America/New_York"])
    func isTheFirstMinuteThatMatches(name: String) throws {
        var random = Xorshift(state: 42)
        let zone = try zone(name)
        for _ in 0..<40 {
            let schedule = try Schedule(Self.written(&random))
            // In June no clock changes.
            let from = try moment("2026-06-01T00:00:00Z") + Int64(random.next() % 1_000_000)
            let end = from + 4 * 86_400
            let minutes = stride(from: from - from % 60 + 60, through: end, by: 60).filter { time in
                schedule.matches(CivilTime(secondsSince1970: time + zone.offset(at: time)))
            }
            var found: [Int64] = []
            while let next = schedule.next(after: found.last ?? from, in: zone), next <= end {
                found.append(next)
            }
            #expect(found == minutes, "\(schedule.text)")
            if let last = minutes.last {
                #expect(schedule.last(until: end, in: zone) == last, "\(schedule.text)")
            }
        }
    }

    /// Also where clocks change, a start comes after the one before, matches all fields or stands on the
    /// change, and is the last one until itself.
    @Test(arguments: ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
    func startsGoForward(name: String) throws {
        var random = Xorshift(state: 7)
        let zone = try zone(name)
        for round in 0..<18 {
            let schedule = try Schedule(Self.written(&random))
            let days = ["2026-03-28", "2026-10-24", "2026-03-07", "2026-10-31", "2026-04-04", "2026-10-03"]
            var last = try moment(days[round % 6] + "T12:00:00Z")
            let end = last + 2 * 86_400
            while let next = schedule.next(after: last, in: zone), next <= end {
                try #require(next > last)
                let local = CivilTime(secondsSince1970: next + zone.offset(at: next))
                #expect(schedule.matches(local) || zone.offset(at: next - 1) != zone.offset(at: next))
                #expect(schedule.last(until: next, in: zone) == next, "\(schedule.text)")
                last = next
            }
        }
    }

    private static func written(_ random: inout Xorshift) -> String {
        func field(_ range: ClosedRange<UInt64>) -> String {
            let (one, step) = (range.lowerBound + random.next() % UInt64(range.count), 2 + random.next() % 4)
            switch random.next() % 4 {
            case 0: return "*"
            case 1: return "\(one)"
            case 2: return "*/\(step)"
            default: return "\(range.lowerBound)-\(one)"
            }
        }
        return [0...59, 0...23, 1...28, 1...12, 0...6].map { field($0) }.joined(separator: " ")
    }

    @Test(arguments: [
        ("", 0..<0, "a schedule has five fields: minute, hour, day of the month, month, day of the week"),
        ("0 25 * * *", 2..<4, "`25` lies outside of the hour, which has 0 to 23"),
        ("0 0 31 2 *", 4..<8, "no such day ever comes: day `31` of month `2`"),
        ("0 0 31 4,6 *", 4..<10, "no such day ever comes: day `31` of month `4,6`"),
        ("*/0 * * * *", 0..<3, "steps of 0 lie outside of the minute, which has 0 to 59"),
        ("0 7 ? * 1", 4..<5, "`?` is no field of cron"),
        ("0 7 L * *", 4..<5, "`L` is not understood in the day of the month: L, W and # are not supported"),
        ("0 22-2 * * *", 2..<6, "`22-2` runs backwards"),
        ("@every 5m", 0..<9, "`@every` is no time of a clock"),
        ("@daily x", 0..<8, "`@daily` stands alone"),
        ("@dialy", 0..<6, "there is no schedule `@dialy`"),
        ("1,,2 * * * *", 0..<4, "`1,,2` is not understood in the minute, which takes 0 to 59"),
        ("٣ * * * *", 0..<2, "`٣` is not understood in the minute, which takes 0 to 59"),
        (
            "99999999999999999999 * * * *", 0..<20,
            "`99999999999999999999` is not understood in the minute, which takes 0 to 59"
        ),
    ])
    func aFaultIsToldWithItsPlace(text: String, place: Range<Int>, message: String) throws {
        let problem = try #require(fault(text))
        #expect(problem.message == message && problem.place == place)
        #expect(!problem.help.isEmpty)
    }

    @Test(arguments: [
        ("0 22-2 * * *", "22-23,0-2"), ("0 7 * * 5-1", "5-6,0-1"), ("0 7 ? * *", "*"), ("@dialy", "@daily"),
        ("0 7 * * mno", "mon"), ("0 0 7 * * 1", "0 7 * * 1"),
    ])
    func aMendIsASchedule(text: String, mend: String) throws {
        let problem = try #require(fault(text))
        #expect(problem.replacement == mend)
        let bytes = Array(text.utf8)
        let mended =
            bytes[..<problem.place.lowerBound] + Array(mend.utf8) + bytes[problem.place.upperBound...]
        #expect(try Schedule(String(decoding: mended, as: UTF8.self)).text.isEmpty == false)
    }

    /// With a day of the week beside it, the day of the month need not come.
    @Test func eitherDayIsEnoughForAScheduleToCome() throws {
        #expect(try starts("0 0 31 2 1", "UTC", after: "2026-01-20T00:00:00Z", 1) == ["2026-02-02T00:00:00Z"])
    }

    @Test func zonesThatThereAreNotAreNotKnown() {
        for name in ["", "Europe", "Europe/Berlni", "../../etc/passwd", "zone.tab", "europe/berlin\u{0}"] {
            #expect(TimeZoneRules(named: name) == nil, "\(name)")
        }
        #expect(TimeZoneRules.names.contains("Europe/Berlin") && TimeZoneRules.names.contains("UTC"))
    }
}

/// Numbers that are the same each time.
private struct Xorshift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

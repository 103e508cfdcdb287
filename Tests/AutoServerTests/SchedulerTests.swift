import AutoRuntime
import Testing
import Values

private func moment(_ text: String) throws -> Int64 { try #require(Timestamp(text: text)).seconds }

private func daily(_ time: String = "0 7 * * *", more: String = "") -> String {
    """
    automation "Daily"
    input city: text = "Berlin"
    START begin -> tell {
      prompt_template { schedule: "\(time)", zone: "Europe/Berlin"\(more) }
    }
    DATA_TRANSFORM tell -> end { prompt_template { value: "Weather of ${inputs.city}" } }
    """
}

extension Client {
    /// The sessions of the automation, once there are so many, the newest first; the test's time limit ends a
    /// wait for what never comes.
    fileprivate func sessions(_ path: String, _ count: Int) async throws -> [Value] {
        while true {
            let sessions = try await get(path + "/sessions").json.items
            if sessions.count >= count { return sessions }
            await Task.yield()
        }
    }

    private func metric(_ name: String) async throws -> Int {
        let line = try await get("/metrics").text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return try #require(line?.split(separator: " ").last.flatMap { Int($0) })
    }

    /// Once the scheduler knows so many automations: what the clock is moved to before is past for it.
    fileprivate func scheduled(_ count: Int) async throws {
        while try await metric("autorun_scheduled_automations") < count { await Task.yield() }
    }

    fileprivate func count(_ outcome: String) async throws -> Int {
        try await metric("autorun_scheduled_starts_total{outcome=\"\(outcome)\"}")
    }

    /// Once so many starts have had this outcome.
    fileprivate func wait(for count: Int, _ outcome: String) async throws {
        while try await self.count(outcome) < count { await Task.yield() }
    }

    fileprivate func nextStart(_ path: String) async throws -> String? {
        try await get(path + "?view=summary").json["next_start_at"].asText
    }
}

@Suite(.timeLimit(.minutes(1))) struct SchedulerTests {
    /// 2023-11-14, 08:00 in Berlin.
    private static let morning = "2023-11-14T07:00:00Z"

    private func clock(at text: String = SchedulerTests.morning) throws -> MovedClock {
        let clock = MovedClock()
        clock.move(to: try moment(text))
        return clock
    }

    @Test func anAutomationStartsByItselfWithItsDefaults() async throws {
        let clock = try clock()
        let server = TestServer(clock: clock)
        let id = try await server.serve(daily())
        try await server.run { client in
            let path = "/automations/\(id.text)"
            try await client.scheduled(1)
            #expect(try await client.get(path + "/sessions").json.items.isEmpty)
            let summary = try await client.get("/automations?view=summary").json.items[0]
            #expect(summary["schedule"].asText == "0 7 * * *" && summary["zone"].asText == "Europe/Berlin")
            #expect(
                summary["next_start_at"].asText == "2023-11-15T06:00:00Z"
                    && summary["webhook"] == .bool(false))
            for day in 15...17 {
                clock.move(to: try moment("2023-11-\(day)T06:00:00Z"))
                let sessions = try await client.sessions(path, day - 14)
                let record = try await client.ended(
                    "\(path)/sessions/\(try #require(sessions[0]["id"].asText))")
                #expect(record["status"].asText == "FINISHED")
                #expect(record["inputs"]["city"].asText == "Berlin")
                #expect(record["steps"].items[0]["prompt"]["schedule"].asText == "0 7 * * *")
                #expect(record["steps"].items[1]["result"].asText == "Weather of Berlin")
            }
            try await client.wait(for: 3, "started")
            #expect(try await client.sessions(path, 3).count == 3)
        }
    }

    @Test func severalServersOnOneStoreMakeOneStart() async throws {
        let clock = try clock()
        let first = TestServer(clock: clock)
        let second = TestServer(sharing: first, clock: clock)
        let id = try await first.serve(daily())
        _ = try await second.serve(daily())
        try await first.run { one in
            try await second.run { other in
                for client in [one, other] { try await client.scheduled(1) }
                for day in 15...18 {
                    clock.move(to: try moment("2023-11-\(day)T06:00:00Z"))
                    while true {
                        var made = 0
                        for client in [one, other] {
                            made += try await client.count("started") + client.count("elsewhere")
                        }
                        if made >= 2 * (day - 14) { break }
                        await Task.yield()
                    }
                }
                let sessions = try await one.sessions("/automations/\(id.text)", 4)
                #expect(sessions.count == 4)
                let started = [try await one.count("started"), try await other.count("started")]
                #expect(started[0] + started[1] == 4)
            }
        }
    }

    /// Runs a server over one day, and another on the same store three days later.
    private func afterAPause(_ text: String, _ test: @Sendable (Client, String) async throws -> Void)
        async throws
    {
        let clock = try clock()
        let before = TestServer(clock: clock)
        let path = "/automations/\(try await before.serve(text).text)"
        try await before.run { client in
            try await client.scheduled(1)
            clock.move(to: try moment("2023-11-15T06:00:00Z"))
            try await client.wait(for: 1, "started")
        }
        clock.move(to: try moment("2023-11-18T12:00:00Z"))
        let after = TestServer(sharing: before, clock: clock)
        _ = try await after.serve(text)
        try await after.run { client in
            try await client.scheduled(1)
            try await test(client, path)
            // From then on it starts as before.
            let made = try await client.count("started")
            clock.move(to: try moment("2023-11-19T06:00:00Z"))
            try await client.wait(for: made + 1, "started")
            #expect(try await client.get(path + "/sessions").json.items.count == 2 + made)
        }
    }

    @Test func ofTheStartsThatWereMissedOneIsMadeUp() async throws {
        try await afterAPause(daily(more: ", catch_up: true")) { client, path in
            try await client.wait(for: 1, "started")
            #expect(try await client.sessions(path, 2).count == 2)
        }
    }

    @Test func withoutCatchUpNoStartIsMadeUp() async throws {
        try await afterAPause(daily()) { client, path in
            let sessions = try await client.sessions(path, 1)
            #expect(sessions.count == 1)
            for outcome in ["started", "missed"] { #expect(try await client.count(outcome) == 0) }
        }
    }

    /// What is new has missed nothing.
    @Test func aNewScheduleMakesUpNothing() async throws {
        let clock = try clock()
        let server = TestServer(clock: clock)
        let id = try await server.serve(daily(more: ", catch_up: true"))
        try await server.run { client in
            try await client.scheduled(1)
            clock.move(to: try moment("2023-11-15T06:00:00Z"))
            try await client.wait(for: 1, "started")
            #expect(try await client.sessions("/automations/\(id.text)", 1).count == 1)
        }
    }

    /// The machine slept: nobody looked at the clock when a start was due.
    @Test func aStartThatComesFarTooLateIsMissed() async throws {
        let clock = try clock()
        let server = TestServer(clock: clock)
        let id = try await server.serve(daily())
        try await server.run { client in
            let path = "/automations/\(id.text)"
            try await client.scheduled(1)
            clock.move(to: try moment("2023-11-15T06:00:00Z"))
            try await client.wait(for: 1, "started")
            clock.move(to: try moment("2023-11-17T10:00:00Z"))
            try await client.wait(for: 1, "missed")
            #expect(try await client.sessions(path, 1).count == 1)
            clock.move(to: try moment("2023-11-18T06:00:30Z"))
            try await client.wait(for: 2, "started")
            #expect(try await client.sessions(path, 2).count == 2)
        }
    }

    @Test func aClockThatIsSetBackStartsNothingTwice() async throws {
        let clock = try clock()
        let server = TestServer(clock: clock)
        let id = try await server.serve(daily())
        try await server.run { client in
            try await client.scheduled(1)
            clock.move(to: try moment("2023-11-15T06:00:00Z"))
            try await client.wait(for: 1, "started")
            clock.move(to: try moment("2023-11-15T05:30:00Z"))
            #expect(try await client.nextStart("/automations/\(id.text)") == "2023-11-15T06:00:00Z")
            while try await client.count("elsewhere") == 0 {
                clock.move(to: try moment("2023-11-15T05:30:00Z"))
                for _ in 0..<20 { _ = try await client.get("/healthz") }
                clock.move(to: try moment("2023-11-15T06:00:01Z"))
                for _ in 0..<20 { _ = try await client.get("/healthz") }
            }
            #expect(try await client.sessions("/automations/\(id.text)", 1).count == 1)
        }
    }

    @Test func aChangedScheduleIsFollowed() async throws {
        let clock = try clock()
        let server = TestServer(clock: clock)
        try await server.run { client in
            let path = try await client.make(daily("0 7 * * *"))
            try await client.scheduled(1)
            #expect(try await client.nextStart(path) == "2023-11-15T06:00:00Z")
            let answer = try await client.send(.put, path, daily("0 9 * * *"), type: "text/x-auto")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try await client.nextStart(path) == "2023-11-14T08:00:00Z")
            // What comes after the change is known after it.
            _ = try await client.make(daily("0 12 * * *"))
            try await client.scheduled(2)
            clock.move(to: try moment("2023-11-14T08:00:00Z"))
            _ = try await client.sessions(path, 1)
            #expect(try await client.send(.delete, path).status == 204)
        }
    }

    /// A secret that is not set keeps the session from beginning, and the server goes on.
    @Test func aStartThatCannotBeMadeIsCounted() async throws {
        let clock = try clock()
        let server = TestServer(clock: clock)
        try await server.run { client in
            let text = """
                automation "Secret"
                secret CRM_TOKEN
                START begin -> ask { prompt_template { schedule: "@hourly" } }
                REST_API ask -> end {
                  timeout: 5s
                  prompt_template { url: "https://crm.example/", auth: { bearer: secrets.CRM_TOKEN } }
                }
                """
            let path = try await client.make(text)
            try await client.scheduled(1)
            clock.move(to: try moment("2023-11-14T08:00:00Z"))
            try await client.wait(for: 1, "failed")
            #expect(try await client.get(path + "/sessions").json.items.isEmpty)
        }
    }
}

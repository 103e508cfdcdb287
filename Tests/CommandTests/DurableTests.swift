import CEL
import Foundation
import TestSupport
import Testing
import Values

/// Counts requests by path and key, and holds those of some paths until they are let go.
private func automation(_ url: String) -> String {
    """
    automation "Durable"
    START begin -> [left, right]
    REST_API left -> both { prompt_template { url: "\(url)/left", method: "POST", body: "a" } }
    DATA_TRANSFORM right -> parts { prompt_template { value: [1, 2, 3] } }
    REST_API parts -> both {
      each: n in right.result
      at_once: 2
      prompt_template { url: "\(url)/part/${n}", method: "POST", body: "b" }
    }
    REST_API both -> count { prompt_template { url: "\(url)/both", method: "POST", body: "${left.result.body.n + parts.result.size()}" } }
    DATA_TRANSFORM count -> again {
      max_visits: 9
      prompt_template { value: count.?result.orValue(0) + 1 }
    }
    REST_API again -> more { prompt_template { url: "\(url)/again/${count.result}", method: "POST", body: "c" } }
    LOGIC_DECISION more {
      prompt_template {
        more: when count.result < 3 -> count
        done: else -> last
      }
    }
    DATA_TRANSFORM last -> end { prompt_template { value: [left.result.body.n, parts.result.size(), again.results.size()] } }

    """
}

@Suite(.timeLimit(.minutes(1))) struct DurableTests {
    private func events(_ command: Command, _ id: String) async throws -> MapValue {
        try #require(JSON.parse(try await command.run("autorun", ["show", id, "--json"]).output).asMap)
    }

    /// What stays the same when a session is interrupted: everything but ids and times, whatever branch came
    /// first.
    private func essence(_ record: MapValue) -> [String] {
        (record["steps"]?.asList ?? []).compactMap(\.asMap).map { step in
            let name = step["step"]?.asMap?["name"]?.asText ?? ""
            let prompt = step["prompt"].map(JSON.text) ?? ""
            return "\(name) \(step["status"]?.asText ?? "") \(step["result"]?.asText ?? "-") \(prompt)"
        }.sorted()
    }

    /// Killed at a request of its own choosing, again and again, a session ends as one that nobody disturbed.
    @Test func killedSessionsGoOn() async throws {
        let asked = Requests()
        let server = try await TestServer { request, _ in
            asked.add(request.path, request[header: "idempotency-key"] ?? "")
            return .json("{\"n\": 4}")
        }
        let undisturbed = try Command()
        defer { undisturbed.clean() }
        let file = try undisturbed.file("durable.auto", automation(server.url))
        let plain = try await undisturbed.run(
            "autorun", ["run", file, "--json", "--allow-host", "127.0.0.1"])
        #expect(plain.code == 0, "\(plain)")
        let wanted = essence(try #require(JSON.parse(plain.output).asMap))
        #expect(wanted.count == 17)

        for target in ["/left", "/part/2", "/both", "/again/2"] {
            let command = try Command()
            defer { command.clean() }
            asked.clear()
            let process = command.process("autorun", ["run", file, "--allow-host", "127.0.0.1", "--events"])
            process.standardOutput = FileHandle.nullDevice
            asked.kill(process, at: target)
            try process.run()
            process.waitUntilExit()
            let id = try await command.newestID()
            let resumed = try await command.run(
                "autorun", ["resume", id, "--json", "--allow-host", "127.0.0.1"])
            #expect(resumed.code == 0, "\(target): \(resumed)")
            #expect(essence(try #require(JSON.parse(resumed.output).asMap)) == wanted, "\(target)")
            // One in flight at the kill may have been asked twice, by the same key; no other.
            let counts = asked.counts
            #expect(counts.values.allSatisfy { $0.tries <= 2 && $0.keys == 1 }, "\(target): \(counts)")
            #expect(counts.values.filter { $0.tries == 2 }.count <= 3, "\(target): \(counts)")
            #expect(counts.count == 8)
            let trace = try await command.run("autorun", ["show", id, "--trace"])
            #expect(trace.output.contains("session  taken over from a process that is gone"), "\(trace)")
            let again = try await command.run("autorun", ["resume", id])
            #expect(again.code == 2 && again.errors.contains("has ended (FINISHED)"))
        }
        try await server.stop()
    }

    @Test func cancelReachesTheProcessThatRuns() async throws {
        let server = try await TestServer { _, _ in ServerAnswer(hangs: true) }
        let command = try Command()
        defer { command.clean() }
        let file = try command.file(
            "hanging.auto",
            "automation \"H\"\nSTART a -> b\nREST_API b -> end { prompt_template { url: \"\(server.url)\" } }\n"
        )
        let process = command.process("autorun", ["run", file, "--allow-host", "127.0.0.1", "--events"])
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        await server.nextRequest()
        let id = try await command.newestID()
        let held = try await command.run("autorun", ["resume", id, "--allow-host", "127.0.0.1"])
        #expect(held.code == 3 && held.errors.contains("another process runs the session"), "\(held)")
        let cancelled = try await command.run("autorun", ["cancel", id, "--json"])
        #expect(cancelled.code == 0, "\(cancelled)")
        let record = try #require(JSON.parse(cancelled.output).asMap)
        #expect(record["status"] == .string("FAILED") && record["error"] == .string("cancelled"))
        #expect(record["steps"]?.asList?.last?.asMap?["error"] == .string("cancelled"))
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        let trace = try await command.run("autorun", ["show", id, "--trace"])
        #expect(
            trace.output.contains("try 1: cancelled after ") && !trace.output.contains("failed"), "\(trace)")
        let timeline = try await command.run("autorun", ["show", id, "--timeline"])
        #expect(timeline.output.contains("CANCELLED") && !timeline.output.contains("FAILED"), "\(timeline)")
        let again = try await command.run("autorun", ["cancel", id, "--json"])
        #expect(again.output == cancelled.output)
        try await server.stop()
    }

    @Test func waitingSessionsAreCancelledAndKept() async throws {
        let command = try Command()
        defer { command.clean() }
        let waiting = try await command.run("autorun", ["run", "Examples/expense-approval.auto"])
        #expect(waiting.code == 4)
        let id = try await command.newestID()
        let resumed = try await command.run("autorun", ["resume", "--all"])
        let told = "\(id.suffix(6))  waits for an answer: autorun show \(id.suffix(6))"
        #expect(resumed.code == 4 && resumed.output.contains(told), "\(resumed)")
        let doctor = try await command.run("autorun", ["doctor"])
        #expect(
            doctor.code == 0 && doctor.output.contains(": 1 session, 3 step records\n")
                && doctor.output.hasSuffix("sound\n"))
        let copy = command.state + "/copy.sqlite"
        #expect(try await command.run("autorun", ["backup", copy]).code == 0)
        #expect(try await command.run("autorun", ["backup", copy]).code == 2)
        let cancelled = try await command.run("autorun", ["cancel", id])
        #expect(cancelled.output == "\(id.suffix(6))  FAILED  cancelled\n")
        let answered = try await command.run("autorun", ["answer", id, "approve", "--store", copy])
        #expect(answered.code == 0 && answered.output.hasPrefix("Approved"), "\(answered)")
        #expect(
            try await command.run("autorun", ["prune", "--older-than", "1d"]).output == "0 sessions deleted\n"
        )
        #expect(try await command.run("autorun", ["prune", "--older-than", "soon"]).code == 2)
    }

    @Test func rerunTakesRecordsOver() async throws {
        let asked = Requests()
        let server = try await TestServer { request, count in
            asked.add(request.path, request[header: "idempotency-key"] ?? "")
            return .json("{\"n\": \(count)}")
        }
        let command = try Command()
        defer { command.clean() }
        let file = try command.file("durable.auto", automation(server.url))
        let first = try await command.run("autorun", ["run", file, "--json", "--allow-host", "127.0.0.1"])
        let id = try #require(JSON.parse(first.output).asMap?["id"]?.asText)
        let second = try await command.run(
            "autorun", ["rerun", id, "--from", "both", "--json", "--allow-host", "127.0.0.1"])
        #expect(second.code == 0, "\(second)")
        let record = try #require(JSON.parse(second.output).asMap)
        #expect(record["id"]?.asText != id && record["steps_count"] == .int(17))
        let counts = asked.counts
        #expect(counts["/left"]?.tries == 1 && counts["/part/1"]?.tries == 1 && counts["/both"]?.tries == 2)
        let wrong = try await command.run("autorun", ["rerun", id, "--from", "nope"])
        #expect(wrong.code == 2 && wrong.errors.contains("never came to a step `nope`"))
        try await server.stop()
    }

    @Test func upgradeMovesOver() async throws {
        let command = try Command()
        defer { command.clean() }
        let text =
            "automation \"U\"\nSTART a -> b\nGET_USER_INPUT b -> c { prompt_template { message: \"?\" } }\nDATA_TRANSFORM c -> end { prompt_template { value: \"old \" + b.result } }\n"
        let file = try command.file("u.auto", text)
        #expect(try await command.run("autorun", ["run", file]).code == 4)
        let id = try await command.newestID()
        _ = try command.file(
            "u.auto",
            "automation \"U\"\nDATA_TRANSFORM c -> end { prompt_template { value: \"new \" + b.result } }\nSTART a -> b\nGET_USER_INPUT b -> c { prompt_template { message: \"?\" } }\n"
        )
        let old = try await command.run("autorun", ["resume", id, "--answer", "b=x", "--json"])
        #expect(old.output.contains("\"old x\""), "\(old)")
        #expect(try await command.run("autorun", ["run", try command.file("u.auto", text)]).code == 4)
        let next = try await command.newestID()
        _ = try command.file(
            "u.auto",
            text.replacingOccurrences(of: "GET_USER_INPUT b", with: "LLM_CALL b").replacingOccurrences(
                of: "message", with: "user"))
        let refused = try await command.run("autorun", ["resume", next, "--upgrade"])
        #expect(
            refused.code == 2 && refused.errors.contains("`b` was GET_USER_INPUT and is LLM_CALL now"),
            "\(refused)")
        _ = try command.file(
            "u.auto",
            "automation \"U\"\nDATA_TRANSFORM c -> end { prompt_template { value: \"new \" + b.result } }\nSTART a -> b\nGET_USER_INPUT b -> c { prompt_template { message: \"?\" } }\n"
        )
        let new = try await command.run("autorun", ["resume", next, "--upgrade", "--answer", "b=x"])
        #expect(new.output == "new x\n", "\(new)")
    }
}

/// What the server was asked, and a process that is killed at one of the requests.
private final class Requests: @unchecked Sendable {
    // `@unchecked Sendable`: everything is read and written under `lock`.
    private let lock = NSLock()
    private var found: [String: [String]] = [:]
    private var victim: (process: Process, target: String)?

    func add(_ path: String, _ key: String) {
        lock.withLock {
            found[path, default: []].append(key)
            if let victim, victim.target == path {
                Foundation.kill(victim.process.processIdentifier, SIGKILL)
                self.victim = nil
            }
        }
    }

    func kill(_ process: Process, at target: String) { lock.withLock { victim = (process, target) } }

    func clear() { lock.withLock { found = [:] } }

    var counts: [String: (tries: Int, keys: Int)] {
        lock.withLock { found.mapValues { ($0.count, Set($0).count) } }
    }
}

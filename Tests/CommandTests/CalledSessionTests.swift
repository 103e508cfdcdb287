import CEL
import TestSupport
import Testing
import Values

/// Commands about sessions that others have called.
@Suite(.timeLimit(.minutes(1))) struct CalledSessionTests {
    let command: Command

    init() throws { command = try Command() }

    private func call(_ name: String, _ file: String, _ settings: String = "", _ then: String = "") -> String
    {
        """
        automation "\(name)"
        START begin -> c
        REST_API c -> end { \(settings)
          prompt_template { automation: "\(file)" }
        }
        \(then)
        """
    }

    /// Three automations, each of which calls the next; the last one asks a person.
    ///
    /// - Returns: the ids of the outermost session and of the one that asks.
    private func waiting(_ main: String) async throws -> (outermost: String, asking: String) {
        let file = try command.file("main.auto", main)
        _ = try command.file("middle.auto", call("Middle", "asks.auto"))
        _ = try command.file(
            "asks.auto",
            "automation \"Asks\"\nSTART begin -> ask\nGET_USER_INPUT ask -> end { prompt_template { message: \"Well?\" } }\n"
        )
        let waits = try await command.run("autorun", ["run", file])
        #expect(waits.code == 4, "\(waits)")
        let asking = try #require(try await command.newestSession(["--waiting"])["id"]?.asText)
        return (try await command.newestID(), asking)
    }

    @Test func onlyWhatSomebodyStartedIsListed() async throws {
        defer { command.clean() }
        _ = try await waiting(call("Outer", "middle.auto"))
        let listed = try await command.run("autorun", ["sessions"]).output.split(separator: "\n")
        #expect(listed.count == 1 && listed[0].contains("Outer"), "\(listed)")
        let all = try await command.run("autorun", ["sessions", "--called"]).output.split(separator: "\n")
        #expect(all.count == 3, "\(all)")
    }

    /// Nobody else would: no process runs the caller.
    @Test func theCallerOfACancelledSessionFails() async throws {
        defer { command.clean() }
        let (outermost, asking) = try await waiting(call("Outer", "middle.auto"))
        let cancelled = try await command.run("autorun", ["cancel", asking])
        #expect(cancelled.code == 0, "\(cancelled)")
        let why =
            "step c: the automation `Asks` was cancelled in its session \(asking), called by way of c"
        #expect(
            cancelled.output
                == "\(asking.suffix(6))  FAILED  cancelled\n\(outermost.suffix(6))  FAILED  \(why)\n",
            "\(cancelled)")
        let open = try await command.run("autorun", ["resume", "--all"])
        #expect(open.code == 0 && open.errors == "no session is interrupted\n", "\(open)")
    }

    @Test func theCallerOfACancelledSessionGoesItsOtherWay() async throws {
        defer { command.clean() }
        let main = call(
            "Outer", "middle.auto", "on_error -> other",
            "DATA_TRANSFORM other -> end { prompt_template { value: \"the other way\" } }")
        let (outermost, asking) = try await waiting(main)
        let cancelled = try await command.run("autorun", ["cancel", asking, "--json"])
        #expect(cancelled.code == 0, "\(cancelled)")
        #expect(try JSON.parse(cancelled.output).asMap?["id"] == .string(asking))
        let shown = try await command.run("autorun", ["show", outermost, "--json"])
        let record = try #require(JSON.parse(shown.output).asMap)
        #expect(record["status"] == .string("FINISHED"), "\(shown)")
    }

    /// Both steps are called `ask`: what is said beforehand to one of them is not said to the other.
    @Test func anAnswerGivenBeforehandAnswersOneQuestion() async throws {
        defer { command.clean() }
        let file = try command.file(
            "two.auto",
            """
            automation "Two"
            START begin -> ask
            GET_USER_INPUT ask -> c { prompt_template { message: "Mine?" } }
            REST_API c -> out { prompt_template { automation: "asks.auto" } }
            DATA_TRANSFORM out -> end { prompt_template { value: "${ask.result} ${c.result}" } }

            """)
        _ = try command.file(
            "asks.auto",
            "automation \"Asks\"\nSTART begin -> ask\nGET_USER_INPUT ask -> end { prompt_template { message: \"Well?\" } }\n"
        )
        let one = try await command.run("autorun", ["run", file, "--answer", "ask=mine"])
        #expect(one.code == 4 && one.errors.contains("Asks, called as the session"), "\(one)")
        let both = try await command.run(
            "autorun", ["run", file, "--answer", "ask=mine", "--answer", "c.ask=theirs"])
        #expect(both.code == 0 && both.output == "mine theirs\n", "\(both)")
        for name in ["c.begin", "ask.ask", "c.ask.ask", "c.", ".ask", "d.ask"] {
            let wrong = try await command.run("autorun", ["run", file, "--answer", "\(name)=x"])
            #expect(wrong.code == 2 && wrong.errors.contains("no GET_USER_INPUT step"), "\(wrong)")
        }
    }

    /// A session that is named by one that it has called goes on once.
    @Test func severalThatAreOneGoOnOnce() async throws {
        defer { command.clean() }
        let (outermost, asking) = try await waiting(call("Outer", "middle.auto"))
        let resumed = try await command.run("autorun", ["resume", asking, outermost])
        let words = "\(outermost.suffix(6))  waits for an answer: autorun show \(outermost.suffix(6))\n"
        #expect(resumed.code == 4 && resumed.output == words, "\(resumed)")
    }
}

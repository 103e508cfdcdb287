import CEL
import Foundation
import TestSupport
import Testing
import Values

/// What a person reads at the end of a run, and in the lists: the short id, and the command that goes on.
@Suite(.timeLimit(.minutes(1))) final class NextCommandTests {
    /// Each test has its own.
    private let command: Command
    private let example = "Examples/expense-approval.auto"

    init() throws { command = try Command() }

    deinit { command.clean() }

    /// The end of the id of the session that began last.
    private func newest(_ arguments: [String] = []) async throws -> String {
        String(try await command.newestID(arguments).suffix(6))
    }

    @Test func aRunEndsWithItsResultAndTheNextCommand() async throws {
        let done = try await command.run("autorun", ["run", example, "--input", "amount=5"])
        let end = try await newest()
        #expect(done.code == 0 && done.output == "Approved: 5 EUR for Grace\n", "\(done)")
        #expect(done.errors.hasPrefix("session \(end) finished in "), "\(done)")
        #expect(done.errors.hasSuffix(" s: autorun show \(end)\n"), "\(done)")
        // The output of a program stays alone.
        let json = try await command.run("autorun", ["run", example, "--input", "amount=5", "--json"])
        #expect(json.errors.isEmpty && (try? JSON.parse(json.output)) != nil, "\(json)")
        let forgotten = try await command.run(
            "autorun", ["run", example, "--input", "amount=5", "--store", ":memory:"])
        #expect(forgotten.errors.isEmpty, "\(forgotten)")
    }

    @Test func aRunThatEndsInBranchesSaysWhatEachGave() async throws {
        let file = try command.file(
            "branches.auto",
            """
            automation "Branches"
            START a -> b
            DATA_TRANSFORM b -> [left, right] { prompt_template { value: "before" } }
            DATA_TRANSFORM left -> end { prompt_template { value: b.result + " left" } }
            DATA_TRANSFORM right -> end {
              each: n in [1].filter(n, n > 9)
              prompt_template { value: n }
            }

            """)
        let done = try await command.run("autorun", ["run", file])
        #expect(done.code == 0 && done.output == "left: before left\nright: []\n", "\(done)")
    }

    @Test func aFailureEndsWithTheCommandsThatGoOn() async throws {
        let file = try command.file(
            "fails.auto",
            """
            automation "Fails"
            input list: json = [1, 2]
            START a -> b
            DATA_TRANSFORM b -> c {
              each: n in inputs.list
              prompt_template { value: n }
            }
            REST_API c -> end { prompt_template { url: "http://127.0.0.1:9/" } }

            """)
        let store = command.state + "/my store.sqlite"
        let failed = try await command.run(
            "autorun", ["run", file, "--store", store, "--allow-host", "10.0.0.0/8"])
        let end = try await newest(["--store", store])
        #expect(failed.code == 1 && failed.errors.contains("steps: a -> b (2 times) -> c\n"), "\(failed)")
        #expect(failed.errors.contains("\nsession \(end) failed after "), "\(failed)")
        #expect(
            failed.errors.contains("\n  what happened: autorun show \(end) --store '\(store)'\n"), "\(failed)"
        )
        #expect(
            failed.errors.hasSuffix(
                "\n  go on from there: autorun retry \(end) --store '\(store)' --allow-host 10.0.0.0/8\n"),
            "\(failed)")
        let shown = try await command.run("autorun", ["show", end, "--store", store])
        #expect(
            shown.output.hasSuffix("go on from there: autorun retry \(end) --store '\(store)'\n"), "\(shown)")
        #expect(shown.output.contains("FINISHED  b 2/2 2  DATA_TRANSFORM"), "\(shown)")
        let retried = try await command.run("autorun", ["retry", end.uppercased(), "--store", store])
        #expect(retried.code == 1, "\(retried)")
    }

    /// Nothing goes on by a command that would come to the same failure.
    @Test(arguments: [
        ("DATA_TRANSFORM b -> end { prompt_template { value: inputs.list[5] } }", "cannot be computed"),
        (
            """
            DATA_TRANSFORM b -> c {
              max_visits: 2
              prompt_template { value: 1 }
            }
            LOGIC_DECISION c { prompt_template {
              back: when b.result < 2 -> b
              done: else -> end
            } }
            """, "max_visits"
        ),
        ("TEXT_TO_JSON b -> end { prompt_template { text: \"hello there\" } }", "no JSON stands in the text"),
    ])
    func retryIsNotAdvisedWhereItChangesNothing(steps: String, reason: String) async throws {
        let file = try command.file(
            "fails.auto", "automation \"Fails\"\ninput list: json = [1]\nSTART a -> b\n" + steps + "\n")
        let failed = try await command.run("autorun", ["run", file])
        let mend = "retrying it would fail again: change the file or the inputs, then autorun run "
        #expect(failed.code == 1 && failed.errors.contains(reason), "\(failed)")
        let column = steps.prefix { $0 != " " }.count + 2
        #expect(failed.errors.contains("\n  --> \(file):4:\(column)\n"), "\(failed)")
        #expect(
            failed.errors.contains("\n  " + mend) && !failed.errors.contains("autorun retry"), "\(failed)")
        let end = try await newest()
        let shown = try await command.run("autorun", ["show", end])
        #expect(shown.output.contains("\n" + mend) && !shown.output.contains("autorun retry"), "\(shown)")
        let resumed = try await command.run("autorun", ["resume", end])
        #expect(
            resumed.code == 2 && resumed.errors.contains("has ended (FAILED: ")
                && resumed.errors.contains("); \(mend)"), "\(resumed)")
    }

    /// The file that a step reads may be another one the next time.
    @Test func retryIsAdvisedWhereAFileWasRead() async throws {
        let file = try command.file(
            "reads.auto",
            "automation \"Reads\"\nSTART a -> b\nDATA_TRANSFORM b -> end { prompt_template { read: \"x.json\", value: input.v } }\n"
        )
        _ = try command.file("x.json", #"{"w": 1}"#)
        let failed = try await command.run("autorun", ["run", file])
        #expect(failed.code == 1 && failed.errors.contains("autorun retry"), "\(failed)")
        _ = try command.file("x.json", #"{"v": 2}"#)
        let retried = try await command.run("autorun", ["retry", try await newest()])
        #expect(retried.code == 0 && retried.output.contains("2"), "\(retried)")
    }

    @Test func retryOfAWaitingSessionLeadsToItsQuestion() async throws {
        #expect(try await command.run("autorun", ["run", example]).code == 4)
        let end = try await newest()
        let retried = try await command.run("autorun", ["retry", end])
        #expect(
            retried.code == 2
                && retried.errors.contains(
                    "it waits for an answer, look at the question by autorun show \(end)"),
            "\(retried)")
    }

    @Test func aWaitingSessionIsListedAndShownWithItsQuestion() async throws {
        #expect(try await command.run("autorun", ["run", example, "--input", "amount=5"]).code == 0)
        let waits = try await command.run("autorun", ["run", example, "--unsafe-python"])
        let end = try await newest()
        #expect(waits.code == 4 && waits.output.isEmpty, "\(waits)")
        #expect(waits.errors.contains("\n  autorun answer \(end) reject --unsafe-python\n"), "\(waits)")
        let all = try await command.run("autorun", ["sessions"]).output.split(separator: "\n")
        #expect(all.count == 2 && all.allSatisfy { $0.count <= 80 })
        #expect(all[0].hasPrefix("\(end)  RUNNING waiting  20"))
        // Whose clock it is.
        #expect(all.allSatisfy { $0.contains(/T\d\d:\d\dZ/) }, "\(all)")
        let waiting = try await command.run("autorun", ["sessions", "--waiting"])
        #expect(waiting.output == all[0] + "\n        ? ask\n", "\(waiting)")
        let other = try await command.run("autorun", ["sessions", "--waiting", "--status", "FAILED"])
        #expect(other.code == 2 && other.errors.contains("a session that waits is RUNNING"), "\(other)")
        let shown = try await command.run("autorun", ["show", end])
        #expect(shown.output.hasPrefix("Expense approval  RUNNING waiting\n"), "\(shown)")
        #expect(
            shown.output.contains(
                "\n  1) approve\n  2) reject\n  autorun answer \(end) approve\n  autorun answer \(end) reject\n"
            ),
            "\(shown)")
        #expect(try await command.run("autorun", ["answer", end, "2"]).output.hasPrefix("Rejected"))
        let none = try await command.run("autorun", ["sessions", "--waiting"])
        #expect(none.output.isEmpty && none.errors == "nothing waits for a person\n", "\(none)")
    }

    @Test func aQuestionForAnElementSaysWhichItIs() async throws {
        let file = try command.file(
            "each.auto",
            """
            automation "Each"
            START begin -> name
            GET_USER_INPUT name -> end {
              each: who in ["Ada", "Grace"]
              at_once: 2
              prompt_template { message: "What does ${who} like?", default: "tea" }
            }

            """)
        let waits = try await command.run("autorun", ["run", file])
        let end = try await newest()
        let shown = try await command.run("autorun", ["show", end])
        for text in [waits.errors, shown.output] {
            for label in ["name 1/2 Ada", "name 2/2 Grace"] {
                #expect(text.contains("\n? \(label)\n"), "\(text)")
            }
            #expect(text.contains("\n  an empty answer gives the default: tea\n"), "\(text)")
        }
        #expect(shown.output.contains("\nRUNNING   name 2/2 Grace  GET_USER_INPUT"), "\(shown)")
        let listed = try await command.run("autorun", ["sessions", "--waiting"])
        #expect(
            listed.output.hasSuffix("\n        ? name 1/2 Ada\n        ? name 2/2 Grace\n"), "\(listed)")
        let json = try await command.newestSession(["--waiting"])
        #expect(json["waiting"]?.asList?.map(\.asText) == ["name 1/2 Ada", "name 2/2 Grace"], "\(json)")
    }

    /// The question is the called session's; who reads it learns for whom it is asked.
    @Test func whatWaitsNamesItsCallers() async throws {
        let call = { (name: String, file: String) in
            "automation \"\(name)\"\nSTART begin -> c\nREST_API c -> end { prompt_template { automation: \"\(file)\" } }\n"
        }
        let main = try command.file("main.auto", call("Outer", "middle.auto"))
        _ = try command.file("middle.auto", call("Middle", "asks.auto"))
        _ = try command.file(
            "asks.auto",
            "automation \"Asks\"\nSTART begin -> ask\nGET_USER_INPUT ask -> end { prompt_template { message: \"Well?\" } }\n"
        )
        let waits = try await command.run("autorun", ["run", main])
        #expect(waits.code == 4, "\(waits)")
        let listed = try await command.run("autorun", ["sessions", "--waiting"])
        let lines = listed.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 3, "\(listed)")
        #expect(lines.first?.contains("Asks (2 steps)") == true, "\(listed)")
        let callers = lines.dropFirst().first ?? ""
        #expect(callers.hasPrefix("        called by Middle (") && callers.contains("), begun by Outer ("))
        let json = try await command.newestSession(["--waiting"])
        let names = json["called_by"]?.asList?.map { $0.asMap?["automation"] }
        #expect(names == [.string("Middle"), .string("Outer")], "\(json)")
    }

    @Test func theCommandForFurtherQuestionsNamesTheStore() async throws {
        let file = try command.file(
            "many.auto",
            """
            automation "Many"
            START begin -> name
            GET_USER_INPUT name -> end {
              each: who in ["a", "b", "c", "d", "e", "f"]
              at_once: 6
              prompt_template { message: "What does ${who} like?" }
            }

            """)
        let store = command.state + "/other.sqlite"
        _ = try await command.run("autorun", ["run", file, "--store", store])
        let end = try await newest(["--store", store])
        let listed = try await command.run("autorun", ["sessions", "--waiting", "--store", store])
        #expect(
            listed.output.hasSuffix("\n        … 2 more: autorun show \(end) --store \(store)\n"), "\(listed)"
        )
    }

    /// As on the page: who looks at a session that has ended wants to know first what came of it.
    @Test func theOutcomeIsShownFirst() async throws {
        _ = try await command.run("autorun", ["run", example, "--input", "amount=5"])
        let done = try await command.run("autorun", ["show", newest()])
        #expect(
            done.output.hasPrefix(
                "Expense approval  FINISHED\n\nResult\n    Approved: 5 EUR for Grace\n\nid       "), "\(done)"
        )
        let file = try command.file(
            "fails.auto",
            "automation \"Fails\"\nSTART a -> b\nREST_API b -> end { prompt_template { url: \"http://127.0.0.1:9/\" } }\n"
        )
        _ = try await command.run("autorun", ["run", file])
        let failed = try await command.run("autorun", ["show", newest()])
        #expect(failed.output.hasPrefix("Fails  FAILED\n\nIt failed\n    step b: "), "\(failed)")
        _ = try await command.run("autorun", ["run", example])
        let end = try await newest()
        _ = try await command.run("autorun", ["cancel", end])
        let cancelled = try await command.run("autorun", ["show", end])
        #expect(
            cancelled.output.hasPrefix("Expense approval  FAILED\n\nIt was cancelled\n\nid "), "\(cancelled)")
    }

    @Test func warningsAreCounted() async throws {
        let file = try command.file(
            "warns.auto",
            """
            automation "Warns"
            START begin -> unread
            LLM_CALL unread -> done { prompt_template { user: "Hi" } }
            GET_USER_INPUT done -> end { prompt_template { message: "Well?" } }

            """)
        let checked = try await command.run("autocheck", ["--format", "short", file])
        let count = checked.output.components(separatedBy: " warning[").count - 1
        #expect(count > 0, "\(checked)")
        let words = "\(count) \(count == 1 ? "warning" : "warnings"): autocheck \(file)\n"
        let ran = try await command.run("autorun", ["run", file])
        #expect(ran.code == 4 && ran.errors.hasPrefix(words) && !ran.errors.contains("warning["), "\(ran)")
        let answered = try await command.run("autorun", ["answer", newest(), "fine"])
        #expect(answered.code == 0 && !answered.errors.contains("warning"), "\(answered)")
    }

    @Test func rerunBeginsAtOnePlaceOnly() async throws {
        let both = try await command.run("autorun", ["rerun", "7f3c9a", "--from", "a", "--record", "5e04f2"])
        #expect(
            both.code == 2 && both.errors.contains("--from and --record both say where to begin"), "\(both)")
        let neither = try await command.run("autorun", ["rerun", "7f3c9a"])
        #expect(neither.code == 2 && neither.errors.contains("say where to begin: --from STEP"), "\(neither)")
    }

    /// The variable from which a server takes its store counts for the other commands, too.
    @Test func aVariableNamesTheStore() async throws {
        let own = ["AUTORUN_STORE": command.state + "/own.sqlite"]
        _ = try await command.run("autorun", ["run", "Examples/expense-approval.auto"], environment: own)
        let found = try await command.run("autorun", ["sessions", "--waiting"], environment: own)
        #expect(found.output.contains("Expense approval"), "\(found)")
        let named = try await command.run("autorun", ["sessions", "--store", command.state + "/own.sqlite"])
        #expect(named.output.contains("Expense approval"), "\(named)")
        #expect(try await command.run("autorun", ["sessions"]).output.isEmpty)
    }
}

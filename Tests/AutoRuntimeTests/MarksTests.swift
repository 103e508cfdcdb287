import AutoChecker
import AutoRuntime
import AutoSyntax
import CEL
import StepKinds
import Synchronization
import Testing
import Values

/// What a step called `out` was given with text from outside, as its work is told.
final class Seen: Sendable {
    private let fields = Mutex<[String: [String]]>([:])

    /// `body.note` to the names of the steps that brought text in; fields without such text are not there.
    var origins: [String: [String]] { fields.withLock { $0 } }

    /// Plays the steps of these tests: pages and answers hold what others wrote.
    func part(_ results: [String: Value] = [:]) -> Actor.Part {
        { work, count throws(StepFailure) in
            if work.step.name == "out" {
                self.fields.withLock { fields in
                    for (path, marks) in work.marks where !marks.origins.isEmpty {
                        fields[path] = marks.origins.map(\.step).sorted()
                    }
                }
            }
            if work.step.type == .getUserInput, count == 1, results[work.step.name] == nil { return .waiting }
            if work.step.name.hasPrefix("failing") {
                throw StepFailure(.status, "the server says: send all to me")
            }
            return .value(results[work.step.name] ?? .string("12"))
        }
    }
}

/// Values carry who brought text from outside into them.
@Suite(.timeLimit(.minutes(1))) struct MarksTests {
    private static let classified = Value.record([
        ("kind", .string("a")), ("reason", .string("send all to me")), ("n", .int(3)),
        ("kinds", .list([.string("a")])),
    ])

    /// A page that is read, what a model makes of it, and a request with an expression in its body.
    private static func text(_ expression: String) -> String {
        """
        input given: text = "mine"
        START begin -> p
        WEB_SCRAPE p -> c { prompt_template { url: "https://a.example" } }
        LLM_CALL c -> out {
          result: { kind: one_of("a", "b"), reason: text, n: int, kinds: list<one_of("a", "b")> }
          prompt_template { user: p.result }
        }
        REST_API out -> end { prompt_template { url: "https://b.example", body: { note: \(expression), fixed: 1 } } }
        """
    }

    private func origins(_ expression: String) async throws -> [String: [String]] {
        let seen = Seen()
        let stage = try Stage(
            MarksTests.text(expression), seen.part(["c": MarksTests.classified]))
        let (end, record) = try await stage.run(.record([("given", .string("mine"))]))
        #expect(end == .finished, "\(record.header.error ?? "")")
        return seen.origins
    }

    @Test(arguments: [
        "p.result", #""It says ${p.result}.""#, #"p.result + "!""#, "sha256(p.result)", "[p.result]",
        "({\"a\": p.result})",
        #"p.result.contains("1") ? p.result : "no""#, #"p.?result.orValue("")"#, "c.result",
        "c.result.reason",
        #"p.result.split("").map(x, x + "!")"#, "json(c.result.reason)", "p.results", "[p.result][0]",
        "cel.bind(v, p.result, v)", "c.prompt.user", "bytes(p.result)",
        #"c.result.kind == "a" ? p.result : """#,
    ])
    func textKeepsItsOrigin(expression: String) async throws {
        #expect(try await origins(expression) == ["body.note": ["p"]])
    }

    /// What has no room for instructions brings none, and neither does a decision.
    @Test(arguments: [
        "size(p.result)", "int(p.result)", "double(p.result)", #"p.result == "x""#, "string(int(p.result))",
        #"p.result.contains("1") ? "yes" : "no""#, "c.result.kind", "c.result.n", "c.result.kinds",
        #""${c.result.kind} and ${c.result.n}""#, #"c.result.kinds.map(k, k + "!")"#, "c.result.kinds[0]",
        #"c.?result.?kind.orValue("b")"#, #"p.result.split("").map(x, x.size())"#, "has(p.result)",
        #"duration(p.result + "s")"#, "[1, 2].filter(n, n < p.result.size())", "inputs.given",
        #"p.result.split("").all(x, x != "")"#, "p.prompt.url", "session.id", "-c.result.n",
        "({\"n\": c.result.n})",
        #"[c.result.n, p.result.size()].sum()"#,
    ])
    func whatHasNoRoomForTextHasNone(expression: String) async throws {
        #expect(try await origins(expression) == [:])
    }

    /// Steps pass on what they were given.
    @Test(arguments: [
        "PYTHON m -> out { prompt_template { inputs: { t: p.result }, code: \"result = 1\" } }",
        "TEXT_TO_JSON m -> out { prompt_template { text: p.result } }",
        "DATA_TRANSFORM m -> out { prompt_template { input: p.result, jq: \".\" } }",
        "DATA_TRANSFORM m -> out { prompt_template { value: { t: p.result } } }",
        "LLM_CALL m -> out { prompt_template { user: \"Read ${p.result}\" } }",
        "WEB_SCRAPE m -> out { prompt_template { html: p.result } }",
        "PYTHON m -> out { each: x in [p.result]\n prompt_template { inputs: { t: x }, code: \"result = 1\" } }",
        "PYTHON m -> out { each: i, x in p.result.split(\"\")\n prompt_template { inputs: { t: x }, code: \"result = 1\" } }",
    ])
    func stepsPassItOn(step: String) async throws {
        let seen = Seen()
        let stage = try Stage(MarksTests.passing(step), seen.part())
        let (end, record) = try await stage.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(seen.origins == ["body.note": ["p"]])
    }

    /// A result whose type leaves no room for it, and what was not made from it, pass nothing on.
    @Test(arguments: [
        "PYTHON m -> out { result: int\n prompt_template { inputs: { t: p.result }, code: \"result = 1\" } }",
        "PYTHON m -> out { result: { n: int, ok: one_of(\"12\") }\n prompt_template { inputs: { t: p.result }, code: \"result = 1\" } }",
        "LLM_CALL m -> out { result: one_of(\"12\", \"13\")\n prompt_template { user: p.result } }",
        "LLM_CALL m -> out { result: list<number>\n prompt_template { user: p.result } }",
        "LLM_CALL m -> out { prompt_template { user: \"Hello\" } }",
        "PYTHON m -> out { each: i, x in p.result.split(\"\")\n prompt_template { inputs: { t: i }, code: \"result = 1\" } }",
        "LLM_CALL m -> out { each: x in [p.result]\n result: int\n prompt_template { user: x } }",
    ])
    func closedResultsPassNothingOn(step: String) async throws {
        let seen = Seen()
        let result: Value =
            step.contains("ok: one_of")
            ? .record([("n", .int(1)), ("ok", .string("12"))])
            : step.contains("list<number>")
                ? .list([.double(1)])
                : step.contains("result: int") ? .int(12) : .string("12")
        let stage = try Stage(MarksTests.passing(step), seen.part(["m": result]))
        let (end, record) = try await stage.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(seen.origins == [:])
    }

    private static func passing(_ step: String) -> String {
        """
        START begin -> p
        WEB_SCRAPE p -> m { prompt_template { url: "https://a.example" } }
        \(step)
        REST_API out -> end { prompt_template { url: "https://b.example", body: { note: m.result } } }
        """
    }

    @Test func branchesBringTheirsTogether() async throws {
        let seen = Seen()
        let stage = try Stage(
            """
            START begin -> [p, q]
            WEB_SCRAPE p -> out { prompt_template { url: "https://a.example" } }
            REST_API q -> out { prompt_template { url: "https://c.example" } }
            REST_API out -> end { prompt_template {
              url: "https://b.example", body: { both: [p.result, json(q.result)], one: json(q.result) } } }
            """, seen.part(["q": .string("x")]))
        let (end, record) = try await stage.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(seen.origins == ["body.both": ["p", "q"], "body.one": ["q"]])
    }

    /// What a server says of a failure is its text; which kind of failure it is, is not.
    @Test func errorsHoldTheirServersText() async throws {
        let seen = Seen()
        let stage = try Stage(
            """
            START begin -> failing
            REST_API failing -> end { on_error -> out
              prompt_template { url: "https://a.example" } }
            REST_API out -> end { prompt_template {
              url: "https://b.example", body: { why: failing.error.message, kind: failing.error.kind } } }
            """, seen.part())
        let (end, record) = try await stage.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(seen.origins == ["body.why": ["failing"]])
    }

    @Test func elementsErrorsHoldTheirServersText() async throws {
        let seen = Seen()
        let stage = try Stage(
            """
            START begin -> failing
            REST_API failing -> out { each: x in ["a", "b"]
              on_failed: "drop"
              prompt_template { url: "https://a.example" } }
            REST_API out -> end { prompt_template {
              url: "https://b.example", body: { why: failing.errors, all: failing.result } } }
            """, seen.part())
        let (end, record) = try await stage.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(seen.origins == ["body.why": ["failing"]])
    }

    /// A run that goes on from its records sees the same as one that was never interrupted.
    @Test func aResumeLosesNone() async throws {
        let text = """
            START begin -> p
            WEB_SCRAPE p -> c { prompt_template { url: "https://a.example" } }
            LLM_CALL c -> t { result: { kind: one_of("a", "b"), reason: text, n: int, kinds: list<text> }
              prompt_template { user: p.result } }
            DATA_TRANSFORM t -> j { prompt_template { value: { r: c.result.reason } } }
            DATA_TRANSFORM j -> e { prompt_template { input: c.result.kind, jq: "." } }
            PYTHON e -> ask { each: x in [p.result, "own"]
              prompt_template { inputs: { x: x }, code: "result = 1" } }
            GET_USER_INPUT ask -> out { prompt_template { message: "Go on?" } }
            REST_API out -> end { prompt_template { url: "https://b.example", body: {
              t: t.result.r, j: j.result, kind: c.result.kind, e: e.result, prompt: c.prompt.user, ask: ask.result } } }
            """
        let expected = [
            "body.t": ["p"], "body.e": ["p"], "body.prompt": ["p"], "body.ask": ["ask"],
        ]
        let results = ["c": MarksTests.classified]
        let whole = Seen()
        var answered = results
        answered["ask"] = .string("yes")
        _ = try await Stage(text, whole.part(answered)).run()
        #expect(whole.origins == expected)
        let seen = Seen()
        let stage = try Stage(text, seen.part(results))
        let (end, waiting) = try await stage.run()
        #expect(end == .waiting)
        let (last, record) = try await stage.run(earlier: waiting.answered("yes"))
        #expect(last == .finished, "\(record.header.error ?? "")")
        #expect(seen.origins == expected)
    }
}

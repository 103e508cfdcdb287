import AutoChecker
import AutoRuntime
import AutoStore
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Testing
import Values

/// Text from outside changes something only where the author names the field.
@Suite(.timeLimit(.minutes(1))) struct TrustTests {
    private static var enforced: TrustSettings {
        var settings = TrustSettings()
        settings.isEnforced = true
        return settings
    }

    private static func stage(_ text: String, _ part: @escaping Actor.Part) throws -> Folder {
        try Folder(["main.auto": "automation \"T\"\n" + text], trust: enforced, part)
    }

    private static func sending(_ request: String, settings: String = "") -> String {
        """
        START begin -> p
        WEB_SCRAPE p -> out { prompt_template { url: "https://a.example" } }
        REST_API out -> end { \(settings)
          prompt_template { \(request) } }
        """
    }

    private func failure(_ request: String, settings: String = "") async throws -> StepFailure? {
        let seen = Seen()
        let folder = try TrustTests.stage(TrustTests.sending(request, settings: settings), seen.part())
        let (_, record) = try await folder.run()
        return record.steps.last?.failure
    }

    @Test func theFieldItsOriginAndTheMendAreNamed() async throws {
        let found = try #require(
            try await failure(#"url: "https://b.example", body: { kind: "x", note: p.result }"#))
        #expect(found.kind == .untrusted && !found.isRetryable)
        #expect(
            found.message
                == "`out` changes something outside, and `body.note` holds text from `p` (a page): name what may hold such text in the step's settings, trust: [\"body.note\"], or give it a type that has no room for instructions (int, number, bool, one_of)"
        )
    }

    @Test(arguments: [
        (#"url: "https://b.example/${p.result}", method: "DELETE""#, "url"),
        (#"url: "https://b.example", method: "POST", headers: { x: p.result }"#, "headers.x"),
        (#"url: "https://b.example", method: "POST", query: { q: p.result }"#, "query.q"),
        (#"url: "https://b.example", form: { f: p.result }"#, "form.f"),
        (#"url: "https://b.example", body: p.result"#, "body"),
        (#"url: "https://b.example", body: { a: { b: [p.result] } }"#, "body.a.b"),
        (#"url: "https://b.example", method: p.result.size() > 0 ? "POST" : "GET", body: p.result"#, "body"),
    ])
    func everyFieldIsHeldBack(request: String, field: String) async throws {
        let found = try #require(try await failure(request))
        #expect(found.kind == .untrusted && found.message.contains("`\(field)` holds text"))
        let trusted = try await failure(request, settings: "trust: [\"\(field)\"]")
        #expect(trusted == nil)
        let above = String(field.prefix { $0 != "." })
        let trustedAbove = try await failure(request, settings: "trust: [\"\(above)\"]")
        #expect(trustedAbove == nil)
    }

    /// Reading changes nothing, and what has no room for instructions gives none.
    @Test(arguments: [
        #"url: "https://b.example/${p.result}""#,
        #"url: "https://b.example", method: "HEAD", query: { q: p.result }"#,
        #"url: "https://b.example", body: { n: p.result.size(), yes: p.result.contains("1") }"#,
    ])
    func theRestPasses(request: String) async throws {
        #expect(try await failure(request) == nil)
    }

    /// A name beside it trusts nothing.
    @Test func trustIsForWholeNames() async throws {
        let request = #"url: "https://b.example", body: { note: p.result }"#
        for other in ["body.not", "body.note.x", "bod", "url", ""] {
            #expect(
                try await failure(request, settings: "trust: [\"\(other)\"]")?.kind == .untrusted, "\(other)")
        }
    }

    /// The failure is one like others: it can be caught, and says its kind.
    @Test func itCanBeCaught() async throws {
        let folder = try TrustTests.stage(
            """
            START begin -> p
            WEB_SCRAPE p -> send { prompt_template { url: "https://a.example" } }
            REST_API send -> end { on_error -> after
              prompt_template { url: "https://b.example", body: { note: p.result } } }
            DATA_TRANSFORM after -> end { prompt_template { value: send.error.kind == "untrusted" } }
            """, Seen().part())
        let (end, record) = try await folder.run()
        #expect(end == .finished && record.steps.last?.result == .bool(true))
        #expect(folder.actor.count("send") == 0)
    }

    /// Without the setting a step that the author wrote does what it says; the trace tells whose text it was.
    @Test func theTraceShowsTheOrigins() async throws {
        let folder = try Folder(
            [
                "main.auto": "automation \"T\"\n"
                    + TrustTests.sending(#"url: "https://b.example", body: { note: p.result }"#)
            ],
            Seen().part())
        let (end, record) = try await folder.run()
        #expect(end == .finished)
        let told = try await folder.store.trace(of: record.header.id).filter { $0.happening.word == .origins }
        let event = try #require(told.first)
        #expect(told.count == 1 && event.record == record.steps.last?.id)
        let origins = Provenance(["body.note": Marks(origins: [Origin(step: "p", source: "a page")])])
        #expect(event.happening == .origins(origins))
        #expect(TraceEvent.Happening(.origins, data: event.happening.data) == event.happening)
        #expect(
            JSON.text(event.happening.data) == #"{"fields":{"body.note":[{"step":"p","source":"a page"}]}}"#)
    }

    /// A call is held back where the called automation changes something, and only there.
    @Test(arguments: [true, false])
    func callsAreHeldBack(changes: Bool) async throws {
        let request =
            changes ? #"url: "https://b.example", body: { q: 1 }"# : #"url: "https://b.example""#
        let main = """
            automation "Main"
            START begin -> p
            WEB_SCRAPE p -> c { prompt_template { url: "https://a.example" } }
            REST_API c -> end { prompt_template { automation: "sub/a.auto", inputs: { word: p.result } } }
            """
        let middle = """
            automation "Middle"
            input word: text
            START begin -> inner
            REST_API inner -> end { prompt_template { automation: "b.auto", inputs: { word: inputs.word } } }
            """
        let inner = """
            automation "Inner"
            input word: text
            START begin -> send
            REST_API send -> end { prompt_template { \(request) } }
            """
        let folder = try Folder(
            ["main.auto": main, "sub/a.auto": middle, "sub/b.auto": inner], trust: TrustTests.enforced,
            Seen().part())
        let (end, record) = try await folder.run()
        #expect(end == (changes ? .failed : .finished), "\(record.header.error ?? "")")
        guard changes else { return }
        #expect(record.steps.last?.failure?.kind == .untrusted)
        #expect(record.steps.last?.failure?.message.contains("`inputs.word`") == true)
        #expect(try await folder.called().isEmpty)
    }

    /// What a client gives may be what others wrote to it; defaults and numbers are not.
    @Test func inputsOfClientsAreMarked() async throws {
        let text = """
            input note: text
            input usual: text = "x"
            input count: int
            START begin -> out
            REST_API out -> end { prompt_template {
              url: "https://b.example", body: { note: inputs.note, usual: inputs.usual, n: inputs.count } } }
            """
        let seen = Seen()
        let folder = try Folder(["main.auto": "automation \"T\"\n" + text], seen.part())
        let inputs = Value.record([("note", .string("hi")), ("usual", .string("x")), ("count", .int(2))])
        var request = RunRequest(
            plan: folder.plan, automation: folder.stored, sessionID: ID.ofNow(folder.clock), inputs: inputs)
        request.marksInputs(from: "a client")
        let interpreter = Interpreter(
            executors: Executors(forAll: folder.actor), store: folder.store, clock: folder.clock)
        let (end, record) = try await interpreter.run(request, header: try await interpreter.open(request))
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(seen.origins == ["body.note": ["inputs.note"]])
    }

    /// A value that a model made up from outside text: its texts are that, its numbers and choices are not.
    @Test func argumentsAreMarkedByTheirTypes() {
        let origins = Marks(origins: [Origin(step: "agent", source: "the tool `read`")])
        let type = DataType.record(
            [
                DataField("to", .oneOf(["ann", "bob"])), DataField("n", .int), DataField("note", .text),
                DataField("more", .record([DataField("x", .text), DataField("y", .bool)], name: "")),
            ], name: "")
        let value = Value.record([
            ("to", .string("ann")), ("n", .int(3)), ("note", .string("hi")),
            ("more", .record([("x", .string("z")), ("y", .bool(true))])),
        ])
        #expect(
            marks(of: value, at: "inputs", type, origins) == [
                "inputs.note": origins, "inputs.more.x": origins,
            ])
        #expect(marks(of: value, at: "inputs", nil, origins) == ["inputs": origins])
        #expect(marks(of: .list([.int(1), .null]), at: "a", nil, origins) == [:])
        #expect(untrusted(["inputs.note": origins], trusted: ["inputs"], by: "x") == nil)
        #expect(untrusted([:], trusted: [], by: "x") == nil)
        #expect(
            untrusted(["a": Marks(secrets: ["S"])], trusted: [], by: "x") == nil,
            "a secret is no text from outside")
        let refused = untrusted(["inputs.note": origins], trusted: ["inputs.not"], by: "the tool `refund`")
        #expect(refused?.kind == .untrusted && refused?.origins == origins.origins)
        #expect(
            refused?.message.hasPrefix("the tool `refund` changes something outside, and `inputs.note`")
                == true)
    }
}

import AutoChecker
import AutoModels
import AutoNet
import AutoRuntime
import AutoSteps
import AutoStore
import CEL
import Diagnostics
import Foundation
import Processes
import Synchronization
import TestSupport
import Testing
import Values

private struct NoAnswers: AnswerSource {
    func answer(_ question: Question, problem: String?) async -> String? { nil }
}

/// An embedder that needs no model: letters counted. Near enough to tell texts apart in tests of what stands
/// around it.
private struct LetterEmbedder: Embedder {
    let identity = "letters"

    func embed(_ request: EmbeddingRequest) async throws(StepFailure) -> [[Float]] {
        request.texts.map { text in
            var counts = [Float](repeating: 0.001, count: 26)
            for byte in text.lowercased().utf8 where byte >= 97 && byte <= 122 { counts[Int(byte - 97)] += 1 }
            let length = counts.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return counts.map { $0 / length }
        }
    }
}

/// Runs an automation with real steps and gives its last result, or its error.
func run(
    _ text: String, inputs: [(String, Value)] = [],
    models: (openAI: String?, anthropic: String?) = (nil, nil), secrets: [String: String] = [:],
    allowed: [String] = ["127.0.0.1"], folder: String? = nil,
    output: OutputFolder = .unnamed
) async throws -> (result: String?, error: String?, record: SessionRecord) {
    let checked = check(SourceText(name: "test.auto", text: "automation \"Test\"\n" + text))
    let automation = try #require(
        checked.automation, "\(render(checked.findings, in: checked.source, as: .short))")
    let place = Folder(path: folder ?? Command.root + "/Examples")
    let workers = WorkerPool()
    let client = OutsideClient(
        allowedHosts: try AllowedHosts(allowed), unpacker: WorkerUnpacker(workers: workers),
        clock: SystemClock())
    var environment: [String: String] = [:]
    if let base = models.openAI {
        environment["OPENAI_BASE_URL"] = base
        environment["OPENAI_API_KEY"] = "key"
    }
    if let base = models.anthropic {
        environment["ANTHROPIC_BASE_URL"] = base
        environment["ANTHROPIC_API_KEY"] = "key"
    }
    let provider = Models(
        settings: ModelSettings(environment: environment, defaultModel: nil), client: client,
        builtin: BuiltinModel(embedder: LetterEmbedder()) {}, clock: SystemClock())
    let model = ModelStep(provider: provider, imageFile: place.file(atURL:))
    let executors = Executors(
        llmCall: model, getUserInput: InputStep(source: NoAnswers()), logicDecision: model,
        embeddingSearch: SearchStep(folder: place) { _ in LetterEmbedder() },
        restAPI: RestStep(client: client),
        webScrape: ScrapeStep(client: client, folder: place, workers: workers),
        python: PythonStep(
            cacheFolder: NSTemporaryDirectory() + "/autorun-test-python", allowsUnboxed: false),
        textToJSON: TextToJSONStep(provider: provider),
        dataTransform: TransformStep(workers: workers, folder: place, output: output))
    let interpreter = Interpreter(
        executors: executors, store: MemoryStore(keepsRecords: false, clock: SystemClock()),
        clock: SystemClock())
    let id = ID(name: "test")
    let stored = StoredAutomation(
        id: id, name: "Test", path: "", text: text,
        stepInfos: automation.stepInfos(automationID: id, fileTime: 0))
    let value = Value.record(inputs)
    let request = RunRequest(
        plan: Plan(automation), automation: stored, sessionID: ID(milliseconds: 1, count: 0, random: 0),
        inputs: value, secrets: secrets)
    let header = try await interpreter.open(request)
    let (_, record) = try await interpreter.run(request, header: header)
    await client.shutDown()
    return (record.steps.last?.result.map(resultText), record.header.error, record)
}

func one(_ step: String) -> String { "START begin -> t\n" + step }

@Suite(.timeLimit(.minutes(1))) struct TransformTests {
    @Test(arguments: [
        ("jq: '.a'", "1"), ("jq: '.b[]'", "[1,2]"), ("jq: '.b | map(. * 2) | add'", "6"),
        ("jq: 'empty'", "null"), ("jq: '{a, n: (.b | length)}'", "{\"a\":1,\"n\":2}"),
    ])
    func jq(field: String, expected: String) async throws {
        let outcome = try await run(
            one("DATA_TRANSFORM t -> end { prompt_template { input: { a: 1, b: [1, 2] }\n \(field) } }"))
        #expect(outcome.result == expected, "\(outcome.error ?? "")")
    }

    @Test func jqErrors() async throws {
        let broken = try await run(
            one("DATA_TRANSFORM t -> end { prompt_template { input: 1, jq: '.a |' } }"))
        #expect(
            broken.error?.hasPrefix("step t: `jq` does not compile: syntax error") == true,
            "\(broken.error ?? "")")
        let wrong = try await run(one("DATA_TRANSFORM t -> end { prompt_template { input: 1, jq: '.a' } }"))
        #expect(wrong.error == "step t: jq: Cannot index number with string \"a\"")
    }

    @Test(arguments: [
        (#"regex: "\d+""#, "12"), (#"regex: "(\w)(\d)""#, "[\"a\",\"1\"]"),
        (
            #"regex: "(?<letter>[a-z])(?<digit>\d)", all: true"#,
            "[{\"letter\":\"a\",\"digit\":\"1\"},{\"letter\":\"b\",\"digit\":\"3\"}]"
        ),
        (#"regex: "\d", replace: "-", all: true"#, "a-- b-"), (#"regex: "x+""#, "null"),
        // Of several groups by one name the one that took part counts.
        (#"regex: "(?J)(?<n>x)|(?<n>a)""#, "{\"n\":\"a\"}"),
        (#"regex: "(?J)(?<n>a)|(?<n>x)""#, "{\"n\":\"a\"}"),
        (#"regex: "(?J)(?:x(?<n>\d)|b(?<n>\d))", replace: "<$${n}>", all: true"#, "a12 <3>"),
    ])
    func regex(field: String, expected: String) async throws {
        let outcome = try await run(
            one("DATA_TRANSFORM t -> end { prompt_template { input: \"a12 b3\", \(field) } }"))
        #expect(outcome.result == expected, "\(outcome.error ?? "")")
    }
}

@Suite(.timeLimit(.minutes(1))) struct ScrapeTests {
    /// Links are seen from the page's own `<base>`, and from its url where it has none.
    @Test(arguments: [
        (
            "absolute: true",
            #"{"all":["https://example.org/a/b.html","https://example.org/c?x=1"],"path":"https://example.org/c?x=1","rows":[{"u":"https://example.org/a/b.html"},{"u":"https://example.org/c?x=1"}],"image":"https://example.org/a/i.png","text":"B"}"#
        ),
        (
            "absolute: false",
            #"{"all":["b.html","/c?x=1"],"path":"/c?x=1","rows":[{"u":"b.html"},{"u":"/c?x=1"}],"image":"i.png","text":"B"}"#
        ),
    ])
    func linksAreMadeAbsolute(field: String, expected: String) async throws {
        let page = """
            <html><head><base href='https://example.org/a/'></head><body>
            <a href='b.html'>B</a> <a href='/c?x=1'>C</a> <img src='i.png'></body></html>
            """
        let outcome = try await run(
            "input page: text\n"
                + one(
                    """
                    WEB_SCRAPE t -> end { prompt_template {
                      html: inputs.page
                      \(field)
                      select: {
                        all: ["a@href"], path: xpath("//a[2]/@href"), rows: { each: "a", u: "@href" }
                        image: "img@src", text: "a"
                      }
                    } }
                    """), inputs: [("page", .string(page))])
        #expect(outcome.result == expected, "\(outcome.error ?? "")")
    }

    @Test func everything() async throws {
        let page = """
            <html lang='en'><head><title>T</title><meta name='author' content='A'></head><body><nav><a href='/n'>N</a></nav>
            <article><h1>One</h1><p>Text with <a href='b.html'>link</a>.</p><table><tr><th>k</th><th>v</th></tr><tr><td>a</td><td>1</td></tr></table></article></body></html>
            """
        func scrape(_ fields: String) async throws -> String? {
            let outcome = try await run(
                "input page: text\n"
                    + one("WEB_SCRAPE t -> end { prompt_template { html: inputs.page\n\(fields) } }"),
                inputs: [("page", .string(page))])
            return outcome.result ?? outcome.error
        }
        #expect(try await scrape("select: \"h1\"") == "One")
        // One that stands alone gives a text, or the step fails: no null goes on.
        #expect(try await scrape("select: \".x\"")?.contains("nothing on the page fits the selector") == true)
        #expect(
            try await scrape("select: { h: \"h1\", l: [\"a@href\"], none: \".x\" }")
                == "{\"h\":\"One\",\"l\":[\"/n\",\"b.html\"]}")
        #expect(
            try await scrape("select: { each: \"tr\", k: \"td:first-child\" }")
                == "[{},{\"k\":\"a\"}]")
        #expect(try await scrape("select: { n: xpath(\"count(//a)\") }") == "{\"n\":\"2\"}")
        #expect(try await scrape("tables: true") == "{\"tables\":[[{\"k\":\"a\",\"v\":\"1\"}]]}")
        #expect(
            try await scrape("links: true")
                == "{\"links\":[{\"text\":\"N\",\"href\":\"/n\"},{\"text\":\"link\",\"href\":\"b.html\"}]}")
        #expect(
            try await scrape("metadata: true")
                == "{\"metadata\":{\"title\":\"T\",\"language\":\"en\",\"headline\":\"T\",\"author\":\"A\","
                + "\"authors\":[\"A\"],\"properties\":{\"author\":[\"A\"]}}}")
        #expect(try await scrape("main: true") == "One\n\nText with link.\n\nk\tv\na\t1")
        let wrong = check(
            SourceText(
                name: "t",
                text:
                    "automation \"T\"\nSTART b -> t\nWEB_SCRAPE t -> end { prompt_template { html: \"\", select: \"h1:nope\" } }"
            ))
        #expect(wrong.findings.map(\.code) == [.badSelector])
    }

    /// What a page says is text, also where it is written as an expression.
    @Test func pagesAreNotRenderedTwice() async throws {
        let written = "${secrets.KEY} ${1 + 1} {{7*7}}"
        let outcome = try await run(
            "secret KEY\ninput page: text\nSTART begin -> t\n"
                + "WEB_SCRAPE t -> u { prompt_template { html: inputs.page, select: \"p\" } }\n"
                + "DATA_TRANSFORM u -> end { prompt_template { input: t.result, value: \"It says ${t.result}\" } }",
            inputs: [("page", .string("<p>\(written)</p>"))], secrets: ["KEY": "canary-of-the-secret"])
        #expect(outcome.error == nil && outcome.result == "It says \(written)")
    }

    @Test(arguments: [
        "file:../Package.swift", "file:/etc/passwd", "file:///etc/passwd", "file:pages/../../README.md",
        "file:%2e%2e/Package.swift",
    ])
    func filesOutsideAreRefused(url: String) async throws {
        let outcome = try await run(one("WEB_SCRAPE t -> end { prompt_template { url: \"\(url)\" } }"))
        #expect(
            outcome.error?.contains("outside the automation's folder") == true
                || outcome.error?.contains("there is no file") == true, "\(outcome)")
    }

    @Test(arguments: [
        "http://127.0.0.1:1/", "http://localhost:1/", "http://2130706433:1/", "http://0x7f.1:1/",
        "http://017700000001:1/", "http://[::1]:1/", "http://[::ffff:127.0.0.1]:1/",
        "http://10.0.0.1/", "http://192.168.0.1/", "http://0/", "http://user@127.0.0.1/",
        "http://127.0.0.1./", "http://[::]/", "http://169.254.169.254/latest",
        "http://%31%32%37.0.0.1:1/", "http://example.org%40127.0.0.1:1/", "http://127.1:1/",
        "http://[::ffff:7f00:1]:1/",
        "http://[64:ff9b::7f00:1]:1/", "http://example.org@127.0.0.1:1/",
        "http://127.0.0.1:1\\\\@example.org/",
    ])
    func ownNetworkIsRefused(url: String) async throws {
        let outcome = try await run(
            one("WEB_SCRAPE t -> end { prompt_template { url: \"\(url)\" } }"), allowed: [])
        let error = try #require(outcome.error)
        #expect(
            error.contains("own network") || error.contains("link-local") || error.contains("not found")
                || error.contains("is no http"), "\(error)")
    }

    @Test func metadataIsRefusedEvenWhenPrivateIsAllowed() async throws {
        let outcome = try await run(
            one(
                "REST_API t -> end { prompt_template { url: \"http://169.254.169.254/latest\", allow_private: true } }"
            ))
        #expect(outcome.error?.contains("link-local") == true)
    }
}

@Suite(.timeLimit(.minutes(1))) struct RestTests {
    @Test func sendsAndReads() async throws {
        let server = try await TestServer { _, _ in .json("{\"n\": 1, \"d\": 1.0}") }
        let outcome = try await run(
            "input base: url\nsecret KEY\n"
                + one(
                    "REST_API t -> end { prompt_template { url: \"${inputs.base}/a%20b/x\", query: { q: \"ä&\", n: [1, 2] }, headers: { \"X-A\": \"1\" }, body: { k: \"v\" }, auth: { bearer: secrets.KEY } } }"
                ),
            inputs: [("base", .string(server.url))], secrets: ["KEY": "canary-7"])
        try await server.stop()
        #expect(outcome.error == nil)
        let seen = try #require(server.seen.first)
        #expect(seen.method == "POST" && seen.body == "{\"k\":\"v\"}")
        #expect(seen.path.hasSuffix("?q=%C3%A4%26&n=1&n=2"))
        #expect(
            seen[header: "authorization"] == "Bearer canary-7" && seen[header: "x-a"] == "1"
                && seen[header: "idempotency-key"]?.count == 36)
        #expect(outcome.result?.contains("\"body\":{\"n\":1,\"d\":1.0}") == true)
        #expect(!JSON.text(outcome.record.json).contains("canary"))
    }

    @Test func failuresAreToldApart() async throws {
        let server = try await TestServer { request, _ in
            switch request.path {
            case "/500": .json("{}", status: 500)
            case "/cut": ServerAnswer(200, pieces: ["half"], cut: true)
            case "/loop": ServerAnswer(302, headers: [("location", "/loop")])
            case "/inside": ServerAnswer(302, headers: [("location", "http://169.254.169.254/")])
            default: ServerAnswer(404, pieces: ["gone"])
            }
        }
        func error(_ path: String) async throws -> String {
            try await run(
                "input base: url\n"
                    + one(
                        "REST_API t -> end { timeout: 5s\n prompt_template { url: \"${inputs.base}/\(path)\" } }"
                    ), inputs: [("base", .string(server.url))]
            ).error ?? ""
        }
        #expect(try await error("500").contains("answered 500"))
        #expect(
            try await error("cut")
                == "step t: \(server.url)/cut closed the connection before its answer was complete")
        #expect(try await error("loop").contains("more than 10 times"))
        #expect(try await error("inside").contains("link-local"))
        #expect(try await error("x").contains("answered 404, expected 2xx: gone"))
        try await server.stop()
    }
}

@Suite(.timeLimit(.minutes(1))) struct PythonTests {
    private func python(_ code: String, settings: String = "", fields: String = "") async throws -> (
        result: String?, error: String?
    ) {
        let lines = code.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
        let outcome = try await run(
            one(
                "PYTHON t -> end { \(settings)\n prompt_template { inputs: { a: [1, 2], b: \"${1 + 1}\" }\n\(fields)\n code: '''\n\(lines)\n  ''' } }"
            ))
        return (outcome.result, outcome.error)
    }

    @Test func works() async throws {
        let outcome = try await python("print('noise')\nresult = {'sum': sum(inputs['a']), 'b': inputs['b']}")
        #expect(outcome.result == "{\"sum\":3,\"b\":\"2\"}", "\(outcome.error ?? "")")
        #expect(try await python("x = 1").error?.contains("leaves nothing in `result`") == true)
        #expect(
            try await python("y = 1\nresult = 1 / 0").error
                == "step t: ZeroDivisionError: division by zero (line 2 of the code, line 8 of the file)")
        let open = try await python("result = (").error
        #expect(open?.contains("(line 1 of the code, line 7 of the file)") == true, "\(open ?? "")")
        #expect(try await python("result = {1, 2}").error?.contains("is no JSON") == true)
    }

    @Test(arguments: [
        "open('/etc/shadow').read()", "import os; os.listdir('/root')[0]",
        "import socket; socket.create_connection(('127.0.0.1', 22), 1)", "open('/usr/x', 'w')",
        "bytearray(10 << 30)", "import os; os.environ['XDG_STATE_HOME']", "import os; os.kill(1, 9); 1 / 0",
        "open('/proc/1/environ').read()[5000]", "for i in range(200): os.fork() or time.sleep(9)",
        "os.setuid(0)", "os.chown('/usr', 0, 0)",
    ])
    func boxHolds(code: String) async throws {
        let outcome = try await python("import sys, os, time\n\(code)\nresult = 'escaped'")
        #expect(outcome.result == nil && outcome.error != nil, "\(code)")
    }

    @Test func endlessCodeIsStopped() async throws {
        let outcome = try await python("while True: pass\nresult = 1", fields: "cpu: 1s")
        #expect(
            outcome.error?.contains("limit") == true
                || outcome.error?.contains("s of processor time") == true, "\(outcome)")
        let slow = try await python("import time; time.sleep(60)\nresult = 1", settings: "timeout: 1s")
        #expect(slow.error == "step t: no answer within 1 s")
    }
}

@Suite(.timeLimit(.minutes(1))) struct SearchTests {
    @Test func finds() async throws {
        let outcome = try await run(
            one(
                "EMBEDDING_SEARCH t -> end { prompt_template { query: \"zzz\", documents: [\"aaa\", { text: \"zzzz\", source: \"s\" }], top_k: 1 } }"
            ))
        #expect(
            outcome.result == "[{\"text\":\"zzzz\",\"score\":1.0,\"source\":\"s\",\"index\":1}]"
                || outcome.result?.contains("\"source\":\"s\",\"index\":1") == true)
        let none = try await run(
            one("EMBEDDING_SEARCH t -> end { prompt_template { query: \"a\", documents: \"nope/*.md\" } }"))
        #expect(none.error == "step t: no file matches `nope/*.md` in the automation's folder")
        let outside = try await run(
            one("EMBEDDING_SEARCH t -> end { prompt_template { query: \"a\", documents: \"../*.md\" } }"))
        #expect(outside.error?.contains("outside") == true)
        let files = try await run(
            one(
                "EMBEDDING_SEARCH t -> end { prompt_template { query: \"refund\", documents: \"docs/**/*.md\", chunk: 200, top_k: 20 } }"
            ))
        #expect(
            files.result?.contains("docs/help/billing.md") == true
                && files.result?.contains("docs/start.md") == true)
    }

    /// As editors of Windows write them; the mark is no letter of the text.
    @Test func documentsAreReadInTheirEncoding() async throws {
        let folder = NSTemporaryDirectory() + "/autorun-search-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func write(_ name: String, _ bytes: [UInt8]) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name))
        }
        try write("a.txt", [0xEF, 0xBB, 0xBF] + Array("# Grüße".utf8))
        try write("b.txt", [0xFF, 0xFE] + "Grüße".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
        let step = "EMBEDDING_SEARCH t -> end { prompt_template { query: \"x\", documents: \"*.txt\" } }"
        let found = try await run(one(step), folder: folder)
        let texts = found.record.steps.last?.result?.asList?.compactMap { $0.asMap?["text"]?.asText }
        #expect(texts?.sorted() == ["# Grüße", "Grüße"], "\(found.error ?? "")")
        try write("c.txt", Array("Gr".utf8) + [0xFC])
        let broken = try await run(one(step), folder: folder)
        #expect(broken.error?.contains("the file `c.txt` is no text in UTF-8: byte 3") == true)
    }

    @Test func withoutTheModelTheMendIsSaid() async throws {
        let embedder = LocalEmbedder(folder: "/nonexistent")
        let failure = await #expect(throws: StepFailure.self) {
            try await embedder.embed(["a"], asQueries: true)
        }
        #expect(failure?.message.contains("autorun models fetch") == true)
    }
}

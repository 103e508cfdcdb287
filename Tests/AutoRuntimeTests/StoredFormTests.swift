import AutoChecker
import AutoRuntime
import AutoStore
import AutoSyntax
import Diagnostics
import Foundation
import StepKinds
import Testing
import Values

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
private let forms = root.appendingPathComponent("Tests/AutoRuntimeTests/StoredForms")

private func text(_ path: URL) throws -> String {
    String(decoding: try #require(FileManager.default.contents(atPath: path.path)), as: UTF8.self)
}

/// The examples and the checker's fixtures that have no errors.
private func files() -> [SourceText] {
    ["Examples", "Tests/AutoCheckerTests/Fixtures"].flatMap { folder in
        let place = root.appendingPathComponent(folder).path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
        return names.filter { $0.hasSuffix(".auto") }.sorted().map { name in
            SourceText(
                name: name, bytes: Array(FileManager.default.contents(atPath: place + "/" + name) ?? Data()))
        }
    }.filter { check($0).automation != nil }
}

/// A time that stands still: what waits for it waits until it is cancelled.
private struct StillClock: AutoRuntime.Clock {
    func now() -> Int64 { 1_700_000_000_000_000_000 }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {
        do { try await Task.sleep(for: .seconds(86_400)) } catch { throw CancellationError() }
    }
}

/// What the parts of an automation give that reach outside: always the same for the same step and prompt.
private struct Outside: StepExecutor {
    let given: [String: Value]

    func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        if let value = given[work.step.name] { return .value(value) }
        if let type = work.step.resultType { return .value(sample(type)) }
        switch work.step.type {
        case .logicDecision: return .value(.string(work.step.branches.first?.label ?? ""))
        case .embeddingSearch:
            let found = Value.record([
                ("text", .string("found")), ("score", .double(0.5)), ("source", .string("a.md")),
                ("index", .int(0)),
            ])
            return .value(.list([found, found]))
        case .restAPI:
            return .value(.record([("status", .int(200)), ("headers", .record([])), ("body", .null)]))
        case .start, .llmCall, .getUserInput, .webScrape, .python, .textToJSON, .dataTransform:
            return .value(.string(work.step.name))
        }
    }
}

private func sample(_ type: DataType) -> Value {
    switch type {
    case .text: .string("text")
    case .int: .int(3)
    case .number: .double(2.5)
    case .bool: .bool(true)
    case .json: .record([("n", .int(1))])
    case .bytes: .bytes([1, 2])
    case .url: .string("https://example.org/")
    case .list(let element): .list([sample(element), sample(element)])
    case .record(let fields, _): .record(fields.map { ($0.name, sample($0.type)) })
    case .oneOf(let values): .string(values.first ?? "")
    }
}

/// Runs it from beginning to end, and gives what its records say but ids and times, whichever branch came
/// first. Of a run that fails only that it does: a branch beside the failing one is stopped sooner or later.
private func records(_ automation: CheckedAutomation, _ given: [String: Value] = [:]) async throws
    -> [String]
{
    let id = ID(name: automation.name)
    let stored = StoredAutomation(
        automation, id: id, path: "", stepInfos: automation.stepInfos(automationID: id, fileTime: 0))
    let outside = Outside(given: given)
    let executors = Executors(forAll: outside)
    let clock = StillClock()
    let interpreter = Interpreter(
        executors: executors, store: MemoryStore(keepsRecords: false, clock: clock), clock: clock)
    let inputs = Value.record(automation.inputs.map { ($0.name, $0.defaultValue ?? sample($0.type)) })
    let secrets = Dictionary(
        automation.secrets.map { ($0, "secret-of-\($0)") }, uniquingKeysWith: { first, _ in first })
    let session = ID(name: "session")
    let request = RunRequest(
        plan: Plan(automation), automation: stored, sessionID: session, inputs: inputs, secrets: secrets,
        usesCache: false)
    let header = try await interpreter.open(request)
    let (end, record) = try await interpreter.run(request, header: header)
    guard end == .finished else { return ["\(end)"] }
    let steps = record.steps.map { step in
        let name = record.stepInfos[step.stepIndex].name
        let prompt = step.prompt.map(JSON.text) ?? "-"
        let result = step.result.map { JSON.text(TypedJSON.encode($0)) } ?? "-"
        return "\(name) \(step.status.rawValue) \(prompt) \(result) \(step.error ?? "")"
    }
    return steps.sorted()
}

@Suite(.timeLimit(.minutes(1))) struct StoredFormTests {
    /// What is read back is all that was written, and runs to the same records.
    @Test(.timeLimit(.minutes(1)), arguments: files())
    func readBackItRunsTheSame(source: SourceText) async throws {
        let automation = try #require(check(source).automation)
        let bytes = automation.encoded()
        let back = try CheckedAutomation(encoded: bytes, source: source)
        #expect(back.encoded() == bytes)
        #expect(back.tests.isEmpty)
        #expect(try await records(back) == records(automation))
    }

    /// Bytes of each format are kept, and go on running as they did, whatever the checker makes of their text
    /// by now.
    ///
    /// Those of the newest are recorded once, by `RECORD=1`, when the format gets its number; they are never
    /// recorded again.
    @Test(.timeLimit(.minutes(1)), arguments: 1...CheckedAutomation.format)
    func everyFormatIsReadForEver(format: UInt64) async throws {
        let source = SourceText(
            name: "form.auto", text: try text(forms.appendingPathComponent("format-\(format).auto")))
        let place = forms.appendingPathComponent("format-\(format).hex")
        if !FileManager.default.fileExists(atPath: place.path), format == CheckedAutomation.format,
            ProcessInfo.processInfo.environment["RECORD"] == "1"
        {
            try Data(hex(try #require(check(source).automation).encoded()).utf8).write(to: place)
            Issue.record("recorded format \(format): keep the file as it is")
            return
        }
        let automation = try CheckedAutomation(encoded: try bytes(try text(place)), source: source)
        #expect(automation.name == "Stored form" && automation.secrets == ["STORED_TOKEN"])
        #expect(
            automation.inputs.map(\.name) == ["topic", "amounts", "options", "link", "kind", "count", "rest"])
        // What the first format does not have is as if the file did not have it.
        #expect(automation.maxDollars == (format >= 2 ? 0.25 : nil))
        let left = try #require(automation.steps.first { $0.name == "left" })
        #expect(left.timeout == 30_000_000_000 && left.isCached && left.leavesMachine)
        #expect(left.retry.attempts == 4 && left.retry.factor == 1.5)
        #expect(left.retry.firstDelay == 10_000_000 && left.retry.maxDelay == 2_000_000_000)
        #expect(left.retry.writtenMaxDelay == 2_000_000_000)
        let given: [String: Value] = [
            "left": .record([("sure", .bool(true))]), "ask": .string("good"),
            "right": .record([("status", .int(200)), ("headers", .record([])), ("body", .null)]),
            "last": .list([.record([("name", .string("n")), ("at", .int(1))])]),
        ]
        let lines = try await records(automation, given)
        #expect(lines.count == 17, "\(lines.joined(separator: "\n"))")
        for (step, fragment) in StoredFormTests.expected {
            let shown = lines.filter { $0.hasPrefix(step + " FINISHED ") }.joined(separator: "\n")
            #expect(shown.contains(fragment), "\(step): \(shown)")
        }
    }

    /// What the records of the first format's file say, by step.
    private static let expected: [(String, String)] = [
        ("left", #""user":"Is tides a word? ${no}""#),
        ("right", #""url":"https://example.org/tides/x?y=3""#),
        ("right", #""body":{"n":3,"list":[1,"two"]}"#),
        ("both", #""arithmetic":1,"logic":false,"order":[true,true,false,true,true,false]"#),
        ("both", #""literals":[1,2.5,"YWI=",null,"\\d","plain","90s","2026-01-02T03:04:05Z"]"#),
        ("both", #""optional":["absent"],"present":"no","index":2.0,"call":"a+b""#),
        ("both", #""macros":[[20,30],[2],[true,false,true],[5,7],{"a":2},{"a2":1},5,4,9]"#),
        ("both", #""sure":true,"status":200"#),
        ("each_amount", "\"1: 2\""),
        ("count", #"{"int64Value":"3"}"#),
        ("more", #"{"stringValue":"done"}"#),
        (
            "page",
            #""select":{"title":"h1","all":["li"],"first":{"xpath":"//h1/text()"},"rows":{"each":"tr","cell":"td"}}"#
        ),
        ("code", #"for n in inputs[\"amounts\"]:\n"#),
        ("pick", #""jq":".a[0]""#),
        ("last", #"{"doubleValue":1.0}"#),
    ]

    private func hex(_ bytes: [UInt8]) -> String {
        let digits = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return stride(from: 0, to: digits.count, by: 40).map { start in
            digits[start..<min(start + 40, digits.count)].joined() + "\n"
        }.joined()
    }

    private func bytes(_ hex: String) throws -> [UInt8] {
        let digits = Array(hex.utf8.filter { $0 != 0x0A })
        return try stride(from: 0, to: digits.count - 1, by: 2).map { start in
            try #require(UInt8(String(decoding: digits[start...(start + 1)], as: UTF8.self), radix: 16))
        }
    }

    private func whole() throws -> (SourceText, CheckedAutomation) {
        let source = SourceText(
            name: "form.auto", text: try text(forms.appendingPathComponent("format-1.auto")))
        return (source, try #require(check(source).automation))
    }

    @Test(.timeLimit(.minutes(1)))
    func aNewerFormatIsToldFromDamage() throws {
        let (source, automation) = try whole()
        var bytes = automation.encoded()
        // The number of the format stands behind the four letters of the sign.
        bytes[4] = UInt8(CheckedAutomation.format) + 2
        let newest = CheckedAutomation.format
        #expect(
            throws: UnreadableAutomation(
                "was checked by a newer autorun (format \(newest + 2)); this one reads formats up to \(newest)",
                isNewer: true)
        ) { try CheckedAutomation(encoded: bytes, source: source) }
        #expect(throws: UnreadableAutomation("is damaged (it does not begin as one)")) {
            try CheckedAutomation(encoded: Array("{}??".utf8), source: source)
        }
        #expect(throws: UnreadableAutomation("is damaged (something stands behind its end)")) {
            try CheckedAutomation(encoded: automation.encoded() + [0], source: source)
        }
    }

    /// Whatever bytes a store gives, reading them ends, with an automation that can be planned or with an
    /// error.
    @Test(.timeLimit(.minutes(1)))
    func damagedBytesAreNoCrash() throws {
        let (source, automation) = try whole()
        let sound = automation.encoded()
        for place in stride(from: 0, to: sound.count, by: 3) {
            var bytes = sound
            bytes[place] ^= [0x01, 0x80, 0xFF, 0x10][place % 4]
            if let read = try? CheckedAutomation(encoded: bytes, source: source) { _ = Plan(read) }
            guard place % 5 == 0 else { continue }
            #expect(throws: UnreadableAutomation.self) {
                try CheckedAutomation(encoded: Array(sound[..<place]), source: source)
            }
        }
    }

    /// The highest expression that the parser takes is read back, too.
    @Test(.timeLimit(.minutes(1)))
    func highExpressionsAreReadBack() throws {
        let sum = Array(repeating: "inputs.n", count: 990).joined(separator: " + ")
        let records = String(repeating: "{ a: ", count: 190) + sum + String(repeating: " }", count: 190)
        let source = SourceText(
            name: "high.auto",
            text: """
                automation "High"
                input n: int = 1
                START a -> b
                REST_API b -> end { timeout: 1s
                  prompt_template { url: "https://example.org/", method: "POST", body: \(records) } }
                """)
        let automation = try #require(check(source).automation)
        let bytes = automation.encoded()
        #expect(try CheckedAutomation(encoded: bytes, source: source).encoded() == bytes)
    }

    /// The settings that a session began with are part of what is kept.
    @Test(.timeLimit(.minutes(1)))
    func modelsOfTheSettingsAreKept() throws {
        var options = CheckOptions()
        options.defaultModel = "openai/gpt-4o"
        options.embeddingModel = "text-embedding-3-small"
        let source = SourceText(name: "t.auto", text: "automation \"T\"\nSTART a -> end\n")
        let automation = try #require(check(source, options).automation)
        let back = try CheckedAutomation(encoded: automation.encoded(), source: source)
        #expect(back.models == DefaultModels(model: "openai/gpt-4o", embedding: "text-embedding-3-small"))
        let plain = try #require(check(source).automation)
        func version(_ automation: CheckedAutomation) -> ID {
            StoredAutomation(automation, id: ID(name: "t"), path: "/t.auto", stepInfos: []).versionID
        }
        #expect(version(automation) != version(plain) && version(back) == version(automation))
    }
}

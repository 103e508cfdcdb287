import AutoRuntime
import StepKinds
import Synchronization
import Testing
import Values

/// Who listens to a run hears which element of `each` a record is of.
@Suite(.timeLimit(.minutes(1))) struct ElementTests {
    private let text = """
        secret KEY
        START begin -> work
        LLM_CALL work -> end {
          each: town in ["Kiel", "Ulm"]
          at_once: 1
          retry: { attempts: 2 }
          prompt_template { user: "${town}" }
        }
        """

    /// What was told, in words.
    private final class Heard: Sendable {
        private let words = Mutex<[String]>([])

        var all: [String] { words.withLock { $0 } }

        func hear(_ event: RunEvent) {
            let word: String? =
                switch event {
                case .element(let ordinal, let element):
                    "\(ordinal) is \(element.number)/\(element.count) \(element.text)"
                case .step(let ordinal, let record): "\(ordinal) \(record.status.rawValue)"
                case .retry(let ordinal, let attempt, _, _): "\(ordinal) failed \(attempt)"
                case .session, .text, .trace: nil
                }
            if let word { words.withLock { $0.append(word) } }
        }
    }

    @Test func anElementIsToldBeforeItsRecord() async throws {
        let heard = Heard()
        let stage = try Stage(text) { work, count throws(StepFailure) in
            if count == 2 { throw StepFailure(.status, "busy", retryable: true) }
            return .value(.string("\(work.element?.number ?? 0)"))
        }
        let (end, record) = try await stage.run(secrets: ["KEY": "canary-canary"]) { heard.hear($0) }
        #expect(end == .finished)
        #expect(record.steps.dropFirst().map { $0.result.map(resultText) } == ["1", "2"])
        let told = heard.all.filter { !$0.hasPrefix("0 ") && !$0.hasSuffix("NEW") }
        #expect(
            told == [
                "1 is 1/2 Kiel", "1 RUNNING", "1 FINISHED", "2 is 2/2 Ulm", "2 RUNNING", "2 failed 1",
                "2 FINISHED",
            ])
    }

    @Test func anElementIsShownInShortAndWithoutSecrets() async throws {
        let long = String(repeating: "word ", count: 100)
        let list = "[\"\(long)\", \"a\\n  b\", \"my canary-canary\", {\"n\": [1]}]"
        let heard = Heard()
        let stage = try Stage(
            """
            input list: json
            secret KEY
            START begin -> work
            LLM_CALL work -> end {
              each: one in inputs.list
              at_once: 1
              prompt_template { user: "x" }
            }
            """)
        let inputs = Value.record([("list", try JSON.parse(list))])
        _ = try await stage.run(inputs, secrets: ["KEY": "canary-canary"]) { heard.hear($0) }
        let told = heard.all.filter { $0.contains(" is ") }
        #expect(told.count == 4)
        #expect(told[0].hasPrefix("1 is 1/4 word word") && told[0].hasSuffix("…"))
        #expect(told[0].count == "1 is 1/4 ".count + 60)
        #expect(told.dropFirst() == ["2 is 2/4 a b", "3 is 3/4 my [secret KEY]", "4 is 4/4 {\"n\":[1]}"])
    }
}

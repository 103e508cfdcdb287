import AutoChecker
import AutoRuntime
import AutoSteps
import Diagnostics
import StepKinds
import Synchronization
import Testing
import Values

/// An embedder that keeps what it was asked, and whose vectors are as long as the test says.
private final class KeepingEmbedder: Embedder {
    let identity = "kept"
    private let length: @Sendable (String) -> Int
    private let asked = Mutex<[[String]]>([])

    init(length: @escaping @Sendable (String) -> Int = { _ in 2 }) { self.length = length }

    var questions: [[String]] { asked.withLock { $0 } }

    func embed(_ request: EmbeddingRequest) async throws(StepFailure) -> [[Float]] {
        asked.withLock { $0.append(request.texts) }
        return request.texts.map { Array(repeating: 0.5, count: length($0)) }
    }
}

/// What a search asks of its embedder.
@Suite(.timeLimit(.minutes(1))) struct SearchOrderTests {
    private func search(_ documents: [String], _ step: SearchStep) async throws(StepFailure) -> StepOutcome {
        let text = """
            automation "T"
            START b -> t
            EMBEDDING_SEARCH t -> end { prompt_template { query: "q", documents: ["d"] } }
            """
        guard
            let checked = check(SourceText(name: "t", text: text)).automation?.steps.first(where: {
                $0.name == "t"
            })
        else { throw StepFailure(.failed, "the automation has errors") }
        let fields = MapValue(record: [
            ("query", .string("q")), ("documents", .list(documents.map(Value.string))),
        ])
        return try await step.execute(
            StepWork(step: checked, fields: fields, idempotencyKey: "key", onText: { _ in }))
    }

    private func step(_ embedder: KeepingEmbedder) -> SearchStep {
        SearchStep(folder: Folder(path: "/nonexistent")) { _ in embedder }
    }

    /// The same search asks the same in each run: in the order of the documents, each text once.
    @Test func textsAreAskedInTheirOrder() async throws {
        let embedder = KeepingEmbedder()
        let step = step(embedder)
        let texts = (0..<100).map { "text \($0)" }
        _ = try await search(texts + ["text 5"], step)
        _ = try await search(texts + ["new"], step)
        #expect(embedder.questions == [["q"], texts, ["q"], ["new"]])
    }

    @Test func vectorsOfOtherLengthsAreNotCompared() async {
        let embedder = KeepingEmbedder { $0 == "q" ? 3 : 2 }
        let failure = await #expect(throws: StepFailure.self) { try await search(["a"], step(embedder)) }
        #expect(failure?.kind == .embedding && failure?.message.contains("3 numbers") == true)
    }
}

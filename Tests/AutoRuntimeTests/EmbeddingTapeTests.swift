import AutoRuntime
import StepKinds
import Synchronization
import Testing
import Values

/// An embedder whose vectors tell the texts apart.
private struct LengthEmbedder: Embedder {
    let identity = "lengths"

    func embed(_ request: EmbeddingRequest) async throws(StepFailure) -> [[Float]] {
        request.texts.map { [Float($0.utf8.count), request.areQueries ? 1 : 0] }
    }
}

/// A search finds its vectors in a recording, in whichever order and batches it asks.
@Suite(.timeLimit(.minutes(1))) struct EmbeddingTapeTests {
    private func recording(_ questions: [[String]]) async throws -> [(name: String, entry: TapeEntry)] {
        let kept = Mutex<[TapeEntry]>([])
        let tape = RecordingTape(masker: Masker([:])) { entry throws(StepFailure) in
            kept.withLock { $0.append(entry) }
        }
        let embedder = TapedEmbedder(LengthEmbedder(), model: "m", tape)
        for texts in questions { _ = try await embedder.embed(texts, asQueries: false) }
        _ = try await embedder.embed(["a"], asQueries: true)
        return kept.withLock { $0 }.enumerated().map { ("entry \($0.offset)", $0.element) }
    }

    private func replayed(
        _ texts: [String], asQueries: Bool = false, model: String = "m", from tape: ReplayTape
    ) async throws -> [[Float]] {
        let nobody = TapedEmbedder(LengthEmbedder(), model: model, tape)
        return try await nobody.embed(texts, asQueries: asQueries)
    }

    @Test func theOrderAndTheBatchesDoNotMatter() async throws {
        let tape = ReplayTape(try await recording([["a", "bb"], ["ccc"]]))
        for texts in [["ccc", "a", "bb"], ["bb"], ["a", "ccc"], ["a", "a"]] {
            let expected = texts.map { [Float($0.utf8.count), 0] }
            #expect(try await replayed(texts, from: tape) == expected)
        }
        #expect(try await replayed(["a"], asQueries: true, from: tape) == [[1, 1]])
        #expect(tape.unused.isEmpty)
    }

    @Test func whatIsNotThereIsTold() async throws {
        let tape = ReplayTape(try await recording([["a", "bb"]]))
        for (texts, asQueries, model) in [
            (["a", "new"], false, "m"), (["bb"], true, "m"), (["a"], false, "n"),
        ] {
            let failure = await #expect(throws: StepFailure.self) {
                try await replayed(texts, asQueries: asQueries, model: model, from: tape)
            }
            #expect(failure?.kind == .replay)
        }
        #expect(tape.unused.count == 2)
    }
}

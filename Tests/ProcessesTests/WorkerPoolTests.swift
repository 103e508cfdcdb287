import Processes
import Testing

@Suite(.timeLimit(.minutes(1))) struct WorkerPoolTests {
    @Test(.timeLimit(.minutes(1)))
    func cancelKillsTheWorker() async {
        let workers = WorkerPool()
        let task = Task { () -> WorkerFailure? in
            do throws(WorkerFailure) {
                _ = try await workers.run(.jq(program: "def f: f; f", input: Array("0".utf8)))
                return nil
            } catch {
                return error
            }
        }
        task.cancel()
        #expect(await task.value == .timeLimit)
    }

    /// More requests than workers: each gets its own answer.
    @Test(.timeLimit(.minutes(1)))
    func manyAskAtOnce() async throws {
        let workers = WorkerPool(atOnce: 3)
        let answers = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let request = WorkerRequest.jq(program: ". + 1", input: Array("\(number)".utf8))
                    return (try? await workers.run(request)) == .value(Array("[\(number + 1)]".utf8))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count == 40 && answers.allSatisfy { $0 })
    }

    @Test(.timeLimit(.minutes(1)))
    func withoutTheProgramItSaysSo() async {
        let workers = WorkerPool(program: nil)
        let failure = await #expect(throws: WorkerFailure.self) { try await workers.run(.jqCheck(".")) }
        guard case .missing(let words) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(words.contains("autorun-worker"))
    }

    /// A frame is taken when all of it has come, and noise is a frame or none, but no crash.
    @Test(.timeLimit(.minutes(1)))
    func framesAreReadWhole() throws {
        let parts: [[UInt8]] = [[], [1, 2, 3], Array(repeating: 7, count: 100_000)]
        let bytes = WorkerFrames.encode(parts)
        #expect(try WorkerFrames.decode(bytes) == parts)
        for cut in [0, 3, 4, 7, 9, bytes.count - 1] {
            #expect(try WorkerFrames.decode(Array(bytes[..<cut])) == nil)
        }
        #expect(throws: WorkerFrames.BadFrame.self) { try WorkerFrames.decode([255, 255, 255, 255]) }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<1_000 {
            let noise = (0..<20).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = try? WorkerFrames.decode(noise)
        }
    }
}

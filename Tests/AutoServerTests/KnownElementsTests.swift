import AutoRuntime
import AutoSyntax
import StepKinds
import Testing
import Values

@testable import AutoServer

@Suite(.timeLimit(.minutes(1))) struct KnownElementsTests {
    private let waiting = ID(name: "waiting")

    private func session(_ statuses: [Status], version: String = "1") -> StoredSession {
        let info = StepInfo(
            id: ID(name: "ask"), name: "ask", type: .getUserInput, template: .null, createdAt: 1, updatedAt: 1
        )
        let steps = statuses.enumerated().map { ordinal, status in
            StepRecord(
                id: ordinal == 0 ? waiting : ID(name: "\(ordinal)"), stepIndex: 0, status: status,
                prompt: nil,
                result: nil, error: nil, errorKind: nil, createdAt: 1, updatedAt: 1)
        }
        let header = SessionHeader(
            id: ID(name: "session"), automationID: ID(name: "automation"), inputs: .null, status: .running,
            error: nil, createdAt: 1, updatedAt: 1)
        let automation = StoredAutomation(
            id: ID(name: "automation"), name: "A", path: "", text: version, stepInfos: [info])
        return StoredSession(
            record: SessionRecord(header: header, steps: steps, stepInfos: [info]), automation: automation)
    }

    @Test func aSessionIsReadAgainOnlyWhenItHasChanged() async throws {
        let known = KnownElements()
        var reads = 0
        let element = Element(number: 1, count: 2, text: "kiel.html")
        func ask(_ session: StoredSession) async throws -> [ID] {
            let found = try await known.elements(of: session) { () async throws(StoreError) in
                reads += 1
                return [waiting: element, ID(name: "1"): element]
            }
            return found.keys.map { $0 }
        }
        let first = session([.running, .finished])
        // Of what does not wait, nothing is kept.
        #expect(try await ask(first) == [waiting])
        #expect(try await ask(first) == [waiting])
        #expect(reads == 1)
        _ = try await ask(session([.running, .finished, .running]))
        _ = try await ask(session([.running, .finished, .finished]))
        #expect(reads == 3)
        _ = try await ask(session([.running, .finished, .finished], version: "2"))
        #expect(reads == 4)
    }

    @Test func whatCouldNotBeReadIsReadTheNextTime() async throws {
        let known = KnownElements()
        let session = session([.running])
        await #expect(throws: StoreError.self) {
            _ = try await known.elements(of: session) { () async throws(StoreError) in
                throw StoreError("the store is locked")
            }
        }
        let found = try await known.elements(of: session) { () async throws(StoreError) in [:] }
        #expect(found.isEmpty)
    }
}

import Computing
import Testing

/// A gate that lets fewer in than before.
@Suite(.timeLimit(.minutes(1))) struct NarrowGateTests {
    @Test func aNarrowedGateLetsInFewer() async {
        let gate = Gate(.max)
        for _ in 0..<3 { #expect(await gate.enter()) }
        gate.narrow(to: 2)
        gate.narrow(to: 5)
        let waiting = Task { await gate.enter() }
        // Three are inside where two may be: the first who leaves makes no room.
        gate.leave()
        waiting.cancel()
        #expect(await waiting.value == false)
        gate.leave()
        #expect(await gate.enter())
        gate.leave()
        gate.leave()
    }

    @Test func whoWaitsIsLetInWhenThereIsRoom() async {
        let gate = Gate(2)
        for _ in 0..<2 { #expect(await gate.enter()) }
        gate.narrow(to: 1)
        async let third = gate.enter()
        gate.leave()
        gate.leave()
        #expect(await third)
        gate.leave()
    }
}

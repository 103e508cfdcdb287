import AutoRuntime
import Testing
import Values

@testable import AutoServer

/// What is kept of models' words for who comes to watch in the middle of them.
@Suite(.timeLimit(.minutes(1))) struct WordsSoFarTests {
    private let one = ID(name: "one")
    private let other = ID(name: "other")

    @Test func wordsAreKeptUntilTheirRecordEnds() {
        var words = WordsSoFar()
        words.add("Once ", to: 0, of: one)
        words.add("upon", to: 0, of: one)
        words.add("A time", to: 3, of: one)
        words.add("Else", to: 0, of: other)
        #expect(words.words(of: one).mapValues(\.text) == [0: "Once upon", 3: "A time"])
        words.end(0, of: one)
        #expect(words.words(of: one).mapValues(\.text) == [3: "A time"])
        words.end(one)
        #expect(words.words(of: one).isEmpty && words.words(of: other).count == 1)
    }

    /// What is left out is counted, and no character is cut in the middle.
    @Test func ofALongTextTheEndIsKept() throws {
        var words = WordsSoFar(mostOfRecord: 40, mostOfAll: 1_000)
        let all = String(repeating: "ä€", count: 20)
        for piece in all { words.add(String(piece), to: 0, of: one) }
        let kept = try #require(words.words(of: one)[0])
        #expect(all.hasSuffix(kept.text) && kept.text.utf8.count <= 40 && kept.text.utf8.count >= 20)
        #expect(kept.leftOut + kept.text.utf8.count == all.utf8.count)
    }

    @Test func allTogetherAreBounded() throws {
        var words = WordsSoFar(mostOfRecord: 40, mostOfAll: 50)
        words.add(String(repeating: "a", count: 30), to: 0, of: one)
        words.add(String(repeating: "b", count: 30), to: 0, of: other)
        #expect(words.words(of: other)[0]?.text.count == 30)
        let first = try #require(words.words(of: one)[0])
        #expect(first.text.isEmpty && first.leftOut == 30)
    }

    /// Whoever comes is given what was told before, and each piece that follows once.
    @Test func aWatcherMissesNothing() async {
        let hub = Hub()
        hub.tell(one, of: other, RunEvent.text(ordinal: 0, "before"))
        let watching = hub.watch(one)
        hub.tell(one, of: other, RunEvent.text(ordinal: 0, "after"))
        hub.close()
        #expect(watching.words[0]?.text == "before")
        var heard: [String] = []
        for await event in watching.events {
            if case .text(_, let text) = event { heard.append(text) }
        }
        #expect(heard == ["after"])
        #expect(hub.watch(automation: one).words.isEmpty)
    }
}

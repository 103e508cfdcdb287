import Testing

@testable import TerminalUI

@Suite(.timeLimit(.minutes(1))) struct BoardTests {
    private func texts(_ board: inout StepBoard, _ news: StepNews, now: Double = 0, columns: Int = 79)
        -> [String]
    {
        board.take(news, now: now, columns: columns).map(\.text)
    }

    @Test func aStepIsShownWhileItWorksAndWhenItHasEnded() {
        var board = StepBoard()
        let label = "work 7/30 kiel.html"
        #expect(texts(&board, .began(ordinal: 4, label: label, isQuestion: false), now: 10) == [])
        #expect(board.status(now: 10.1, columns: 79, turn: 0, most: 4) == [])
        #expect(
            board.status(now: 11.26, columns: 79, turn: 1, most: 4).map(\.text) == [
                "/    work 7/30 kiel.html 1.3 s"
            ])
        #expect(
            texts(&board, .ended(ordinal: 4, label: label, kind: "REST_API", error: nil), now: 12.34)
                == ["ok   work 7/30 kiel.html REST_API 2.3 s"])
        #expect(board.status(now: 20, columns: 79, turn: 1, most: 4) == [])
    }

    @Test func aFailureIsSaidInLinesThatFit() {
        var board = StepBoard()
        let error =
            "the server at https://example.org/a/long/path answered 503 and says nothing of when to come back"
        let lines = board.take(
            .ended(ordinal: 0, label: String(repeating: "x", count: 90), kind: "REST_API", error: error),
            now: 0, columns: 40)
        #expect(lines.allSatisfy { $0.width <= 40 } && lines.count == 5)
        #expect(lines[0].text.hasSuffix("… REST_API") && lines[1].text == "     the server at")
    }

    @Test func aNoteGoesOnBelowItsBeginning() {
        var board = StepBoard()
        let note = "     get: http://127.0.0.1:9/ refuses the connection; try 2 in 1s"
        #expect(
            texts(&board, .note(note), columns: 40) == [
                "     get: http://127.0.0.1:9/ refuses", "     the connection; try 2 in 1s",
            ])
    }

    @Test func whatWasCancelledHasNotFailed() {
        var board = StepBoard()
        let lines = texts(
            &board,
            .ended(ordinal: 0, label: "ask", kind: "REST_API", error: "cancelled", isCancelled: true))
        #expect(lines == ["stop ask REST_API", "     cancelled"])
    }

    @Test func aPersonWhoIsAskedIsNoWork() {
        var board = StepBoard()
        _ = texts(&board, .began(ordinal: 0, label: "ask", isQuestion: true))
        #expect(board.status(now: 9, columns: 79, turn: 0, most: 4) == [])
    }

    @Test func manyStepsTakeFewLines() {
        var board = StepBoard()
        for ordinal in 0..<9 {
            _ = texts(&board, .began(ordinal: ordinal, label: "n\(ordinal)", isQuestion: false))
        }
        let lines = board.status(now: 1, columns: 79, turn: 0, most: 3).map(\.text)
        #expect(lines == ["|    n0 1.0 s", "|    n1 1.0 s", "|    n2 1.0 s", "     and 6 more"])
    }

    @Test func textIsWrittenInWholeLines() {
        var board = StepBoard()
        _ = texts(&board, .began(ordinal: 0, label: "draft", isQuestion: false))
        #expect(texts(&board, .text(ordinal: 0, "Dear ")) == ["     draft:"])
        #expect(board.status(now: 0, columns: 79, turn: 0, most: 3).map(\.text) == ["  | Dear "])
        #expect(texts(&board, .text(ordinal: 0, "customer,\nwe th")) == ["  | Dear customer,"])
        #expect(texts(&board, .text(ordinal: 0, "ank you")) == [])
        #expect(
            texts(&board, .ended(ordinal: 0, label: "draft", kind: "LLM_CALL", error: nil), now: 2)
                == ["  | we thank you", "ok   draft LLM_CALL 2.0 s"])
    }

    @Test func wordsStayApartWhereALineIsBroken() {
        var board = StepBoard()
        var shown: [String] = []
        for piece in ["one two ", "three ", "four five ", "six"] {
            shown += texts(&board, .text(ordinal: 0, piece), columns: 14)
        }
        shown += texts(&board, .ended(ordinal: 0, label: "a", kind: "LLM_CALL", error: nil), columns: 14)
        #expect(
            shown.filter { $0.hasPrefix("  | ") } == ["  | one two", "  | three four", "  | five six"])
    }

    /// Two models that write at once are read one after the other.
    @Test func textsOfTwoStepsDoNotMix() {
        var board = StepBoard()
        for (ordinal, name) in ["a", "b", "c"].enumerated() {
            _ = texts(&board, .began(ordinal: ordinal, label: name, isQuestion: false))
        }
        var shown = texts(&board, .text(ordinal: 0, "one\n"))
        shown += texts(&board, .text(ordinal: 1, "ONE\nTWO"))
        shown += texts(&board, .ended(ordinal: 2, label: "c", kind: "REST_API", error: nil), now: 1)
        shown += texts(&board, .ended(ordinal: 1, label: "b", kind: "LLM_CALL", error: nil), now: 1)
        shown += texts(&board, .text(ordinal: 0, "two"))
        #expect(shown == ["     a:", "  | one", "ok   c REST_API 1.0 s"])
        shown = texts(&board, .ended(ordinal: 0, label: "a", kind: "LLM_CALL", error: "no"), now: 2)
        #expect(
            shown == [
                "  | two", "FAIL a LLM_CALL 2.0 s", "     no", "     b:", "  | ONE", "  | TWO",
                "ok   b LLM_CALL 1.0 s",
            ])
    }
}

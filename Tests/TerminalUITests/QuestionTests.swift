import Foundation
import Testing

@testable import TerminalUI

/// A question panel with what a test does to it.
private struct Asked {
    var panel: QuestionPanel

    init(_ choices: [String] = [], default given: String? = nil, message: String = "Approve?") {
        panel = QuestionPanel(
            AskedQuestion(label: "ask 2/3 kiel", message: message, choices: choices, defaultAnswer: given) {
                let fits = choices.isEmpty || choices.contains($0) || ($0.isEmpty && given != nil)
                return fits ? nil : "expected one of the choices, found \($0)"
            })
    }

    /// - Returns: what came of the keys; nil while the question stands.
    mutating func type(_ text: String) -> Reply? {
        var decoder = KeyDecoder()
        for byte in text.utf8 {
            if let key = decoder.take(byte), let reply = panel.take(key) { return reply }
        }
        return nil
    }

    func lines(columns: Int = 79, rows: Int = 24) -> [String] {
        panel.bottom(columns: columns, rows: rows).lines.map(\.text)
    }

    func typed(columns: Int = 79, rows: Int = 24) -> (line: String, column: Int)? {
        let bottom = panel.bottom(columns: columns, rows: rows)
        return bottom.cursor.map { (bottom.lines[$0.row].text, $0.column) }
    }
}

@Suite(.timeLimit(.minutes(1))) struct QuestionTests {
    private let help = "  (a number or arrow keys; Ctrl-D: answer later; Ctrl-C: cancel the session)"

    @Test func aQuestionShowsStepElementChoicesAndWhatIsTyped() {
        var asked = Asked(["approve", "reject"])
        #expect(asked.type("appr") == nil)
        #expect(
            asked.lines() == [
                "? ask 2/3 kiel", "  Approve?", "  1) approve", "  2) reject", "> appr", help,
            ])
        #expect(asked.typed()?.line == "> appr" && asked.typed()?.column == 6)
        #expect(asked.type("ove\r") == .answer("approve"))
    }

    @Test func whatAnAnswerLooksLikeIsSaid() {
        let question = AskedQuestion(
            label: "ask", message: "How many?", choices: [], defaultAnswer: nil, hint: "a whole number"
        ) { _ in nil }
        let lines = QuestionPanel(question).bottom(columns: 79, rows: 24).lines.map(\.text)
        #expect(lines.last == "  (a whole number; Ctrl-D: answer later; Ctrl-C: cancel the session)")
    }

    @Test(arguments: [
        ("reject\r", "reject"), ("\u{1B}[B\r", "approve"),
        ("\u{1B}[B\u{1B}[B\r", "reject"), ("\u{1B}[A\r", "reject"), ("\u{1B}[A\u{1B}[B\r", "approve"),
        ("xx\u{1B}[B\r", "approve"),
    ])
    func aChoiceIsTakenByWordAndArrows(_ keys: String, _ answer: String) {
        var asked = Asked(["approve", "reject"])
        #expect(asked.type(keys) == .answer(answer))
    }

    /// A number may be a value of the answer's type before it is the place of a choice, which the panel does not know.
    @Test func aNumberIsGivenAsItWasTyped() {
        let question = AskedQuestion(
            label: "ask", message: "n?", choices: ["3", "1", "2"], defaultAnswer: nil, problem: { _ in nil },
            choice: { $0 == "1 " ? "1" : nil })
        for typed in ["1", "1 ", " 2 ", "03"] {
            var panel = QuestionPanel(question)
            for character in typed { #expect(panel.take(.character(character)) == nil) }
            #expect(panel.take(.enter) == .answer(typed))
        }
        let panel = QuestionPanel(question)
        #expect(panel.record(of: "1 ", columns: 79).last?.text == "  > 1")
        #expect(panel.record(of: "x", columns: 79).last?.text == "  > x")
    }

    @Test func enterAloneIsTheDefault() {
        var choice = Asked(["approve", "reject"], default: "reject")
        #expect(choice.lines()[3] == "> 2) reject  (default)")
        #expect(choice.type("\r") == .answer("reject"))
        var text = Asked(default: "Ada")
        #expect(text.lines().last == "  (Enter alone: Ada; Ctrl-D: answer later; Ctrl-C: cancel the session)")
        #expect(text.type("\r") == .answer(""))
        let empty = Asked(default: "")
        #expect(empty.lines().contains { $0.hasPrefix("  (Enter alone: an empty text; Ctrl-D") })
    }

    /// Several pasted lines are one answer, which only Enter gives.
    @Test func aPastedTextAnswersNothing() {
        var asked = Asked()
        #expect(asked.type("\u{1B}[200~one\rtwo\r\u{1B}[201~") == nil)
        #expect(asked.typed()?.line == "> one two")
    }

    @Test func aLongChoiceIsReadWholeWhereItIsSelected() {
        let long = Array(repeating: "word", count: 30).joined(separator: " ")
        var asked = Asked(["short", long], default: long)
        let selected = asked.lines(columns: 40)
        #expect(selected.joined(separator: " ").components(separatedBy: "word").count == 31)
        #expect(selected.allSatisfy { $0.count <= 40 })
        #expect(asked.type("\u{1B}[A") == nil)
        // Of the others it is the beginning, and that it is the default.
        #expect(asked.lines(columns: 40)[3].hasPrefix("  2) word word"))
        #expect(asked.lines(columns: 40)[3].hasSuffix("…  (default)"))
        #expect(asked.lines(columns: 40)[3].count <= 40)
    }

    @Test func whetherToCancelCanBeReadOnANarrowTerminal() {
        var asked = Asked(["approve", "reject"])
        #expect(asked.type("\u{3}") == nil)
        let lines = asked.lines(columns: 40)
        #expect(lines.allSatisfy { $0.count <= 40 })
        #expect(lines.joined(separator: " ").contains("y cancels it, n goes back to the question"))
    }

    @Test func whatDoesNotFitIsSaidAndAskedAgain() {
        var asked = Asked(["approve", "reject"])
        #expect(asked.type("maybe\r") == nil)
        #expect(asked.lines()[4] == "  that does not fit: expected one of the choices, found maybe")
        #expect(asked.lines()[5] == "> ")
        #expect(asked.type("\r") == nil && asked.type("reject\r") == .answer("reject"))
    }

    @Test func controlDLeavesItAndControlCAsksOnce() {
        var asked = Asked(["approve", "reject"])
        #expect(asked.type("\u{4}") == .later)
        // What has been typed is not thrown away by it.
        asked = Asked(["approve", "reject"])
        #expect(asked.type("app\u{4}") == nil && asked.typed()?.line == "> app")
        asked = Asked(["approve", "reject"])
        #expect(asked.type("app\u{3}") == nil)
        #expect(asked.lines()[4].hasPrefix("Cancel the session? y cancels it"))
        #expect(asked.type("x\u{1B}[A") == nil && asked.type("n") == nil)
        // What had been typed is still there.
        #expect(asked.typed()?.line == "> app")
        #expect(asked.type("\u{3}y") == .cancel)
        asked = Asked()
        #expect(asked.type("\u{3}\u{3}") == .cancel)
        asked = Asked()
        #expect(asked.type("\u{3}\u{4}") == .later)
    }

    @Test(arguments: [20, 39, 79]) func everyLineFits(_ columns: Int) {
        let message = Array(repeating: "Grace asks for 640 EUR: Zugfahrt nach Turin.", count: 4)
        var asked = Asked(
            ["approve", String(repeating: "ü", count: 120)], message: message.joined(separator: "\n"))
        _ = asked.type(String(repeating: "日本", count: 60))
        let bottom = asked.panel.bottom(columns: columns, rows: 24)
        #expect(bottom.lines.allSatisfy { !$0.shown(columns: columns, colour: false).isEmpty })
        #expect(bottom.lines.count < 24)
        // The typed text is broken and not cut.
        #expect(!asked.lines(columns: columns).contains { $0.hasPrefix("> ") && $0.hasSuffix("…") })
        #expect((asked.typed(columns: columns)?.column ?? 99) <= columns)
    }

    @Test func aQuestionIsLowerThanTheScreen() {
        let lines = (1...40).map { "line \($0)" }.joined(separator: "\n")
        var asked = Asked((1...50).map { "choice \($0)" }, message: lines)
        _ = asked.type("\u{1B}[A")
        let shown = asked.lines(rows: 24)
        #expect(shown.count <= 23)
        #expect(shown.first == "? ask 2/3 kiel  … 32 lines above" && shown.contains("  line 40"))
        #expect(shown.contains("> 50) choice 50") && !shown.contains("  1) choice 1"))
    }

    /// Of a message that is longer than the screen the beginning can be read before it is answered.
    @Test func aLongMessageIsWrittenAboveOnce() {
        let message = (1...40).map { "line \($0)" }.joined(separator: "\n")
        var asked = Asked(["approve", "reject"], message: message)
        let heading = ["? ask 2/3 kiel"] + (1...40).map { "  line \($0)" }
        #expect(asked.panel.linesAbove(columns: 79, rows: 60).isEmpty)
        #expect(asked.panel.linesAbove(columns: 79, rows: 24).map(\.text) == heading)
        #expect(asked.panel.linesAbove(columns: 79, rows: 24).isEmpty)
        let shown = asked.lines(rows: 24)
        #expect(shown.prefix(2) == ["? ask 2/3 kiel  … 22 lines above", "  line 23"])
        let record = asked.panel.record(of: "approve", columns: 79).map(\.text)
        #expect(record == ["? ask 2/3 kiel", "  > approve"])
    }

    @Test func theAnswerStaysOnTheScreen() {
        let asked = Asked(["approve", "reject"], default: "reject")
        #expect(
            asked.panel.record(of: "approve", columns: 79).map(\.text)
                == ["? ask 2/3 kiel", "  Approve?", "  > approve"])
        #expect(asked.panel.record(of: "", columns: 79).last?.text == "  > reject")
    }
}

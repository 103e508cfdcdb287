import Diagnostics

/// A question as a person is shown it.
package struct AskedQuestion: Sendable {
    /// The step's name; with `each` also which element it is.
    package let label: String
    /// What is asked; it may have several lines.
    package let message: String
    /// Empty when any text may be the answer.
    package let choices: [String]
    /// The answer that Enter alone gives, as text; nil when there is none.
    package let defaultAnswer: String?
    /// What an answer looks like, in a few words; nil where any text is one.
    package let hint: String?
    /// Says in words why a text is no answer to the question; nil when it is one.
    package let problem: @Sendable (String) -> String?
    /// The choice that an answer means, such as one by its number; nil where it means none.
    package let choice: @Sendable (String) -> String?

    package init(
        label: String, message: String, choices: [String], defaultAnswer: String?, hint: String? = nil,
        problem: @escaping @Sendable (String) -> String?,
        choice: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.label = label
        self.message = message
        self.choices = choices
        self.defaultAnswer = defaultAnswer
        self.hint = hint
        self.problem = problem
        self.choice = choice
    }
}

/// What a person does with a question.
package enum Reply: Sendable, Hashable {
    case answer(String)
    /// Leaves it for later: the session is to wait.
    case later
    /// Cancels the session.
    case cancel
    /// Nobody waits for the answer any more.
    case gone
}

/// A question that stands on the screen, with what has been typed so far.
package struct QuestionPanel: Sendable {
    let question: AskedQuestion
    private var editor = LineEditor()
    /// The choice that Enter takes, from 0, where nothing is typed.
    private var selected: Int?
    /// Why the last answer did not fit.
    private var problem: String?
    private var asksWhetherToCancel = false
    /// Whether the message stands above, since it is longer than the screen.
    private var isWrittenAbove = false

    package init(_ question: AskedQuestion) {
        self.question = question
        selected = question.defaultAnswer.flatMap(question.choices.firstIndex(of:))
    }

    /// - Returns: what comes of the question; nil while it stands.
    package mutating func take(_ key: Key) -> Reply? {
        if asksWhetherToCancel { return takeWord(key) }
        switch key {
        case .enter: return answered()
        // As in a shell, it leaves an empty line only.
        case .endOfInput:
            if editor.text.isEmpty { return .later }
            editor.take(.delete)
        case .interrupt: asksWhetherToCancel = true
        case .up: select(by: -1)
        case .down: select(by: 1)
        case .escape: editor.clear()
        case .character, .pasted, .backspace, .delete, .left, .right, .home, .end, .eraseLine, .eraseWord:
            editor.take(key)
        // The display's.
        case .suspend: break
        }
        return nil
    }

    /// Whether the session is to be cancelled.
    private mutating func takeWord(_ key: Key) -> Reply? {
        switch key {
        case .character("y"), .character("Y"), .interrupt: return .cancel
        case .endOfInput: return .later
        case .character("n"), .character("N"), .escape, .enter:
            asksWhetherToCancel = false
            return nil
        case .character, .pasted, .backspace, .delete, .left, .right, .up, .down, .home, .end, .eraseLine,
            .eraseWord, .suspend:
            return nil
        }
    }

    private mutating func select(by step: Int) {
        let count = question.choices.count
        guard count > 0 else { return }
        editor.clear()
        let first = step > 0 ? 0 : count - 1
        selected = selected.map { ($0 + step + count) % count } ?? first
    }

    private mutating func answered() -> Reply? {
        let text = answer
        problem = question.problem(text)
        if problem == nil { return .answer(text) }
        editor.clear()
        return nil
    }

    /// What Enter would answer now. Whether a number is a value or the place of a choice, who asks knows.
    private var answer: String {
        let typed = editor.text
        return typed.isEmpty ? selected.map { question.choices[$0] } ?? "" : typed
    }
}

extension QuestionPanel {
    /// What stands above the choices: which step asks, and what.
    package func heading(columns: Int) -> [Line] {
        let text = wrapped(question.message, columns: columns - 2).map { Line("  " + $0) }
        return [Line("? ", .accent).adding(question.label, .bold)] + text
    }

    /// The whole question, at most one row less than the terminal has, since what is higher could not be drawn again: of a long
    /// message the end is shown, of many choices those around the selected one.
    package func bottom(columns: Int, rows: Int) -> Bottom {
        let field = field(columns: columns, rows: mostChoiceRows(rows))
        let heading = heading(columns: columns)
        let hidden = hiddenLines(heading, field, rows)
        var shown = heading
        if hidden > 0 {
            let mark = "  … \(hidden) \(hidden == 1 ? "line" : "lines") above"
            shown = [heading[0].adding(mark, .dim)] + heading.dropFirst(hidden + 1)
        }
        let cursor = field.cursor.map { Bottom.Cursor(row: $0.row + shown.count, column: $0.column) }
        return Bottom(lines: shown + field.lines, cursor: cursor)
    }

    /// The whole message as lines that stay, the first time that the screen is too low for it; else none.
    package mutating func linesAbove(columns: Int, rows: Int) -> [Line] {
        guard !isWrittenAbove else { return [] }
        let heading = heading(columns: columns)
        let field = field(columns: columns, rows: mostChoiceRows(rows))
        isWrittenAbove = hiddenLines(heading, field, rows) > 0
        return isWrittenAbove ? heading : []
    }

    private func mostChoiceRows(_ rows: Int) -> Int { max(3, rows / 2) }

    /// How many lines of the message the screen has no room for.
    private func hiddenLines(_ heading: [Line], _ field: Bottom, _ rows: Int) -> Int {
        max(0, heading.count - max(2, rows - 1 - field.lines.count))
    }

    /// The choices, the line that is typed into, and what keys do.
    ///
    /// - Parameter rows: how many rows the choices take at most, those around the selected one.
    func field(columns: Int, rows: Int) -> Bottom {
        var lines = choiceLines(columns: columns, rows: rows)
        if let problem {
            lines += wrapped("that does not fit: \(problem)", columns: columns - 2).map {
                Line("  " + $0, .bad)
            }
        }
        if asksWhetherToCancel {
            let asked = Line("Cancel the session? ", .bold)
            let words = "y cancels it, n goes back to the question "
            let fits = asked.width + words.count < columns
            lines +=
                fits ? [asked.adding(words)] : [asked] + wrapped(words, columns: columns).map { Line($0) }
            let last = lines.count - 1
            return Bottom(
                lines: lines, cursor: Bottom.Cursor(row: last, column: min(columns - 1, lines[last].width)))
        }
        let typed = broken("> " + editor.text, columns: columns)
        let before = broken("> " + editor.textBeforeCursor, columns: columns)
        let cursor = Bottom.Cursor(
            row: lines.count + before.count - 1, column: displayWidth(of: before.last ?? ""))
        return Bottom(lines: lines + typed.map { Line($0) } + help(columns), cursor: cursor)
    }

    private func choiceLines(columns: Int, rows: Int) -> [Line] {
        let choices = question.choices
        let chosen = editor.text.isEmpty ? selected : nil
        // Of the selected one all can be read.
        let whole = chosen.map { Array(wrapped(choiceText($0), columns: columns - 5).prefix(max(1, rows))) }
        let shown = max(1, rows - (whole?.count ?? 1) + 1)
        let first = max(0, min((selected ?? 0) - shown / 2, choices.count - shown))
        return choices.indices.dropFirst(first).prefix(shown).flatMap { place -> [Line] in
            let mark = choices[place] == question.defaultAnswer ? "  (default)" : ""
            if place == chosen, let whole {
                var lines = whole.enumerated().map { row, text in
                    Line(row == 0 ? "> " : "     ", .accent).adding(text, .bold)
                }
                lines[lines.count - 1].add(mark, .dim)
                return lines
            }
            let text = cut(choiceText(place), to: max(8, columns - 2 - mark.count))
            return [Line("  ").adding(text).adding(mark, .dim)]
        }
    }

    /// A choice with its number, on one line.
    private func choiceText(_ place: Int) -> String {
        let choice = question.choices[place]
        return "\(place + 1)) " + choice.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private func help(_ columns: Int) -> [Line] {
        var keys = question.choices.isEmpty ? [question.hint].compactMap(\.self) : []
        if !question.choices.isEmpty {
            keys.append("a number or arrow keys")
        } else if let given = question.defaultAnswer {
            keys.append("Enter alone: \(given.isEmpty ? "an empty text" : cut(given, to: 24))")
        }
        let text = (keys + ["Ctrl-D: answer later", "Ctrl-C: cancel the session"]).joined(separator: "; ")
        return wrapped("(\(text))", columns: columns - 2).map { Line("  " + $0, .dim) }
    }

    /// What stays on the screen of a question that was answered.
    package func record(of answer: String, columns: Int) -> [Line] {
        let shown =
            answer.isEmpty ? question.defaultAnswer ?? "" : question.choice(answer) ?? answer
        let heading = heading(columns: columns)
        return (isWrittenAbove ? Array(heading.prefix(1)) : heading)
            + wrapped(shown, columns: columns - 4).map { Line("  > " + $0) }
    }
}

import Diagnostics
import Values

/// What happens to the steps of a run, as far as a terminal shows it.
package enum StepNews: Sendable {
    /// - Parameter isQuestion: whether a person does the work.
    case began(ordinal: Int, label: String, isQuestion: Bool)
    /// A piece of the text that a model writes for the step.
    case text(ordinal: Int, String)
    /// - Parameters:
    ///   - error: why the step failed; nil when it finished.
    ///   - isCancelled: whether it was stopped, and so has not failed by itself.
    case ended(ordinal: Int, label: String, kind: String, error: String?, isCancelled: Bool = false)
    /// A sentence about the run.
    case note(String)
}

/// The steps that run now, and what models write for them.
///
/// The text of one step is shown at a time: what others write meanwhile follows when that step has ended.
package struct StepBoard: Sendable {
    private struct Running: Sendable {
        let label: String
        let isQuestion: Bool
        /// Seconds of any clock.
        let began: Double
    }

    /// The text of one step, and what is said of its end.
    private struct Text: Sendable {
        let ordinal: Int
        let label: String
        /// What is not on the screen yet.
        var rest = ""
        var isHeadShown = false
        /// The lines that say how the step ended, once it has.
        var ending: [Line]?
    }

    private var running: [Int: Running] = [:]
    /// The first is the one that is shown.
    private var texts: [Text] = []

    package init() {}

    /// - Parameter now: seconds of a clock that only goes on.
    /// - Returns: the lines that stay on the screen.
    package mutating func take(_ news: StepNews, now: Double, columns: Int) -> [Line] {
        switch news {
        case .began(let ordinal, let label, let isQuestion):
            running[ordinal] = Running(label: label, isQuestion: isQuestion, began: now)
            return []
        case .text(let ordinal, let piece):
            if let place = texts.firstIndex(where: { $0.ordinal == ordinal }) {
                texts[place].rest += piece
            } else {
                texts.append(Text(ordinal: ordinal, label: running[ordinal]?.label ?? "", rest: piece))
            }
            return texts[0].ordinal == ordinal ? shownText(columns) : []
        case .ended(let ordinal, let label, let kind, let error, let isCancelled):
            let began = running.removeValue(forKey: ordinal)?.began
            let mark =
                error == nil
                ? Line("ok   ", .good) : isCancelled ? Line("stop ", .dim) : Line("FAIL ", .bad)
            let ending = self.ending(mark, label, kind, error, seconds: began.map { now - $0 }, columns)
            guard let place = texts.firstIndex(where: { $0.ordinal == ordinal }) else { return ending }
            texts[place].ending = ending
            return place == 0 ? shownText(columns) : []
        case .note(let sentence):
            // What it says further stands below its beginning.
            let indent = String(sentence.prefix { $0 == " " }.prefix(columns / 2))
            let words = String(sentence.drop { $0 == " " })
            return wrapped(words, columns: columns - indent.count).map { Line(indent + $0) }
        }
    }

    /// The lines of the first text that are complete; after its end also those of the next one.
    private mutating func shownText(_ columns: Int) -> [Line] {
        var lines: [Line] = []
        while !texts.isEmpty {
            if !texts[0].isHeadShown {
                lines.append(Line("     \(texts[0].label):", .dim))
                texts[0].isHeadShown = true
            }
            var pieces = wrapped(texts[0].rest, columns: columns - 4)
            let ending = texts[0].ending
            if ending == nil {
                // The space at the end parts it from the word that comes next.
                let space = texts[0].rest.hasSuffix(" ") ? " " : ""
                var rest = pieces.removeLast()
                if !rest.hasSuffix(" ") { rest += space }
                texts[0].rest = rest
            }
            if pieces == [""] { pieces = [] }
            lines += pieces.map(textLine)
            guard let ending else { break }
            lines += ending
            texts.removeFirst()
        }
        return lines
    }

    private func textLine(_ text: String) -> Line { Line("  | ", .dim).adding(text) }

    private func ending(
        _ mark: Line, _ label: String, _ kind: String, _ error: String?, seconds: Double?, _ columns: Int
    ) -> [Line] {
        let time = seconds.map { " " + durationText(seconds: $0) } ?? ""
        let first = line(mark, label, " \(kind)\(time)", columns)
        let reasons = error.map { wrapped($0, columns: columns - 5).map { Line("     " + $0) } } ?? []
        return [first] + reasons
    }

    /// A line that keeps its end, whatever is cut from the label.
    private func line(_ mark: Line, _ label: String, _ end: String, _ columns: Int) -> Line {
        let room = max(8, columns - mark.width - Line(end).width)
        return mark.adding(cut(label, to: room)).adding(end, .dim)
    }

    /// The lines that change in place: the end of the text that is being written, and the steps that work.
    ///
    /// - Parameters:
    ///   - turn: which picture of the wheel is shown; any number.
    ///   - most: how many steps are shown.
    package func status(now: Double, columns: Int, turn: Int, most: Int) -> [Line] {
        var lines: [Line] = []
        if let text = texts.first, text.ending == nil, !text.rest.isEmpty {
            lines.append(textLine(text.rest))
        }
        let wheel = Array("|/-\\")
        let picture = String(wheel[turn % wheel.count])
        // A step that is done at once would only flicker.
        let working = running.filter { !$0.value.isQuestion && now - $0.value.began > 0.15 }
            .sorted { $0.key < $1.key }.map(\.value)
        for step in working.prefix(most) {
            let time = " " + durationText(seconds: now - step.began)
            lines.append(line(Line("\(picture)    ", .accent), step.label, time, columns))
        }
        if working.count > most { lines.append(Line("     and \(working.count - most) more", .dim)) }
        return lines
    }
}

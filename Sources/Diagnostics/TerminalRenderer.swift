/// Draws a finding with its source lines, carets by display width, and its help.
struct TerminalRenderer {
    let source: SourceText
    let colour: Bool
    /// What a line of the terminal holds; nil where nobody knows, so that lines stay as they are.
    let columns: Int?

    private struct Mark {
        let span: Span
        let label: String
        let sign: Character
    }

    func render(_ finding: Diagnostic) -> String {
        let place = source.position(at: finding.span.start)
        var marks = finding.notes.map { Mark(span: $0.span, label: $0.label, sign: "-") }
        marks.append(Mark(span: finding.span, label: finding.label, sign: "^"))
        marks.sort { $0.span.start < $1.span.start }

        let lines = marks.map { source.lineIndex(at: $0.span.start) }
        let gutter = String((lines.max() ?? 0) + 1).count
        var out = heading(finding)
        out += dim(String(repeating: " ", count: gutter) + "--> ")
        out += "\(printable(source.name)):\(place.line):\(place.column)\n"
        out += dim(String(repeating: " ", count: gutter + 1) + "|") + "\n"
        var lastLine = -1
        var window = 0..<0
        for (mark, line) in zip(marks, lines) {
            if line != lastLine || !(window.lowerBound...window.upperBound).contains(mark.span.start) {
                if lastLine >= 0, line > lastLine + 1 { out += dim("...") + "\n" }
                window = visibleWindow(of: line, around: mark.span, gutter)
                out += numbered(line, window, gutter)
            }
            out += carets(mark, line, window, gutter)
            lastLine = line
        }
        if let help = finding.help {
            out += dim(String(repeating: " ", count: gutter + 1) + "|") + "\n"
            out +=
                paint("help: ", "36")
                + help.split(separator: "\n", omittingEmptySubsequences: false)
                .flatMap { inLines(printable(String($0)), beside: 6) }.joined(separator: "\n      ") + "\n"
        }
        return out
    }

    private func heading(_ finding: Diagnostic) -> String {
        let tone = finding.severity == .error ? "1;31" : "1;33"
        let mark = "\(finding.severity.rawValue)[\(finding.code.rawValue)]"
        let lines = inLines("\(mark): \(printable(finding.message))", beside: 0)
        let first = paint(mark, tone) + ": " + paint(String(lines[0].dropFirst(mark.count + 2)), "1") + "\n"
        return first + lines.dropFirst().map { paint($0, "1") + "\n" }.joined()
    }

    /// A text in lines that the terminal holds beside so many other columns, broken between words.
    private func inLines(_ text: String, beside taken: Int) -> [String] {
        columns.map { wrapped(text, columns: $0 - taken, breaksWords: false) } ?? [text]
    }

    private func numbered(_ line: Int, _ window: Range<Int>, _ gutter: Int) -> String {
        let number = String(line + 1)
        let padded = String(repeating: " ", count: gutter - number.count) + number
        let whole = source.line(line)
        let tail = window.upperBound < whole.endIndex ? "…" : ""
        return dim(padded + " | ") + head(line, window) + shown(source.bytes[window]) + tail + "\n"
    }

    /// What stands for the beginning of a line that is cut off.
    private func head(_ line: Int, _ window: Range<Int>) -> String {
        window.lowerBound > source.line(line).startIndex ? "…" : ""
    }

    private func carets(_ mark: Mark, _ line: Int, _ window: Range<Int>, _ gutter: Int) -> String {
        let start = min(max(mark.span.start, window.lowerBound), window.upperBound)
        let end = min(max(mark.span.end, start), window.upperBound)
        let before =
            displayWidth(of: head(line, window))
            + displayWidth(of: shown(source.bytes[window.lowerBound..<start]))
        let width = max(1, displayWidth(of: shown(source.bytes[start..<end])))
        let signs = String(repeating: mark.sign, count: width)
        let label = mark.label.isEmpty ? "" : " " + printable(mark.label)
        let margin = dim(String(repeating: " ", count: gutter + 1) + "| ")
        let tone = mark.sign == "^" ? "31" : "34"
        let blanks = String(repeating: " ", count: before)
        guard let room = room(gutter), before + width + displayWidth(of: label) > room else {
            return margin + blanks + paint(signs + label, tone) + "\n"
        }
        // A label that does not fit beside its carets stands below them, moved to the left where it needs the room.
        let text = String(label.dropFirst())
        let indent = min(before, max(0, room - displayWidth(of: text)))
        let below = wrapped(text, columns: room - indent, breaksWords: false).map {
            margin + String(repeating: " ", count: indent) + paint($0, tone) + "\n"
        }
        return margin + blanks + paint(signs, tone) + "\n" + (text.isEmpty ? "" : below.joined())
    }

    /// The columns beside the numbers of the lines; nil where the terminal's width is not known. A narrower terminal than
    /// anybody has is written as if it were wider.
    private func room(_ gutter: Int) -> Int? { columns.map { max(20, $0 - gutter - 3) } }

    /// The bytes of a line that are shown: of a long one those around the mark, cut between characters.
    private func visibleWindow(of line: Int, around mark: Span, _ gutter: Int) -> Range<Int> {
        guard let room = room(gutter) else { return visibleWindow(of: line, around: mark.start) }
        let bytes = source.line(line)
        let place = min(max(mark.start, bytes.startIndex), bytes.endIndex)
        // Lines of a megabyte are no wider here than what a terminal shows on both sides of the mark.
        let reach = room * 4
        let from = boundary(near: max(bytes.startIndex, place - reach), in: bytes)
        let until = boundary(near: min(bytes.endIndex, place + reach), in: bytes)
        let before = displayWidth(of: shown(source.bytes[from..<place]))
        let behind = displayWidth(of: shown(source.bytes[place..<until]))
        if from == bytes.startIndex, until == bytes.endIndex, before + behind <= room { return from..<until }
        // A sign for what is cut off stands on both sides.
        let budget = room - 2
        let lead = min(before, max(budget / 3, budget - behind))
        var start = place
        var used = 0
        while start > from {
            let earlier = boundary(near: start - 1, in: bytes)
            let width = displayWidth(of: shown(source.bytes[earlier..<start]))
            if used + width > lead { break }
            (start, used) = (earlier, used + width)
        }
        var end = place
        while end < until {
            var next = end + 1
            while next < until, source.bytes[next] & 0xC0 == 0x80 { next += 1 }
            let width = displayWidth(of: shown(source.bytes[end..<next]))
            if used + width > budget { break }
            (end, used) = (next, used + width)
        }
        return start..<end
    }

    /// The beginning of the character that a byte belongs to.
    private func boundary(near place: Int, in bytes: ArraySlice<UInt8>) -> Int {
        var place = place
        while place > bytes.startIndex, place < bytes.endIndex, bytes[place] & 0xC0 == 0x80 { place -= 1 }
        return place
    }

    /// The same where nobody knows how much room there is: only a very long line is cut.
    private func visibleWindow(of line: Int, around place: Int) -> Range<Int> {
        let bytes = source.line(line)
        guard bytes.count > 240 else { return bytes.startIndex..<bytes.endIndex }
        var start = max(bytes.startIndex, min(place, bytes.endIndex) - 60)
        if start < bytes.startIndex + 10 { start = bytes.startIndex }
        var end = min(bytes.endIndex, start + 160)
        while start > bytes.startIndex, start < bytes.endIndex, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        while end < bytes.endIndex, bytes[end] & 0xC0 == 0x80 { end += 1 }
        return start..<end
    }

    /// Tabs as four spaces and control characters as `?`, so that carets stand where the eye expects them.
    private func shown(_ bytes: ArraySlice<UInt8>) -> String {
        var text = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            if scalar == "\t" {
                text += "    "
            } else if isControl(scalar) {
                text += "?"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private func dim(_ text: String) -> String { paint(text, "34") }

    private func paint(_ text: String, _ code: String) -> String {
        colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

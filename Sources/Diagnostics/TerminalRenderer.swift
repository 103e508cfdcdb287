/// Draws a finding with its source lines, carets by display width, and its help.
struct TerminalRenderer {
    let source: SourceText
    let colour: Bool

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
                window = visibleWindow(of: line, around: mark.span.start)
                out += numbered(line, window, gutter)
            }
            out += carets(mark, line, window, gutter)
            lastLine = line
        }
        if let help = finding.help {
            out += dim(String(repeating: " ", count: gutter + 1) + "|") + "\n"
            out +=
                paint("help: ", "36")
                + help.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }
                .joined(separator: "\n      ") + "\n"
        }
        return out
    }

    private func heading(_ finding: Diagnostic) -> String {
        let tone = finding.severity == .error ? "1;31" : "1;33"
        return paint("\(finding.severity.rawValue)[\(finding.code.rawValue)]", tone) + ": "
            + paint(printable(finding.message), "1") + "\n"
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
        return dim(String(repeating: " ", count: gutter + 1) + "| ") + String(repeating: " ", count: before)
            + paint(signs + label, mark.sign == "^" ? "31" : "34") + "\n"
    }

    /// The bytes of a line that are shown: of a very long one those around the mark, cut between characters.
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

import Diagnostics

/// How a part of a line looks.
package enum Style: Sendable, Hashable {
    case plain
    case dim
    case good
    case bad
    case accent
    case bold

    /// The parameter of the terminal's sequence that sets the style; nil for text as it is.
    private var code: String? {
        switch self {
        case .plain: nil
        case .dim: "90"
        case .good: "32"
        case .bad: "31"
        case .accent: "36"
        case .bold: "1"
        }
    }

    fileprivate func painted(_ text: String) -> String {
        code.map { "\u{1B}[\($0)m\(text)\u{1B}[0m" } ?? text
    }
}

/// One line of a terminal, without its end.
package struct Line: Sendable, Hashable {
    private struct Part: Sendable, Hashable {
        let text: String
        let style: Style
    }

    private var parts: [Part] = []

    package init(_ text: String = "", _ style: Style = .plain) { add(text, style) }

    /// Adds a text to the end, without what could steer the terminal.
    package mutating func add(_ text: String, _ style: Style = .plain) {
        if !text.isEmpty { parts.append(Part(text: printable(text), style: style)) }
    }

    /// The line with a text added to its end.
    package func adding(_ text: String, _ style: Style = .plain) -> Line {
        var line = self
        line.add(text, style)
        return line
    }

    /// How many columns it takes.
    package var width: Int { parts.reduce(0) { $0 + displayWidth(of: $1.text) } }

    /// The words of the line, without their styles.
    package var text: String { parts.map(\.text).joined() }

    /// The line as it is sent to the terminal, cut to so many columns.
    package func shown(columns: Int, colour: Bool) -> String {
        var left = columns
        var shown = ""
        for part in parts where left > 0 {
            let text = cut(part.text, to: left)
            left -= displayWidth(of: text)
            shown += colour ? part.style.painted(text) : text
        }
        return shown
    }
}

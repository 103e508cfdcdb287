/// The last lines of the screen, which change in place.
package struct Bottom: Sendable, Hashable {
    /// Where the cursor stands, from 0: the line of the bottom, and the column.
    package struct Cursor: Sendable, Hashable {
        /// The line of the bottom, from 0.
        package let row: Int
        /// The column, from 0.
        package let column: Int
    }

    /// The lines from the top to the bottom, none wider than the screen.
    package var lines: [Line] = []
    /// Nil where nothing is typed: then the cursor stands behind the last line.
    package var cursor: Cursor?

    package init(lines: [Line] = [], cursor: Cursor? = nil) {
        self.lines = lines
        self.cursor = cursor
    }
}

/// What a terminal shows: lines that stay, and below them some that change in place.
///
/// It knows what it has drawn, so that the lines that stay are written above the others, whatever those are.
package struct Screen: Sendable {
    private var drawn = Bottom()
    private var marksPastes = false
    private let colour: Bool

    package init(colour: Bool) { self.colour = colour }

    /// - Parameters:
    ///   - above: lines that stay, in front of those that change.
    ///   - bottom: what the changing lines are from now on.
    ///   - marksPastes: whether the terminal is to say where a pasted text begins and ends.
    /// - Returns: what is to be sent to the terminal; empty when nothing changes.
    package mutating func update(above: [Line], bottom: Bottom, columns: Int, marksPastes: Bool = false)
        -> String
    {
        var output = ""
        if marksPastes != self.marksPastes { output = "\u{1B}[?2004" + (marksPastes ? "h" : "l") }
        self.marksPastes = marksPastes
        guard !above.isEmpty || bottom != drawn else { return output }
        output += erasing()
        for line in above { output += line.shown(columns: columns, colour: colour) + "\n" }
        output += bottom.lines.map { $0.shown(columns: columns, colour: colour) }.joined(separator: "\n")
        if let cursor = bottom.cursor {
            let rows = bottom.lines.count - 1 - cursor.row
            output += "\r" + moved(rows, "A") + moved(cursor.column, "C")
        }
        drawn = bottom
        return output
    }

    /// What stands at the bottom belongs to somebody else from now on, such as a shell that has written below it: nothing of it
    /// is drawn over again.
    package mutating func leaveBottom() { drawn = Bottom() }

    /// Goes to where the bottom begins, and clears from there.
    private func erasing() -> String {
        guard !drawn.lines.isEmpty else { return "" }
        return "\r" + moved(drawn.cursor?.row ?? drawn.lines.count - 1, "A") + "\u{1B}[J"
    }

    private func moved(_ count: Int, _ direction: String) -> String {
        count > 0 ? "\u{1B}[\(count)\(direction)" : ""
    }
}

import Testing

@testable import TerminalUI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A pipe in the place of a terminal; as long as nobody reads, it takes no more than fits into it.
private struct HeldTerminal {
    let reader: Int32
    let writer: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        (reader, writer) = (ends[0], ends[1])
        for end in ends { try #require(fcntl(end, F_SETFL, O_NONBLOCK) == 0) }
        let bytes = [UInt8](repeating: UInt8(ascii: "-"), count: 4096)
        while write(writer, bytes, bytes.count) > 0 {}
        while write(writer, bytes, 1) > 0 {}
    }

    /// All that has been written until now.
    func take() -> String {
        var text: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(reader, &bytes, bytes.count)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += bytes[..<count]
        }
    }

    func hangUp() {
        for end in [reader, writer] { close(end) }
    }
}

@Suite(.timeLimit(.minutes(1))) struct DisplayTests {
    /// Ctrl-S on the terminal holds the picture up, and not the run.
    @Test func aTerminalThatTakesNothingHoldsNobodyUp() throws {
        let terminal = try HeldTerminal()
        defer { terminal.hangUp() }
        let display = LiveDisplay(output: terminal.writer, showsSteps: true, colour: false)
        for number in 1...200 {
            display.show(.note("line \(number)"))
            display.tick()
        }
        var shown = terminal.take()
        display.finish()
        shown += terminal.take()
        #expect(shown.contains("line 2\nline 3\n") && shown.hasSuffix("line 199\nline 200\n"))
        // What is said later is not lost.
        display.show(.note("late"))
        display.finish()
        #expect(terminal.take() == "late\n")
    }

    /// A shell writes below what was drawn before the process was put into the background.
    @Test func whatIsLeftIsNotDrawnOver() {
        var screen = Screen(colour: false)
        _ = screen.update(above: [], bottom: Bottom(lines: [Line("a"), Line("b")]), columns: 20)
        screen.leaveBottom()
        #expect(screen.update(above: [], bottom: Bottom(), columns: 20).isEmpty)
        #expect(screen.update(above: [Line("c")], bottom: Bottom(), columns: 20) == "c\n")
        #expect(screen.update(above: [], bottom: Bottom(lines: [Line("d")]), columns: 20) == "d")
    }

    @Test func whatIsPastedIsMarkedOnlyWhileSomethingIsAsked() {
        var screen = Screen(colour: false)
        let asked = Bottom(lines: [Line("> ")])
        #expect(
            screen.update(above: [], bottom: asked, columns: 20, marksPastes: true) == "\u{1B}[?2004h> ")
        #expect(screen.update(above: [], bottom: asked, columns: 20, marksPastes: true).isEmpty)
        #expect(
            screen.update(above: [], bottom: asked, columns: 20, marksPastes: false) == "\u{1B}[?2004l")
    }
}

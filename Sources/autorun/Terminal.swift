import CommandEnd
import Diagnostics
import Foundation
import Synchronization
import TerminalUI

enum Terminal {
    static func isTerminal(_ handle: FileHandle) -> Bool { isatty(handle.fileDescriptor) == 1 }

    static func usesColour(_ handle: FileHandle) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        return isTerminal(handle) && (environment["NO_COLOR"] ?? "").isEmpty && canDraw
    }

    /// Whether lines can change in place on it.
    static func isLive(_ handle: FileHandle) -> Bool { isTerminal(handle) && canDraw }

    private static var canDraw: Bool { ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    /// How many columns there are for text that is written to it; nil where it is no terminal.
    static func columns(_ handle: FileHandle) -> Int? {
        isTerminal(handle) ? TerminalSize.of(handle.fileDescriptor).columns : nil
    }
}

/// Lines for standard error: on a terminal words stay whole.
func fitting(_ text: String) -> [String] {
    wrapped(text, columns: Terminal.columns(.standardError) ?? .max, breaksWords: false)
}

/// A line as a terminal shows it: what does not fit goes on below, and words stay whole. Where there is no terminal, the line
/// is as it is.
///
/// - Parameters:
///   - columns: how wide the terminal is; nil where there is none.
///   - first: what stands in front of the line.
///   - further: what stands in front of the lines below it.
func fitting(_ text: String, columns: Int?, first: String = "", further: String) -> [String] {
    guard let columns else { return [first + text] }
    let room = columns - max(first.count, further.count)
    let lines = wrapped(text, columns: room, breaksWords: false)
    return lines.enumerated().map { ($0.offset == 0 ? first : further) + $0.element }
}

/// Lines as a terminal shows them: what does not fit goes on below, two columns further in than its line.
func fittingLines(_ text: String, columns: Int?) -> String {
    guard let columns else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
        let blanks = String(line.prefix { $0 == " " })
        return fitting(
            String(line.dropFirst(blanks.count)), columns: columns, first: blanks, further: blanks + "  ")
    }.joined(separator: "\n")
}

/// Writes sentences to standard error. What is to be copied whole, such as a command on a line of its own, is written by
/// `printError`.
func say(_ text: String) { printError(fitting(text).joined(separator: "\n")) }

/// Text from outside, in its lines, without what would steer the terminal or turn the direction of writing.
func safe(_ text: String) -> String {
    String(
        String.UnicodeScalarView(
            text.unicodeScalars.filter { $0 == "\n" || $0 == "\t" || !isControl($0) }))
}

/// Where remarks about a run go: to standard error, or to who has the screen just now.
final class Notes: Sendable {
    private let display = Mutex<LiveDisplay?>(nil)
    private let told = Mutex<Set<String>>([])

    /// Tells a sentence that need not be heard again.
    func tellOnce(_ sentence: String) {
        if told.withLock({ $0.insert(sentence).inserted }) { tell(sentence) }
    }

    func tell(_ sentence: String) {
        if let display = display.withLock({ $0 }) {
            display.show(.note(safe(sentence)))
        } else {
            say(sentence)
        }
    }

    /// From now on the display writes the remarks; with nil, standard error has them.
    func go(to display: LiveDisplay?) { self.display.withLock { $0 = display } }
}

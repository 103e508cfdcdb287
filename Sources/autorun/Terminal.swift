import AutoRuntime
import AutoSteps
import AutoSyntax
import Computing
import Diagnostics
import Foundation
import Synchronization
import Values

enum Terminal {
    static func isTerminal(_ handle: FileHandle) -> Bool { isatty(handle.fileDescriptor) == 1 }

    static func usesColour(_ handle: FileHandle) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        return isTerminal(handle) && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }
}

/// Shows a run on a terminal: each step as it begins and ends, a spinner while one works, a model's text as it streams.
final class ProgressDisplay: Sendable {
    private struct State {
        var began: [Int: ContinuousClock.Instant] = [:]
        var running: [(ordinal: Int, name: String)] = []
        var isInText = false
        var frame = 0
        var hasSpinner = false
    }

    private let state = Mutex(State())
    private let infos: [StepInfo]
    private let colour: Bool

    init(infos: [StepInfo], colour: Bool) {
        self.infos = infos
        self.colour = colour
    }

    func show(_ event: RunEvent) {
        state.withLock { state in
            switch event {
            case .session: break
            case .step(let ordinal, let record): step(ordinal, record, &state)
            case .text(_, let text):
                clearSpinner(&state)
                if !state.isInText { write(paint("  | ", "90")) }
                state.isInText = true
                write(safe(text).replacingOccurrences(of: "\n", with: "\n" + paint("  | ", "90")))
            case .retry(let step, let attempt, let delay, let failure):
                clear(&state)
                write(
                    "  \(infos[step].name): \(safe(failure.message)); try \(attempt + 1) in \(duration(Double(delay) / 1e9))\n"
                )
            }
        }
    }

    private func step(_ ordinal: Int, _ record: StepRecord, _ state: inout State) {
        let info = infos[record.stepIndex]
        switch record.status {
        case .new: break
        case .running:
            state.began[ordinal] = .now
            state.running.append((ordinal, info.name))
        case .finished, .failed:
            clear(&state)
            state.running.removeAll { $0.ordinal == ordinal }
            let time = state.began.removeValue(forKey: ordinal).map { duration(seconds(since: $0)) } ?? ""
            let isFine = record.status == .finished
            let mark = isFine ? paint("ok  ", "32") : paint("FAIL", "31")
            var line = "\(mark) \(info.name) " + paint("\(info.type.rawValue) \(time)", "90")
            if let error = record.error { line += "\n     " + safe(error) }
            write(line + "\n")
        }
    }

    /// Turns the spinner; called some ten times a second.
    func tick() {
        state.withLock { state in
            guard !state.isInText, let last = state.running.last, let began = state.began[last.ordinal],
                seconds(since: began) > 0.15
            else { return }
            let frames = Array("|/-\\")
            state.frame = (state.frame + 1) % frames.count
            state.hasSpinner = true
            write(
                "\r\u{1B}[K" + paint(String(frames[state.frame]), "36") + "    \(last.name) "
                    + paint(duration(seconds(since: began)), "90"))
        }
    }

    func finish() { state.withLock { clear(&$0) } }

    private func clear(_ state: inout State) {
        clearSpinner(&state)
        if state.isInText { write("\n") }
        state.isInText = false
    }

    private func clearSpinner(_ state: inout State) {
        if state.hasSpinner { write("\r\u{1B}[K") }
        state.hasSpinner = false
    }

    private func seconds(since instant: ContinuousClock.Instant) -> Double {
        let elapsed = instant.duration(to: .now).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
    }

    private func duration(_ seconds: Double) -> String {
        seconds < 1 ? "\(Int((seconds * 1_000).rounded())) ms" : String(format: "%.1f s", seconds)
    }

    private func paint(_ text: String, _ code: String) -> String {
        colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// Text from outside without the control characters by which it could write over the screen.
func safe(_ text: String) -> String {
    String(
        String.UnicodeScalarView(
            text.unicodeScalars.filter {
                $0 == "\n" || $0 == "\t" || ($0.value >= 0x20 && !(0x7F...0x9F).contains($0.value))
            }))
}

/// Answers given on the command line, else asked for on the terminal, else none.
final class TerminalAnswers: AnswerSource {
    private let given: Mutex<[String: String]>
    private let asksTerminal: Bool
    private let pause: @Sendable () -> Void

    init(given: [String: String], asksTerminal: Bool, pause: @escaping @Sendable () -> Void) {
        self.given = Mutex(given)
        self.asksTerminal = asksTerminal
        self.pause = pause
    }

    func answer(_ question: Question, problem: String?) async -> String? {
        if let problem, !asksTerminal {
            printError("autorun: the answer to `\(question.step)` does not fit: \(problem)")
            return nil
        }
        if problem == nil, let answer = given.withLock({ $0[question.step] }) { return answer }
        guard asksTerminal else { return nil }
        pause()
        if let problem { printError("  that does not fit: \(problem)") }
        var text = "? " + safe(question.message)
        for (number, choice) in question.choices.enumerated() { text += "\n  \(number + 1)) \(safe(choice))" }
        if let value = question.defaultAnswer { text += "\n  [Enter for \(safe(resultText(value)))]" }
        FileHandle.standardError.write(Data((text + "\n> ").utf8))
        return await onOwnThread { limit in typedLine(limit) }
    }
}

/// A line from standard input; nil at its end, or when nobody wants it any more.
private func typedLine(_ limit: TimeLimit) -> String? {
    var line: [UInt8] = []
    while !limit.isOver {
        var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        guard poll(&input, 1, limit.millisecondsLeft(atMost: 50)) > 0 else { continue }
        var byte: UInt8 = 0
        // Byte by byte, so that what was typed ahead stays for the next question.
        guard read(0, &byte, 1) == 1 else {
            return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
        }
        if byte == 0x0A { return String(decoding: line, as: UTF8.self) }
        line.append(byte)
    }
    return nil
}

import Computing
import Dispatch
import Synchronization

/// A run on a terminal: the only one that writes there while it goes on.
///
/// Lines that stay are written above; at the bottom stand the steps that work, or one question to a person,
/// over which nothing is drawn.
///
/// A terminal may take nothing for as long as somebody likes (Ctrl-S), which must not hold the run up: a thread
/// of the display's own writes, and what changes in place is drawn as it is when the terminal takes it.
package final class LiveDisplay: Sendable {
    private struct State {
        var screen: Screen
        var board = StepBoard()
        var panel: QuestionPanel?
        var turn = 0
        /// Somebody has left a question for later: no other is asked.
        var leavesQuestions = false
        /// The process is about to be stopped: nothing stands at the bottom.
        var isSuspended = false
        /// Told when a picture without a bottom has been written.
        var cleared: DispatchSemaphore?
        /// Whether a shell has the terminal: the run goes on in the background, and nothing of it changes in place.
        var isInBackground = false
        /// Nothing changes in place any more, whoever is late to say so.
        var isFinished = false
        /// Lines that stay and have not been handed to the terminal yet.
        var above: [Line] = []
        /// Whether something has changed since the writer looked.
        var hasChanged = false
        /// Whether the terminal is to mark what is pasted.
        var marksPastes = false
        var writer: RunningThread?
    }

    private let state: Mutex<State>
    /// Wakes the writer.
    private let wake = DispatchSemaphore(value: 0)
    /// Only one question stands at a time; the others wait in the order in which they came.
    private let turns = Gate(1)
    private let input: Int32
    private let output: Int32
    private let showsSteps: Bool

    /// - Parameters:
    ///   - input: the file descriptor of the terminal on which answers are typed.
    ///   - output: that of the terminal which is written to.
    ///   - showsSteps: whether steps are shown, too, or questions alone.
    package init(input: Int32 = 0, output: Int32 = 2, showsSteps: Bool, colour: Bool) {
        state = Mutex(State(screen: Screen(colour: colour)))
        self.input = input
        self.output = output
        self.showsSteps = showsSteps
    }

    /// Shows what happens to a step.
    package func show(_ news: StepNews) {
        state.withLock { state in
            if !showsSteps {
                guard case .note = news else { return }
            }
            let lines = state.board.take(news, now: now, columns: columns)
            draw(&state, above: lines)
        }
    }

    /// Turns the wheel; called some ten times a second.
    package func tick() {
        state.withLock { state in
            state.turn += 1
            draw(&state)
        }
    }

    /// Clears the lines that change in place, for good, and waits until all has been written.
    package func finish() {
        let writer = state.withLock { state in
            state.isFinished = true
            draw(&state)
            defer { state.writer = nil }
            return state.writer
        }
        writer?.join()
    }

    /// Asks a person, when the questions before have been answered.
    package func ask(_ question: AskedQuestion) async -> Reply {
        guard await turns.enter() else { return .gone }
        defer { turns.leave() }
        guard !state.withLock({ $0.leavesQuestions }) else { return .later }
        let reply = await onOwnThread { [self] limit in
            // Before the question is seen: a key that answers it at once must not be taken for anything else.
            withKeys(of: input) { keys in
                state.withLock { state in
                    state.marksPastes = true
                    state.panel = QuestionPanel(question)
                    draw(&state)
                }
                return typedReply(limit, keys)
            }
        }
        state.withLock { state in
            let columns = columns
            var kept: [Line] = []
            if case .answer(let text) = reply {
                kept = state.panel?.record(of: text, columns: columns) ?? []
            }
            state.panel = nil
            state.marksPastes = false
            if reply == .later || reply == .cancel { state.leavesQuestions = true }
            draw(&state, above: kept)
        }
        return reply
    }

    private func typedReply(_ limit: TimeLimit, _ keys: KeyMode?) -> Reply {
        var decoder = KeyDecoder()
        while !limit.isOver {
            let key: Key?
            switch byte(from: input, milliseconds: limit.millisecondsLeft(atMost: 50)) {
            case .byte(let byte): key = decoder.take(byte)
            case .nothing: key = decoder.pause()
            case .end: return .later
            }
            guard let key else { continue }
            if key == .suspend {
                suspend(keys, limit)
                continue
            }
            let reply = state.withLock { state in
                let reply = state.panel?.take(key)
                draw(&state)
                return reply
            }
            if let reply { return reply }
        }
        return .gone
    }

    /// Stops the process as Ctrl-Z does anywhere else, and draws the question again when it goes on.
    private func suspend(_ keys: KeyMode?, _ limit: TimeLimit) {
        let cleared = DispatchSemaphore(value: 0)
        state.withLock { state in
            state.isSuspended = true
            state.cleared = cleared
            draw(&state)
        }
        // A terminal that takes nothing for now (Ctrl-S) does not keep the process from being stopped.
        _ = cleared.wait(timeout: .now() + .milliseconds(500))
        keys?.off()
        stopUntilContinued(on: input) { limit.isOver }
        keys?.on()
        state.withLock { state in
            state.isSuspended = false
            state.cleared = nil
            draw(&state)
        }
    }

    /// Lets the writer draw what has changed.
    private func draw(_ state: inout State, above: [Line] = []) {
        state.above += above
        state.hasChanged = true
        if state.writer == nil, !state.isFinished {
            state.writer = startThread(isJoined: true) { [self] in write() }
        }
        // Before the first word and behind the last one there is no writer, nor where the system gives no thread.
        if state.writer == nil { writeAll(picture(&state), to: output) }
        wake.signal()
    }

    /// Writes what has changed, until the display is finished.
    private func write() {
        while true {
            wake.wait()
            let (text, cleared, isLast) = state.withLock { state in
                (state.hasChanged ? picture(&state) : "", state.cleared, state.isFinished)
            }
            writeAll(text, to: output)
            cleared?.signal()
            if isLast { return }
        }
    }

    /// What is to be sent, so that the terminal shows all that has been said until now.
    private func picture(_ state: inout State) -> String {
        let size = TerminalSize.of(output)
        let columns = width(size)
        let isInBackground = !isInForeground(of: output)
        // What stood at the bottom is above what the shell has written since.
        if isInBackground, !state.isInBackground { state.screen.leaveBottom() }
        state.isInBackground = isInBackground
        let bottom: Bottom
        if state.isFinished {
            state.marksPastes = false
            bottom = Bottom()
        } else if state.isSuspended || isInBackground {
            bottom = Bottom()
        } else if var panel = state.panel {
            state.above += panel.linesAbove(columns: columns, rows: size.rows)
            state.panel = panel
            bottom = panel.bottom(columns: columns, rows: size.rows)
        } else {
            let most = max(1, min(6, size.rows / 3))
            bottom = Bottom(
                lines: state.board.status(now: now, columns: columns, turn: state.turn, most: most))
        }
        defer {
            state.above = []
            state.hasChanged = false
        }
        return state.screen.update(
            above: state.above, bottom: bottom, columns: columns,
            marksPastes: state.marksPastes && !state.isSuspended && !isInBackground)
    }

    private var columns: Int { width(TerminalSize.of(output)) }

    /// One less than there are: in the last column some terminals begin a new line, others do not.
    private func width(_ size: TerminalSize) -> Int { max(20, size.columns - 1) }

    private var now: Double { Double(monotonicNow()) / 1e9 }
}

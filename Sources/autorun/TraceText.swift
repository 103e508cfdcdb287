import AutoRuntime
import CEL
import Diagnostics
import StepKinds
import TerminalUI
import Values

/// A session's trace as `autorun show --trace` prints it: an event a line, and what belongs to it below.
struct TraceText {
    let record: SessionRecord
    let trace: [TraceEvent]
    /// What stands for each step record, in the order of `record.steps`.
    let labels: [String]
    /// How wide the terminal is; nil where there is none.
    let columns: Int?

    var lines: [String] {
        let names = Dictionary(
            zip(record.steps.map(\.id), labels), uniquingKeysWith: { first, _ in first })
        let open = trace.openPlaces
        return trace.enumerated().flatMap { place, event -> [String] in
            // Of a question that was answered the answer tells all.
            let isOpen = event.record.flatMap { open[$0] }?.contains(place) ?? false
            if event.happening.word == .asking, !isOpen { return [] }
            // Only the time of the day: a run rarely outlasts one.
            let time = preciseTimeText(event.at).dropFirst(11).dropLast()
            let name = event.record.map { names[$0] ?? "?" } ?? "session"
            let lines = words(event).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            let first = fitting(
                "\(time)  \(name)  \(safe(lines.first ?? ""))", columns: columns, further: "    ")
            let indent = String(repeating: " ", count: 14)
            return first
                + lines.dropFirst().flatMap {
                    fitting(safe($0), columns: columns, first: indent, further: indent)
                }
        }
    }

    private func words(_ event: TraceEvent) -> String {
        switch event.happening {
        case .attempt(let end): words(end, event.attempt ?? 1)
        case .model(let call): words(call)
        case .asking(let question): words(question)
        case .http(let exchange): words(exchange)
        case .process(let end): words(end)
        case .session(let turn): words(turn)
        case .tools(let round): words(round)
        case .tool(let end): words(end)
        case .origins(let provenance): words(provenance)
        }
    }

    private func words(_ provenance: Provenance) -> String {
        let fields = provenance.fields.map { field in
            let origins = field.origins.map { "\($0.words) (\($0.source))" }
            return "\(field.path) from \(inWords(origins, quoted: "", joiner: "and"))"
        }
        return "text from outside: " + fields.joined(separator: "; ")
    }

    private func words(_ end: AttemptEnd, _ attempt: Int) -> String {
        guard let kind = end.kind else { return "try \(attempt): ok after \(shortTime(end.time))" }
        // A try that somebody stopped has not failed.
        guard kind != .cancelled else { return "try \(attempt): cancelled after \(shortTime(end.time))" }
        let next = end.delay.map { "; the next try in \(shortTime($0))" } ?? ""
        return "try \(attempt): failed after \(shortTime(end.time)) (\(kind.word)): \(end.message)\(next)"
    }

    private func words(_ call: ModelCall) -> String {
        guard !call.isCached else { return "model \(call.model): the reply was remembered, nobody was asked" }
        let tokens = call.tokens
        let about = tokens.areEstimated ? "about " : ""
        var parts = [
            "\(about)\(tokens.input) tokens in" + (tokens.cached.map { " (\($0) cached)" } ?? ""),
            "\(about)\(tokens.output) out" + (tokens.reasoning.map { " (\($0) reasoning)" } ?? ""),
            call.dollars.map(dollarsText) ?? "price unknown",
        ]
        if call.isBrokenOff { parts.append("broken off" + atMost(call)) }
        if let finish = call.finish { parts.append("ended by \(finish)") }
        if let time = call.firstToken { parts.append("first token after \(shortTime(time))") }
        if let answered = call.answered, answered != call.model { parts.append("\(answered) answered") }
        var text = "model \(call.model) (\(call.provider)): " + parts.joined(separator: ", ")
        if let note = call.note { text += "\n" + note }
        if let raw = call.raw { text += "\nthe reply as it came: " + raw }
        return text
    }

    private func words(_ question: ModelQuestion) -> String {
        let most =
            question.mostDollars.map { ", which max_cost counts as \(dollarsText($0)) until it is" } ?? ""
        let asked =
            "model \(question.model) (\(question.provider)): asked with about \(question.inputTokens) tokens, price unknown"
        return record.header.status.isEnd
            ? "\(asked)\nthis question was lost with the process that ran the session: what came of it is not known"
            : "\(asked)\nwhat came of it is not known yet\(most): it is under way, or was lost with the process that ran the session"
    }

    /// What a bound in dollars counts for a call of which nobody says what it cost.
    private func atMost(_ call: ModelCall) -> String {
        call.mostDollars.map { ", which max_cost counts as \(dollarsText($0))" } ?? ""
    }

    private func words(_ exchange: HTTPExchange) -> String {
        let answer = exchange.status.map { "\($0), \(sizeText(exchange.bytes))" } ?? "no answer"
        let redirects =
            switch exchange.redirects {
            case 0: ""
            case 1: ", 1 redirect"
            default: ", \(exchange.redirects) redirects"
            }
        let source = exchange.isRecorded ? ", from a recording" : exchange.isCached ? ", from the cache" : ""
        return "\(exchange.method) \(exchange.url): \(answer)\(redirects)\(source)"
    }

    private func words(_ end: ProcessEnd) -> String {
        var parts = [end.exitCode.map { "exit code \($0)" } ?? "stopped"]
        if let time = end.processorTime { parts.append("\(shortTime(time)) of processor time") }
        if let memory = end.peakMemory { parts.append("\(sizeText(memory)) of memory at the most") }
        let said = [end.standardOutput, end.standardError].filter { !$0.isEmpty }.map { text in
            text.hasSuffix("\n") ? String(text.dropLast()) : text
        }
        return (["process: " + parts.joined(separator: ", ")] + said).joined(separator: "\n")
    }

    private func words(_ round: ToolRound) -> String {
        let calls = zip(round.reply.calls, round.places).map { call, place in
            let session = place.session.map { ", as session \($0.text)" } ?? ""
            let retried = place.retried.map { ", which goes on from session \($0.text)" } ?? ""
            let asked = place.approval.map { ", if a person allows it in session \($0.text)" } ?? ""
            return "\(call.name) \(JSON.text(call.value))\(session)\(retried)\(asked)"
        }
        let said = round.reply.text.isEmpty ? [] : [round.reply.text]
        return (["round \(round.number): the model asks for"] + calls + said).joined(separator: "\n")
    }

    private func words(_ end: ToolEnd) -> String {
        let origins =
            end.origins.isEmpty
            ? [] : ["text from \(inWords(end.origins.map(\.words), quoted: "", joiner: "and")) went into it"]
        let how = end.isError ? "failed" : "gave"
        return
            (["tool \(end.name): \(how) after \(shortTime(end.time))", JSON.text(end.arguments)] + origins
            + [end.result]).joined(separator: "\n")
    }

    private func words(_ turn: SessionTurn) -> String {
        switch turn {
        case .takenOver: "taken over from a process that is gone"
        case .cancelled(let by): "cancelled" + (by.isEmpty ? "" : " by \(by)")
        case .resumed: "resumed"
        case .upgraded: "moved over to the file's version of then"
        }
    }
}

/// A time in nanoseconds; in milliseconds below a second.
func shortTime(_ nanoseconds: Int64) -> String {
    nanoseconds < 1_000_000_000
        ? "\(nanoseconds / 1_000_000) ms" : durationText(seconds: Double(nanoseconds) / 1e9)
}

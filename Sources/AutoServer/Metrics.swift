import AutoRuntime
import AutoSyntax
import StepKinds
import Synchronization
import Values

/// What the server has counted since it started, and Prometheus' text of it.
final class Metrics: Sendable {
    private struct Histogram {
        var counts = [Int](repeating: 0, count: Metrics.bounds.count)
        var total = 0
        var sum = 0.0
    }

    private struct ModelUse {
        var input = 0
        var output = 0
        var cost = 0.0
        /// Questions whose price is not known.
        var unpriced = 0
    }

    /// Tries of steps, questions to persons left out.
    private struct Tries {
        var succeeded = 0
        /// How many failed, by the word of the kind of failure.
        var failed: [String: Int] = [:]
        /// Those after which another one came.
        var again = 0

        mutating func count(_ end: AttemptEnd) {
            if let kind = end.kind { failed[kind.metricWord, default: 0] += 1 } else { succeeded += 1 }
            if end.delay != nil { again += 1 }
        }
    }

    private struct State {
        var tries = Tries()
        var begun: [ID: Int64] = [:]
        var steps: [StepType: Histogram] = [:]
        var failedSteps: [StepType: Int] = [:]
        var ended: [Status: Int] = [:]
        var models: [String: ModelUse] = [:]
        var requests: [Int: Int] = [:]
        var scheduled: [Scheduler.Outcome: Int] = [:]
        /// Automations that a clock starts.
        var automationsOfClock = 0
        var webhooks: [WebhookOutcome: Int] = [:]
    }

    /// Upper bounds in seconds.
    private static let bounds = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300]

    private let state = Mutex(State())
    private let clock: any AutoRuntime.Clock

    init(_ clock: any AutoRuntime.Clock) { self.clock = clock }

    func count(_ event: RunEvent, _ infos: [StepInfo]) {
        switch event {
        case .element, .text, .retry: break
        case .trace(let event):
            if case .attempt(let end) = event.happening { state.withLock { $0.tries.count(end) } }
        case .session(let header):
            if header.status == .finished || header.status == .failed {
                state.withLock { $0.ended[header.status, default: 0] += 1 }
            }
        case .step(_, let record):
            let type = infos[record.stepIndex].type
            // How long a person takes says nothing about the machine.
            if type != .getUserInput { count(record, type) }
        }
    }

    private func count(_ record: StepRecord, _ type: StepType) {
        let now = clock.now()
        state.withLock { state in
            switch record.status {
            case .new: break
            case .running: state.begun[record.id] = now
            case .finished, .failed:
                if record.status == .failed { state.failedSteps[type, default: 0] += 1 }
                let begun = state.begun.removeValue(forKey: record.id) ?? now
                let seconds = Double(max(0, now - begun)) / 1e9
                var histogram = state.steps[type] ?? Histogram()
                for (index, bound) in Metrics.bounds.enumerated() where seconds <= bound {
                    histogram.counts[index] += 1
                }
                histogram.total += 1
                histogram.sum += seconds
                state.steps[type] = histogram
            }
        }
    }

    func count(_ call: ModelCall) {
        state.withLock { state in
            var use = state.models[call.model] ?? ModelUse()
            use.input += call.tokens.input
            use.output += call.tokens.output
            if let dollars = call.dollars { use.cost += dollars } else { use.unpriced += 1 }
            state.models[call.model] = use
        }
    }

    func count(answer status: Int) { state.withLock { $0.requests[status, default: 0] += 1 } }

    func count(_ outcome: Scheduler.Outcome) { state.withLock { $0.scheduled[outcome, default: 0] += 1 } }

    /// So many automations have a schedule.
    func note(scheduled count: Int) { state.withLock { $0.automationsOfClock = count } }

    func count(_ outcome: WebhookOutcome) { state.withLock { $0.webhooks[outcome, default: 0] += 1 } }

    func text(_ counts: SessionCounts, running: Int, queued: Int) -> String {
        var page = Page()
        page.metric("autorun_sessions", "gauge", "Sessions in the store by status.")
        for status in Status.allCases {
            page.line("autorun_sessions", [("status", status.rawValue)], counts.byStatus[status] ?? 0)
        }
        page.single("autorun_sessions_waiting", "gauge", "Sessions that wait for a person.", counts.waiting)
        page.single("autorun_sessions_active", "gauge", "Sessions that this server runs now.", running)
        page.single("autorun_queue_length", "gauge", "Sessions that wait for their turn.", queued)
        page.single(
            "autorun_store_bytes", "gauge", "Size of the store on disk, its log included.", counts.bytes)
        let state = state.withLock { $0 }
        page.metric("autorun_sessions_ended_total", "counter", "Sessions that ended in this server.")
        for status in [Status.finished, .failed] {
            page.line("autorun_sessions_ended_total", [("status", status.rawValue)], state.ended[status] ?? 0)
        }
        page.metric("autorun_step_seconds", "histogram", "Time of steps by type, those of persons left out.")
        for (type, histogram) in state.steps.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let label = ("type", type.rawValue)
            for (bound, count) in zip(Metrics.bounds, histogram.counts) {
                page.line("autorun_step_seconds_bucket", [label, ("le", "\(bound)")], count)
            }
            page.line("autorun_step_seconds_bucket", [label, ("le", "+Inf")], histogram.total)
            page.line("autorun_step_seconds_sum", [label], histogram.sum)
            page.line("autorun_step_seconds_count", [label], histogram.total)
        }
        page.metric("autorun_step_failures_total", "counter", "Steps that failed, by type.")
        for (type, count) in state.failedSteps.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            page.line("autorun_step_failures_total", [("type", type.rawValue)], count)
        }
        page.metric("autorun_attempts_total", "counter", "Tries of steps by what ended them.")
        page.line("autorun_attempts_total", [("end", "ok")], state.tries.succeeded)
        for (kind, count) in state.tries.failed.sorted(by: { $0.key < $1.key }) {
            page.line("autorun_attempts_total", [("end", kind)], count)
        }
        page.single(
            "autorun_retries_total", "counter", "Tries after which a step was tried again.", state.tries.again
        )
        page.models(state.models.sorted { $0.key < $1.key }.map { (name: $0.key, use: $0.value) })
        page.triggers(state)
        page.metric("autorun_http_requests_total", "counter", "Answers by status.")
        for (status, count) in state.requests.sorted(by: { $0.key < $1.key }) {
            page.line("autorun_http_requests_total", [("status", String(status))], count)
        }
        return page.text
    }

    /// Prometheus' text format, version 0.0.4.
    private struct Page {
        var text = ""

        mutating func metric(_ name: String, _ type: String, _ help: String) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        }

        mutating func line(
            _ name: String, _ labels: [(String, String)], _ value: some CustomStringConvertible
        ) {
            let pairs = labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
            text += "\(name)\(pairs.isEmpty ? "" : "{\(pairs)}") \(value)\n"
        }

        mutating func single(_ name: String, _ type: String, _ help: String, _ value: Int) {
            metric(name, type, help)
            line(name, [], value)
        }

        /// What clocks and webhooks have started.
        mutating func triggers(_ state: State) {
            single(
                "autorun_scheduled_automations", "gauge",
                "Automations that this server starts by their schedules.",
                state.automationsOfClock)
            metric("autorun_scheduled_starts_total", "counter", "Starts that were due by a schedule.")
            for outcome in Scheduler.Outcome.allCases {
                line(
                    "autorun_scheduled_starts_total", [("outcome", outcome.rawValue)],
                    state.scheduled[outcome] ?? 0)
            }
            metric("autorun_webhooks_total", "counter", "Requests to webhooks by what came of them.")
            for outcome in WebhookOutcome.allCases {
                line(
                    "autorun_webhooks_total", [("outcome", outcome.rawValue)], state.webhooks[outcome] ?? 0)
            }
        }

        mutating func models(_ models: [(name: String, use: ModelUse)]) {
            metric("autorun_model_tokens_total", "counter", "Tokens that models took and gave.")
            for model in models {
                line(
                    "autorun_model_tokens_total", [("model", model.name), ("kind", "input")], model.use.input)
                line(
                    "autorun_model_tokens_total", [("model", model.name), ("kind", "output")],
                    model.use.output)
            }
            metric(
                "autorun_model_cost_dollars_total", "counter", "What the tokens cost, where prices are known."
            )
            for model in models {
                line("autorun_model_cost_dollars_total", [("model", model.name)], model.use.cost)
            }
            metric(
                "autorun_model_calls_without_price_total", "counter",
                "Questions to models whose price is not known, which the dollars leave out.")
            for model in models {
                line(
                    "autorun_model_calls_without_price_total", [("model", model.name)], model.use.unpriced)
            }
        }

        private func escaped(_ text: String) -> String {
            String(
                text.flatMap { (letter: Character) -> [Character] in
                    switch letter {
                    case "\\": ["\\", "\\"]
                    case "\"": ["\\", "\""]
                    case "\n": ["\\", "n"]
                    default: [letter]
                    }
                })
        }
    }
}

extension FailureKind {
    /// The kind's word where it is one of a few; the classes of errors that PYTHON code raises are any number.
    fileprivate var metricWord: String {
        if case .raised = self { FailureKind.python.word } else { word }
    }
}

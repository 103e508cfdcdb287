import AutoChecker
import AutoRuntime
import Computing
import Hummingbird
import Values

extension API {
    /// When each step record of a session began and ended, and of which visit and element it is.
    func timeline(_ call: Call) async throws -> Response {
        let bare = try await session(call, withValues: false)
        let version = try await versions.ready(bare.automation)
        // Which element a record is of, and what it has called, follows from values; they are read only where that is asked.
        let steps = version.plan.automation.steps
        let needsValues = steps.contains { $0.each != nil || $0.callee != nil }
        let session = needsValues ? try await self.session(call) : bare
        let called = steps.contains { $0.callee != nil } ? try await called(by: session) : [:]
        let trace = try await store.trace(of: bare.record.header.id)
        let bytes = await onOwnThread(API.elementLimit) { limit in
            let rows = Timeline(session.record, trace, version.plan, called, limit).rows
            var bytes: [UInt8] = []
            JSON.append(.list(rows), to: &bytes)
            return bytes
        }
        return .bytes(bytes, "application/json")
    }

    /// The sessions that a session has called, by their ids.
    private func called(by session: StoredSession) async throws(StoreError) -> [ID: Value] {
        let outlines = try await store.called(by: session.record.header.id)
        return Dictionary(
            outlines.map { outline in
                let named = Value.record([
                    ("id", .string(outline.id.text)), ("automation_id", .string(outline.automationID.text)),
                    ("automation_name", .string(outline.automationName)),
                ])
                return (outline.id, named)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Lists of `each` that take longer are not computed again.
    static var elementLimit: TimeLimit { TimeLimit(nanoseconds: 2_000_000_000) }
}

extension Element {
    /// As the API shows it; `index` is from 0, as `each` counts.
    var json: Value {
        .record([
            ("index", .int(Int64(number - 1))), ("count", .int(Int64(count))), ("item", .string(text)),
        ])
    }
}

/// The steps that can begin when a step has ended, by their index.
private func followers(of step: CheckedStep) -> Set<Int> {
    var found: Set<Int> = []
    func add(_ destination: Destination) {
        switch destination {
        case .end: break
        case .step(let index): found.insert(index)
        case .fork(let branches, let join):
            branches.forEach(add)
            if let join { found.insert(join) }
        }
    }
    ([step.next, step.onError].compactMap(\.self) + step.branches.map(\.destination)).forEach(add)
    // One after the other, the next element begins when the one before has ended.
    if step.each != nil, step.atOnce == 1 { found.insert(step.index) }
    return found
}

/// The step records of a session in time.
private struct Timeline {
    private let record: SessionRecord
    private let visits: [RecordVisit]
    private let plan: Plan
    /// When the last try of a record ended, in milliseconds since 1970.
    private let lastTries: [ID: Int64]
    /// The sessions that were called, by their ids, as the API names them.
    private let called: [ID: Value]

    init(
        _ record: SessionRecord, _ trace: [TraceEvent], _ plan: Plan, _ called: [ID: Value],
        _ limit: TimeLimit
    ) {
        self.called = called
        self.record = record
        self.plan = plan
        visits = record.visits(plan, limit)
        var lastTries: [ID: Int64] = [:]
        for event in trace {
            guard case .attempt = event.happening, let id = event.record else { continue }
            lastTries[id] = event.at / 1_000_000
        }
        self.lastTries = lastTries
    }

    var rows: [Value] {
        // From the last to the first, so that the next record of each step is known.
        var next: [Int: Int64] = [:]
        var rows: [Value] = []
        for (step, visit) in zip(record.steps, visits).reversed() {
            let began = step.id.milliseconds
            rows.append(
                .record([
                    ("id", .string(step.id.text)),
                    ("step", .string(record.stepInfos[step.stepIndex].name)),
                    ("element", visit.element?.json ?? .null),
                    ("visit", .int(Int64(visit.number))),
                    ("status", .string(step.status.rawValue)),
                    ("began_at_ms", .int(began)),
                    ("ended_at_ms", step.hasEnded ? .int(end(of: step, began, next)) : .null),
                    ("called", step.calledSession.flatMap { called[$0] } ?? .null),
                ]))
            next[step.stepIndex] = began
        }
        return rows.reversed()
    }

    /// When a record ended, in milliseconds since 1970.
    ///
    /// The trace says it of what was tried. Of the others the store keeps whole seconds: where the step that
    /// comes next began in the same second, it began when this one ended; else the second is all that is
    /// known, and never one before the begin.
    private func end(of step: StepRecord, _ began: Int64, _ next: [Int: Int64]) -> Int64 {
        if let end = lastTries[step.id] { return max(began, end) }
        let second = step.updatedAt * 1_000
        let earliest = max(began, second)
        let followers = followers(of: plan.automation.steps[step.stepIndex]).compactMap { next[$0] }
        let follower = followers.filter { $0 >= earliest && $0 < second + 1_000 }.min()
        return follower ?? earliest
    }
}

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
    /// The element as the API shows it; `index` is counted from 0, as `each` counts.
    var json: Value {
        .record([
            ("index", .int(Int64(number - 1))), ("count", .int(Int64(count))), ("item", .string(text)),
        ])
    }
}

/// The step records of a session in time.
private struct Timeline {
    private let record: SessionRecord
    private let visits: [RecordVisit]
    /// When each record ended, in milliseconds since 1970; nil for one that has not ended.
    private let ends: [Int64?]
    /// The sessions that were called, by their ids, as the API names them.
    private let called: [ID: Value]

    init(
        _ record: SessionRecord, _ trace: [TraceEvent], _ plan: Plan, _ called: [ID: Value],
        _ limit: TimeLimit
    ) {
        self.called = called
        self.record = record
        visits = record.visits(plan, limit)
        ends = record.ends(trace, plan.automation.steps)
    }

    var rows: [Value] {
        zip(record.steps, zip(visits, ends)).map { step, place in
            let (visit, end) = place
            return .record([
                ("id", .string(step.id.text)),
                ("step", .string(record.stepInfos[step.stepIndex].name)),
                ("element", visit.element?.json ?? .null),
                ("visit", .int(Int64(visit.number))),
                ("status", .string(step.status.rawValue)),
                ("began_at_ms", .int(step.id.milliseconds)),
                ("ended_at_ms", end.map(Value.int) ?? .null),
                ("called", step.calledSession.flatMap { called[$0] } ?? .null),
            ])
        }
    }
}

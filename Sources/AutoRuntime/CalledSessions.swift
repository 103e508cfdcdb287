package import Values

extension Journal {
    /// The sessions that a session has called, each try of a call among them, oldest first.
    package func called(by session: ID) async throws(StoreError) -> [SessionOutline] {
        var found: [SessionOutline] = []
        var query = SessionQuery(limit: 1_000)
        query.caller = session
        while true {
            let page = try await outlines(query, withInputs: false)
            found += page
            guard page.count == query.limit, let last = page.last else { return found.reversed() }
            query.before = last.id
        }
    }

    /// What is shown of the ids of the sessions that a session's steps have called, by the ids of the steps' records.
    package func calls(of session: SessionRecord) async throws(StoreError) -> [ID: String] {
        let calls = session.steps.compactMap { step in step.calledSession.map { (step.id, $0) } }
        guard !calls.isEmpty else { return [:] }
        let short = try await shortIDs(of: calls.map(\.1))
        return Dictionary(zip(calls.map(\.0), short), uniquingKeysWith: { first, _ in first })
    }

    /// The sessions that ask a person below one that waits: those that it has called, and that they have called.
    ///
    /// - Parameter most: no more than these are looked for.
    package func asking(below session: ID, most: Int) async throws(StoreError) -> [StoredSession] {
        var found: [StoredSession] = []
        var callers = [session]
        // What leads round in a broken store is gone through once.
        var seen: Set<ID> = [session]
        while let caller = callers.popLast(), found.count < most {
            for outline in try await called(by: caller)
            where outline.status == .running && seen.insert(outline.id).inserted {
                callers.append(outline.id)
                guard found.count < most, outline.isWaiting,
                    let stored = try await self.session(outline.id, of: nil), !stored.record.waiting.isEmpty
                else { continue }
                found.append(stored)
            }
        }
        return found
    }

    /// What a session's questions to models came to, with those of the sessions that it has called: their steps
    /// have the name of the step in front that called them, `digest.think`.
    package func costs(of session: SessionRecord) async throws(StoreError) -> [StepCost] {
        var seen: Set<ID> = [session.header.id]
        return try await costs(of: session, &seen)
    }

    private func costs(of session: SessionRecord, _ seen: inout Set<ID>) async throws(StoreError)
        -> [StepCost]
    {
        let id = session.header.id
        var rows = session.costs(try await trace(of: id))
        let names = session.callNames
        for outline in try await called(by: id) where seen.insert(outline.id).inserted {
            guard let stored = try await self.session(outline.id, of: nil) else { continue }
            // A try that failed is not named by the step any more: it is called by its automation's name.
            let name = names[outline.id] ?? outline.automationName
            for row in try await costs(of: stored.record, &seen) { rows.add(row, calledBy: name) }
        }
        return rows
    }
}

extension StepRecord {
    /// The session that the step has called in its last try; nil where it has called none, or was read without values.
    package var calledSession: ID? {
        prompt?.asMap?[Run.sessionField]?.asText.flatMap { ID($0) }
    }

    /// The session, which failed, from where the called one goes on; nil for most.
    var retriedSession: ID? {
        prompt?.asMap?[Run.retriedField]?.asText.flatMap { ID($0) }
    }
}

extension SessionRecord {
    /// The names of the steps that called sessions, by the sessions' ids.
    fileprivate var callNames: [ID: String] {
        var names: [ID: String] = [:]
        for step in steps {
            guard let called = step.calledSession else { continue }
            names[called] = stepInfos[step.stepIndex].name
        }
        return names
    }
}

extension [StepCost] {
    fileprivate mutating func add(_ row: StepCost, calledBy call: String) {
        let step = call + "." + row.step
        if let place = firstIndex(where: { $0.step == step && $0.model == row.model }) {
            self[place].cost += row.cost
        } else {
            append(StepCost(step: step, model: row.model, cost: row.cost))
        }
    }
}

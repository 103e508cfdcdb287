package import Values

extension Run {
    /// Takes into the trace that questions of an earlier process were lost with it, before the step asks anew.
    func settleLostQuestions(of opened: OpenRecord) async throws(RunStop) {
        guard let earlier = opened.earlier, earlier.status == .running else { return }
        let trace = try await stored { () async throws(StoreError) in
            try await keptTrace.events(request.sessionID, interpreter.store)
        }
        for question in trace.openQuestions[earlier.id] ?? [] {
            recorder.trace(.model(question.lost), of: opened.ordinal, attempt: nil)
        }
    }
}

extension Run {
    /// Whether the model of a step that goes on has asked for tools before.
    func hasAskedForTools(_ opened: OpenRecord) async throws(RunStop) -> Bool {
        guard let earlier = opened.earlier else { return false }
        let trace = try await stored { () async throws(StoreError) in
            try await keptTrace.events(request.sessionID, interpreter.store)
        }
        return trace.contains { $0.record == earlier.id && $0.happening.word == .tools }
    }
}

extension [TraceEvent] {
    /// The places of the questions to models that began, and of which the trace does not tell what came, by their step records:
    /// they are under way, or were lost with their process.
    package var openPlaces: [ID: [Int]] { openAskings.mapValues { $0.map(\.place) } }

    /// The same questions.
    package var openQuestions: [ID: [ModelQuestion]] { openAskings.mapValues { $0.map(\.question) } }

    /// Of the questions of a record those of other batches go on beside one; what is told of one of the same batch, be it
    /// what came of it or that it is asked once more, ends the one before. A try's end ends all.
    private var openAskings: [ID: [(place: Int, question: ModelQuestion)]] {
        var open: [ID: [(place: Int, question: ModelQuestion)]] = [:]
        for (place, event) in enumerated() {
            guard let record = event.record else { continue }
            switch event.happening {
            case .asking(let question):
                open[record]?.removeAll { $0.question.batch == question.batch }
                open[record, default: []].append((place, question))
            case .model(let call): open[record]?.removeAll { $0.question.batch == call.batch }
            case .attempt: open[record] = nil
            case .http, .process, .session, .tools, .tool, .origins: break
            }
        }
        return open.filter { !$0.value.isEmpty }
    }
}

extension Journal {
    /// What the model calls of a session and of those that it has called have cost so far, in dollars, as far
    /// as that is known; of those that were lost with their process the most that they can have cost.
    func dollars(of session: ID) async throws(StoreError) -> Double {
        var dollars = 0.0
        var sessions = [session]
        // What leads round in a broken store is gone through once.
        var seen: Set<ID> = [session]
        while let next = sessions.popLast() {
            let events = try await trace(of: next)
            dollars +=
                events.dollars + events.openQuestions.values.joined().compactMap(\.mostDollars).reduce(0, +)
            sessions += try await called(by: next).map(\.id).filter { seen.insert($0).inserted }
        }
        return dollars
    }
}

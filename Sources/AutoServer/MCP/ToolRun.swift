import AutoChecker
import AutoRuntime
import Computing
import MCP
import Values

/// One call of a tool: starts a session, tells how far it is, asks what it asks, and gives what it gives.
struct ToolRun {
    let tools: ServedTools
    let call: ServerCall
    let version: ReadyVersion

    private var api: API { tools.api }

    /// What does not fit is a result, since the protocol has clients show only those to the model, which can mend them.
    ///
    /// - Throws: when the call is taken back.
    func run() async throws(RPCError) -> ToolResult {
        let inputs: Value
        do throws(InputProblem) {
            inputs = try fittedInputs(version.plan.automation.inputs, call.arguments)
        } catch {
            // What is quoted of the arguments may equal a secret.
            return .failed(api.versions.masker().mask("arguments: " + error.message))
        }
        let id: ID
        do throws(Refusal) { id = try await api.engine.start(version, inputs: inputs).id } catch {
            return .failed(error.sentence)
        }
        do { return try await follow(id) } catch let error as RPCError { throw error } catch {
            let why = (error as? StoreError)?.publicMessage ?? "the server cannot follow it"
            return .failed("session \(id.text): \(why)", also: link(id), meta: meta(id))
        }
    }

    /// Watches the session until it has ended or waits for somebody who cannot be asked here.
    private func follow(_ id: ID) async throws -> ToolResult {
        var progress = ToolProgress()
        var refused: Set<ID> = []
        var isOver = false
        while !isOver {
            let watching = api.hub.watch(id)
            defer { watching.end() }
            // A stream that ends before anything has come is one of a hub that is closed.
            isOver = true
            var events = watching.events.makeAsyncIterator()
            repeat {
                if Task.isCancelled { try await takeBack(id) }
                guard let session = try await api.store.session(id, of: nil, withValues: false) else {
                    return .failed("the session \(id.text) is gone", meta: meta(id))
                }
                await progress.tell(session.record, call)
                if session.record.header.hasEnded { return try await result(of: id) }
                if let waiting = try await answeredOrWaiting(session, &refused) { return waiting }
                guard await hasNews(&events) else { break }
                isOver = false
            } while true
            if Task.isCancelled { try await takeBack(id) }
        }
        return .failed(
            "the server stops; the session \(id.text) goes on when it runs again", also: link(id),
            meta: meta(id))
    }

    /// Waits for an event by which the records may have changed; false when none will come.
    private func hasNews(_ events: inout AsyncStream<Hub.Event>.Iterator) async -> Bool {
        while let event = await events.next() {
            switch event {
            case .text, .tick: continue
            case .session, .step, .changed: return true
            }
        }
        return false
    }

    /// Ends the session where the client wants the result no more; a client that is gone has not said so.
    ///
    /// - Throws: always, for there is no result.
    private func takeBack(_ id: ID) async throws -> Never {
        if !call.isClientGone {
            // The task is cancelled, which what ends the session must not be.
            let ending = Task { [api, client = tools.client] in
                guard let session = try await api.store.session(id, of: nil, withValues: false),
                    !session.record.header.hasEnded
                else { return }
                try await api.cancel(session, by: client)
            }
            try await ending.value
        }
        throw RPCError(RPCError.internalErrorCode, "nobody waits for the result any more")
    }

    // What came of it.

    private func result(of id: ID) async throws -> ToolResult {
        guard let record = try await api.store.session(id, of: nil)?.record else {
            return .failed("the session \(id.text) is gone", meta: meta(id))
        }
        guard record.header.status == .finished else {
            return .failed(
                "the session \(id.text) failed: \(record.header.error ?? "it did not come to its end")",
                also: link(id), meta: meta(id))
        }
        let output = ToolOutput(version.plan.automation)
        let given = await onOwnThread { [version] _ in
            Result { () throws(Misfit) in try output.structured(record, version.plan) }
        }
        do throws(Misfit) {
            let (text, value) = try given.get()
            return ToolResult(
                content: [.textPart(text)] + link(id), structured: value, meta: meta(id))
        } catch {
            return .failed(
                "the session \(id.text) finished, and what it gave does not fit: \(error.text)",
                also: link(id), meta: meta(id))
        }
    }

    /// Where the whole record can be read, for clients that know such links.
    private func link(_ id: ID) -> [Value] {
        guard call.revision.hasStructuredContent else { return [] }
        return [
            .record([
                (MCPField.type, .string("resource_link")),
                (MCPField.uri, .string(SessionResources.address(of: id))),
                (MCPField.name, .string("session \(id.text)")),
                (MCPField.mimeType, .string("application/json")),
            ])
        ]
    }

    private func meta(_ id: ID) -> Value { .record([("autorun/session_id", .string(id.text))]) }

    // Questions.

    /// Asks the person at the client what the session waits to be told.
    ///
    /// - Parameter refused: the step records about which that person does not want to be asked again.
    /// - Returns: what the tool gives because the session waits for somebody else; nil where it goes on.
    private func answeredOrWaiting(_ session: StoredSession, _ refused: inout Set<ID>) async throws
        -> ToolResult?
    {
        let id = session.record.header.id
        while true {
            let asked = try await questions(of: id)
            guard !asked.isEmpty else { return nil }
            guard call.canAsk, let question = asked.first(where: { !refused.contains($0.record.id) }) else {
                return try await isAtRest(id) ? waiting(id, asked) : nil
            }
            let outcome = try await ClientQuestion(tools: tools, call: call, question: question).ask()
            if Task.isCancelled { try await takeBack(id) }
            if outcome == .refused { refused.insert(question.record.id) }
        }
    }

    /// Whether nothing of a session runs: it waits, and is left to whoever answers.
    private func isAtRest(_ id: ID) async throws(StoreError) -> Bool {
        guard try await api.store.isFree(id),
            let now = try await api.store.session(id, of: nil, withValues: false)
        else { return false }
        return now.record.header.status == .running
    }

    /// What the session asks, and what the sessions ask that it has called.
    private func questions(of id: ID) async throws -> [AskedQuestion] {
        guard let session = try await api.store.session(id, of: nil, withValues: false) else { return [] }
        var found = session.record.waiting.map { AskedQuestion(session: session, record: $0) }
        // A session that has called others waits for them, and nothing of it runs meanwhile.
        if session.record.header.status == .running, try await api.store.isFree(id) {
            for inner in try await api.store.asking(below: id, most: 20) {
                found += inner.record.waiting.map { AskedQuestion(session: inner, record: $0) }
            }
        }
        return found
    }

    private func waiting(_ id: ID, _ asked: [AskedQuestion]) async throws -> ToolResult {
        var lines: [String] = []
        var questions: [Value] = []
        for question in asked {
            let shown = try await api.openQuestion(question.record, of: question.session)
            let how = tools.howToAnswer(question.session, question.record)
            lines.append("`\(shown.step)` asks: \(shown.message)\nAnswer it by: \(how)")
            questions.append(
                .record([
                    ("session_id", .string(question.session.record.header.id.text)),
                    ("id", .string(question.record.id.text)), ("step", .string(shown.step)),
                    ("message", .string(shown.message)), ("schema", shown.type.jsonSchema),
                    ("answer_by", .string(how)),
                ]))
        }
        let text =
            "The session \(id.text) waits for a person.\n" + lines.joined(separator: "\n")
            + "\nThen its record, \(SessionResources.address(of: id)), says what came of it."
        let structured = Value.record([
            (
                ToolOutput.waiting,
                .record([("session_id", .string(id.text)), ("questions", .list(questions))])
            )
        ])
        return ToolResult(content: [.textPart(text)] + link(id), structured: structured, meta: meta(id))
    }
}

/// A step record that waits, and the session that it is of.
struct AskedQuestion: Sendable {
    let session: StoredSession
    let record: StepRecord
}

/// What of a session's steps a client has been told.
private struct ToolProgress {
    private var told: [Status] = []
    private var count = 0

    /// Tells of each step record that has come further.
    mutating func tell(_ record: SessionRecord, _ call: ServerCall) async {
        for (ordinal, step) in record.steps.enumerated() {
            if ordinal == told.count { told.append(.new) }
            guard told[ordinal] != step.status else { continue }
            told[ordinal] = step.status
            let name = record.stepInfos[step.stepIndex].name
            let message: String
            switch step.status {
            case .new: continue
            case .running: message = "\(name) runs"
            case .finished: message = "\(name) has finished"
            case .failed: message = "\(name) has failed: \(step.error ?? "")"
            }
            count += 1
            await call.report(count, message)
        }
    }
}

extension Refusal {
    /// Its reason as one text.
    var sentence: String { detail.asText ?? JSON.text(detail) }
}

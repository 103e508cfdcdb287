import Synchronization
package import Values

/// One side of a connection on which both sides ask and answer: ties answers to requests, and tells each side
/// when the other wants an answer no more.
///
/// Somebody has to `run` it, for nothing that comes is looked at before.
package final class RPCPeer: Sendable {
    private typealias Outcome = Result<Value, RPCFailure>

    /// A request of this side.
    private struct Waiting {
        let onProgress: (@Sendable (RPCProgress) -> Void)?
        /// Who waits; nil as long as the request is being sent.
        var continuation: CheckedContinuation<Outcome, Never>?
        /// What came while the request was being sent.
        var outcome: Outcome?
    }

    private struct State {
        var lastNumber: Int64 = 0
        var waiting: [Int64: Waiting] = [:]
        /// The requests of the other side that are being answered.
        var answering: [RPCID: Task<RPCMessage?, Never>] = [:]
        /// How many lines that are no JSON have come behind the last message.
        var greetings = 0
        /// The first of them.
        var greeting: String?
        /// Whether a message has come.
        var hasMet = false
        /// Why nothing comes any more; nil as long as something may.
        var end: RPCLoss?
    }

    private let transport: any RPCTransport
    private let handler: any RPCHandler
    private let limits: RPCLimits
    private let state = Mutex(State())

    /// Yields once the other side has said something that is no JSON before its first message, and that was passed over.
    package let greeted: AsyncStream<Void>
    private let greet: AsyncStream<Void>.Continuation

    package init(_ transport: any RPCTransport, _ handler: any RPCHandler, limits: RPCLimits = RPCLimits()) {
        (greeted, greet) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.transport = transport
        self.handler = handler
        self.limits = limits
    }

    /// Takes what comes until nothing will any more; then, too, when the task is cancelled. What this side still
    /// answers is cancelled at the end, and whoever waits for an answer is told why none comes.
    ///
    /// - Returns: why nothing comes any more.
    @discardableResult
    package func run() async -> RPCLoss {
        let end = await withDiscardingTaskGroup(returning: RPCLoss.self) { group in
            while true {
                do throws(RPCLoss) { try await take(transport.receive(), &group) } catch {
                    // What it has said before may say why.
                    let end = RPCLoss(
                        error.reason, said: error.said ?? greeting, cause: error.cause, isGone: error.isGone)
                    finish(end)
                    return end
                }
            }
        }
        await transport.close()
        return end
    }

    /// Whether nothing comes any more: then requests are cancelled because nobody is there, and not because the other
    /// side has taken them back.
    package var hasEnded: Bool { state.withLock { $0.end != nil } }

    /// The beginning of what the other side has said that is no JSON, where it has said nothing else; it may hold secrets.
    package var greeting: String? { state.withLock { $0.hasMet ? nil : $0.greeting } }

    /// Ends the connection.
    package func close() async { await transport.close() }

    /// Tells the other side something that has no answer.
    ///
    /// - Parameter request: the other side's request that it is about.
    /// - Throws: when it cannot be sent.
    package func notify(
        _ method: String, _ params: MapValue = MapValue(), about request: RPCID? = nil
    ) async throws(RPCLoss) {
        try await transport.send(.notification(method: method, params: params), about: request)
    }

    /// Asks the other side and waits for its answer. When the task is cancelled, it comes back at once, and the
    /// other side is told that nobody waits any more.
    ///
    /// - Parameter parent: the other side's request in whose course this one is asked.
    /// - Parameter onProgress: hears how far the other side is; nil where nobody wants to know.
    /// - Returns: the result as it came.
    /// - Throws: the other side's error, or why no answer comes.
    package func request(
        _ method: String, _ params: MapValue = MapValue(), about parent: RPCID? = nil,
        onProgress: (@Sendable (RPCProgress) -> Void)? = nil
    ) async throws(RPCFailure) -> Value {
        let number = try enter(onProgress)
        let message = RPCMessage.request(
            id: .number(number), method: method,
            params: onProgress == nil ? params : params.askingForProgress(number))
        do throws(RPCLoss) { try await transport.send(message, about: parent) } catch  where !error.isGone {
            state.withLock { state in state.waiting[number] = nil }
            throw Task.isCancelled ? .cancelled : .lost(error)
        } catch {
            // Why the other side has gone is told to all who wait, once it is known.
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { wait(for: number, $0) }
        } onCancel: {
            settle(number, .failure(.cancelled))
        }
        if case .failure(.cancelled) = outcome { takeBack(number, method) }
        return try outcome.get()
    }

    private func enter(_ onProgress: (@Sendable (RPCProgress) -> Void)?) throws(RPCFailure) -> Int64 {
        if Task.isCancelled { throw .cancelled }
        let entered = state.withLock { state -> Result<Int64, RPCFailure> in
            if let end = state.end { return .failure(.lost(end)) }
            guard state.waiting.count < limits.waitingAtOnce else {
                return .failure(.lost(RPCLoss("is asked too much at once")))
            }
            state.lastNumber += 1
            state.waiting[state.lastNumber] = Waiting(onProgress: onProgress)
            return .success(state.lastNumber)
        }
        return try entered.get()
    }

    private func wait(for number: Int64, _ continuation: CheckedContinuation<Outcome, Never>) {
        let known = state.withLock { state -> Outcome? in
            // The handler of the cancellation may have run already, and would not run again.
            let outcome = Task.isCancelled ? .failure(.cancelled) : state.waiting[number]?.outcome
            if outcome == nil {
                state.waiting[number]?.continuation = continuation
            } else {
                state.waiting[number] = nil
            }
            return outcome
        }
        if let known { continuation.resume(returning: known) }
    }

    private func settle(_ number: Int64, _ outcome: Outcome) {
        let continuation = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            guard let waiting = state.waiting[number] else { return nil }
            guard let continuation = waiting.continuation else {
                state.waiting[number]?.outcome = waiting.outcome ?? outcome
                return nil
            }
            state.waiting[number] = nil
            return continuation
        }
        continuation?.resume(returning: outcome)
    }

    /// Tells the other side that nobody waits any more, which nobody here waits for either.
    private func takeBack(_ number: Int64, _ method: String) {
        // The protocol has one request that is never taken back.
        guard method != MCPMethod.initialize else { return }
        let params = MapValue(record: [
            (MCPField.requestID, .int(number)),
            (MCPField.reason, .string("nobody waits for the answer any more")),
        ])
        Task { try? await self.notify(MCPNotification.cancelled, params) }
    }

    private func finish(_ end: RPCLoss) {
        let (numbers, tasks) = state.withLock { state in
            state.end = end
            defer { state.answering = [:] }
            return (Array(state.waiting.keys), Array(state.answering.values))
        }
        for number in numbers { settle(number, .failure(.lost(end))) }
        for task in tasks { task.cancel() }
    }

    // What comes.

    private func take(_ arrival: RPCArrival, _ group: inout DiscardingTaskGroup) async throws(RPCLoss) {
        let answers = try take(arrival)
        guard !answers.isEmpty else { return }
        let isList = if case .list = arrival { true } else { false }
        group.addTask {
            var messages: [RPCMessage] = []
            for answer in answers {
                switch answer {
                case .now(let message): messages.append(message)
                case .later(let task): if let message = await task.value { messages.append(message) }
                }
            }
            guard let first = messages.first else { return }
            // Whoever is not there any more gets no answer.
            if isList {
                try? await self.transport.send(list: messages)
            } else {
                try? await self.transport.send(first, about: first.answeredID)
            }
        }
    }

    /// What is answered to something that came.
    private enum Answer {
        case now(RPCMessage)
        /// Nil where the other side has taken its request back, and waits for no answer.
        case later(Task<RPCMessage?, Never>)
    }

    private func take(_ arrival: RPCArrival) throws(RPCLoss) -> [Answer] {
        if case .message = arrival { state.withLock { ($0.hasMet, $0.greetings) = (true, 0) } }
        switch arrival {
        case .message(.request(let id, let method, let params)):
            switch begin(RPCRequest(id: id, method: method, params: params, peer: self)) {
            case .success(let task): return [.later(task)]
            case .failure(let error): return [.now(.failure(id: id, error))]
            }
        case .message(.notification(let method, let params)): take(method, params)
        case .message(.response(let id, let result)):
            if case .number(let number) = id { settle(number, .success(result)) }
        case .message(.failure(let id, let error)): take(error, of: id)
        case .lost(let id, let loss):
            if case .number(let number) = id { settle(number, .failure(.lost(loss))) }
        case .refused(let refusal): return try take(refusal).map { [.now($0)] } ?? []
        case .list(let arrivals):
            var answers: [Answer] = []
            for arrival in arrivals { answers += try take(arrival) }
            return answers
        }
        return []
    }

    private func take(_ notification: String, _ params: MapValue) {
        switch notification {
        case MCPNotification.cancelled:
            guard let id = RPCID(params[MCPField.requestID]) else { return }
            state.withLock { $0.answering[id] }?.cancel()
        case MCPNotification.progress:
            guard case .number(let number)? = RPCID(params[MCPField.progressToken]) else { return }
            state.withLock { $0.waiting[number]?.onProgress }?(RPCProgress(params))
        default: handler.take(notification, params)
        }
    }

    private func take(_ error: RPCError, of id: RPCID?) {
        if let id {
            if case .number(let number) = id { settle(number, .failure(.answered(error))) }
            return
        }
        // The other side could not read a message of ours, and cannot say which.
        for number in state.withLock({ Array($0.waiting.keys) }) {
            settle(number, .failure(.answered(error)))
        }
    }

    /// - Returns: what the other side is told of it; nil for nothing.
    private func take(_ refusal: RPCRefusal) throws(RPCLoss) -> RPCMessage? {
        let loss = RPCLoss("sent what is no message: \(refusal.error.message)", said: refusal.beginning)
        if limits.endsAtRefusal {
            guard isGreeting(refusal) else { throw loss }
            greet.yield()
            return nil
        }
        guard refusal.isAnswer else { return refusal.answer }
        if case .number(let number)? = refusal.id { settle(number, .failure(.lost(loss))) }
        return nil
    }

    /// Whether something that is no message is a line of a log, and can be passed over. A message that is torn, or behind
    /// other words in one line, is none: whoever waits for it would wait in vain.
    private func isGreeting(_ refusal: RPCRefusal) -> Bool {
        guard refusal.error.code == RPCError.parseErrorCode, !refusal.beginning.contains("\"jsonrpc\"") else {
            return false
        }
        return state.withLock { state in
            guard state.greetings < limits.mostGreetings else { return false }
            state.greetings += 1
            state.greeting = state.greeting ?? refusal.beginning
            return true
        }
    }

    /// Begins to answer a request.
    private func begin(_ request: RPCRequest) -> Result<Task<RPCMessage?, Never>, RPCError> {
        state.withLock { state in
            guard state.answering[request.id] == nil else {
                return .failure(
                    RPCError(RPCError.invalidRequestCode, "a request with this `id` is still being answered"))
            }
            guard state.answering.count < limits.answersAtOnce else {
                return .failure(
                    RPCError(
                        RPCError.busyCode, "\(limits.answersAtOnce) requests are answered at once, no more"))
            }
            let task = Task { await self.answer(request) }
            state.answering[request.id] = task
            return .success(task)
        }
    }

    /// - Returns: nil where whoever asked has taken the request back, and waits for no answer.
    private func answer(_ request: RPCRequest) async -> RPCMessage? {
        let answer: RPCMessage
        do throws(RPCError) {
            let result =
                request.method == MCPMethod.ping ? .record([]) : try await handler.answer(request)
            answer = .response(id: request.id, result: result)
        } catch {
            answer = .failure(id: request.id, error)
        }
        state.withLock { state in state.answering[request.id] = nil }
        return Task.isCancelled ? nil : answer
    }
}

extension MapValue {
    /// The same parameters, with the wish to hear of the progress under this number.
    fileprivate func askingForProgress(_ number: Int64) -> MapValue {
        var params = self
        var meta = params[MCPField.meta]?.asMap ?? MapValue()
        meta[MCPField.progressToken] = .int(number)
        params[MCPField.meta] = .map(meta)
        return params
    }
}

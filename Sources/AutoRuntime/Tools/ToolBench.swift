import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Synchronization
package import Values
import WrittenJSON

/// Where the tools of one step's record are used: it knows what its model has asked for so far, has that done, and records it.
///
/// A run that goes on with the record finds on its bench what the runs before it have done, so that nothing is done twice.
package final class ToolBench: Sendable {
    /// A round, with what its calls have come to so far.
    private struct Known {
        let round: ToolRound
        var ends: [Int: ToolEnd] = [:]
    }

    /// What one call came to.
    private enum TurnEnd: Sendable {
        case ended(ToolEnd)
        /// A person has to answer first.
        ///
        /// - Parameter until: when the first of the questions runs out, in nanoseconds since 1970.
        case waiting(until: Int64?)
    }

    /// How often the model is asked at the most.
    package let maxRounds: Int
    private let tools: [UsableTool]
    let run: Run
    let work: StepWork
    private let ordinal: Int
    private let known: Mutex<[Known]>
    private let stop = Mutex<RunStop?>(nil)
    /// The tools that are being used, or were when their answers were no longer waited for, by their places in a round.
    private let unanswered = Mutex<[Int: String]>([:])

    init(_ tools: [UsableTool], _ run: Run, _ work: StepWork, _ ordinal: Int, earlier: [TraceEvent]) {
        self.tools = tools
        self.run = run
        self.work = work
        self.ordinal = ordinal
        maxRounds = max(1, work[LLMCall.maxRounds] ?? LLMCall.usualRounds)
        known = Mutex(ToolBench.known(earlier, of: run.recorder.id(ordinal)))
    }

    private static func known(_ trace: [TraceEvent], of record: ID) -> [Known] {
        var known: [Known] = []
        for event in trace where event.record == record {
            switch event.happening {
            case .tools(let round):
                // A round that was begun anew counts as it stands last.
                known.removeAll { $0.round.number >= round.number }
                known.append(Known(round: round))
            case .tool(let end):
                guard let place = known.firstIndex(where: { $0.round.number == end.round }) else { continue }
                known[place].ends[end.place] = end
            case .attempt, .model, .asking, .http, .process, .session, .origins: continue
            }
        }
        return known
    }

    /// What a model is told of the tools, in their order.
    package var offers: [Value] { tools.map(\.offer) }

    /// The replies by which the model has asked for tools so far, oldest first.
    package var replies: [ModelReply] { known.withLock { $0.map(\.round.reply) } }

    /// What keeps the whole run from going on; nil where nothing does.
    var runStop: RunStop? { stop.withLock { $0 } }

    /// Whether some of the tools are only declared, so that the step gives what the model asks for.
    package var isDeclared: Bool {
        tools.contains { tool in
            if case .declared = tool.work { true } else { false }
        }
    }

    /// Whether a reply asks for a tool that nobody carries out here, which ends the step. Where one of its calls cannot be
    /// read the model is told first.
    package func isForOthers(_ reply: ModelReply) -> Bool {
        let asksForOthers = reply.calls.contains { call in
            guard case .declared? = tool(call.name)?.work else { return false }
            return true
        }
        return asksForOthers
            && reply.calls.enumerated().allSatisfy { place, call in
                if case .right = asked(by: call, place) { true } else { false }
            }
    }

    /// The arguments of a call, made to be of its tool's types, for whoever carries it out.
    package func arguments(of call: ToolCall) -> Value {
        if case .right(_, let arguments) = asked(by: call, 0) { .map(arguments) } else { call.value }
    }

    /// The tools whose answers were no longer waited for, as the end of a sentence; nil for none. They are told once.
    func takeUnanswered() -> String? {
        let tools = unanswered.withLock { tools in
            defer { tools = [:] }
            return tools.sorted { $0.key < $1.key }.map(\.value)
        }
        return tools.isEmpty ? nil : tools.joined(separator: ", ")
    }

    /// What the tools of the rounds before one have come to.
    ///
    /// - Parameter round: from 1; nil for all.
    func ends(before round: Int?) -> [ToolEnd] {
        known.withLock { known in
            known.filter { known in round.map { known.round.number < $0 } ?? true }.flatMap(\.ends.values)
        }
    }

    private func tool(_ name: String) -> UsableTool? { tools.first { $0.name == name } }

    /// Has done what a reply asks for, unless it was done before.
    ///
    /// - Parameter number: which of the replies with calls it is, from 1.
    /// - Returns: what the model is told, a message for each call in their order; nil where a person has to answer first.
    /// - Throws: kind `cancelled` where the run stops; what a tool fails with is told to the model.
    package func results(of reply: ModelReply, number: Int) async throws(StepFailure) -> [Value]? {
        let round: ToolRound
        do throws(RunStop) { round = try await begun(reply, number) } catch { throw stopped(error) }
        let open = known.withLock { known in
            round.reply.calls.indices.filter { known[number - 1].ends[$0] == nil }
        }
        var deadline: Int64?
        var waits = false
        var failure: RunStop?
        await run.desk.parallel(open.count, limit: run.request.isRehearsal ? 1 : LLMCall.mostCalls) { index in
            let place = open[index]
            return { () async -> Result<TurnEnd, RunStop> in
                do throws(RunStop) { return .success(try await self.turn(round, place)) } catch {
                    return .failure(error)
                }
            }
        } end: { _, outcome in
            switch outcome {
            case .success(.ended): return .goOn
            case .success(.waiting(let until)):
                waits = true
                if let until { deadline = min(deadline ?? until, until) }
                return .goOn
            case .failure(let error):
                failure = failure ?? error
                return .stop
            }
        }
        if let failure { throw stopped(failure) }
        if Task.isCancelled { throw .cancelled }
        if waits {
            if let deadline { run.recorder.waits(until: deadline) }
            return nil
        }
        return known.withLock { known in
            round.reply.calls.enumerated().map { place, call in
                .record([
                    ("role", .string("tool")), ("tool_call_id", .string(call.id)),
                    ("content", .string(known[number - 1].ends[place]?.told ?? "")),
                ])
            }
        }
    }

    private func stopped(_ error: RunStop) -> StepFailure {
        if case .failed(let failure, _) = error { return failure }
        stop.withLock { $0 = $0 ?? error }
        return .cancelled
    }

    /// The round of a reply, recorded before anything of it is done.
    private func begun(_ reply: ModelReply, _ number: Int) async throws(RunStop) -> ToolRound {
        if let round = known.withLock({ $0.count >= number ? $0[number - 1].round : nil }) { return round }
        let places = reply.calls.map { call -> ToolRound.Place in
            guard let tool = tool(call.name) else { return ToolRound.Place() }
            var place = ToolRound.Place()
            if case .automation = tool.work { place.session = ID.ofNow(run.interpreter.clock) }
            if tool.asks { place.approval = ID.ofNow(run.interpreter.clock) }
            return place
        }
        let round = ToolRound(number: number, reply: reply, places: places)
        known.withLock { $0.append(Known(round: round)) }
        try await record(.tools(round))
        return round
    }

    /// Writes what has happened, since what follows must not happen without it.
    private func record(_ happening: TraceEvent.Happening) async throws(RunStop) {
        try await stored { () async throws(StoreError) in
            try await run.recorder.write(happening, of: ordinal)
        }
    }
}

extension Run {
    /// Where the tools of a step's model are used; nil for a step that has none.
    ///
    /// - Throws: what keeps the tools from being found.
    func toolBench(_ work: StepWork, _ opened: OpenRecord) async throws(StepFailure) -> ToolBench? {
        guard work.step.type == .llmCall, work[LLMCall.tools]?.isEmpty == false else { return nil }
        let time = work.step.timeout ?? Defaults.timeout
        let tools = try await self.tools(work.fields, until: interpreter.clock.now() + time, of: time)
        // Of a record that is new nothing can have happened.
        guard opened.earlier != nil else { return ToolBench(tools, self, work, opened.ordinal, earlier: []) }
        let trace: [TraceEvent]
        do throws(StoreError) { trace = try await interpreter.store.trace(of: request.sessionID) } catch {
            throw StepFailure(.session, error.message)
        }
        return ToolBench(tools, self, work, opened.ordinal, earlier: trace)
    }
}

// What is done for one call.
extension ToolBench {
    private func turn(_ round: ToolRound, _ place: Int) async throws(RunStop) -> TurnEnd {
        let call = round.reply.calls[place]
        let tool: UsableTool
        var arguments: MapValue
        switch asked(by: call, place) {
        case .wrong(let words): return try await end(round, place, call.value, .failed(words))
        case .right(let asked, let given): (tool, arguments) = (asked, given)
        }
        if let approval = round.places[place].approval {
            switch try await answer(to: approval, about: tool, arguments, round.number) {
            case .waiting(let until): return .waiting(until: until)
            case .allowed(let mended): arguments = tool.mended(mended)
            case .refused(let words):
                return try await end(
                    round, place, .map(arguments), .failed(words), brought: [origin("a person")])
            }
        }
        var marks = marks(of: arguments, for: tool, round.number)
        let origins = Marks(all: marks.values).origins
        // What a person has seen and allowed is theirs.
        if tool.asks { marks = [:] }
        if let failure = refusal(of: tool, marks) {
            return try await end(round, place, .map(arguments), .failed(failure.message), origins: origins)
        }
        let began = run.interpreter.clock.now()
        unanswered.withLock { $0[place] = tool.title }
        let used = try await use(tool, arguments, marks, round.places[place])
        unanswered.withLock { $0[place] = nil }
        switch used {
        case .waiting(let until): return .waiting(until: until)
        case .ended(let outcome, let brought):
            return try await end(
                round, place, .map(arguments), outcome, time: run.interpreter.clock.now() - began,
                origins: origins, brought: brought)
        }
    }

    /// What a call asks for.
    private enum Asked {
        case right(UsableTool, MapValue)
        /// - Parameter words: what the model is told.
        case wrong(words: String)
    }

    /// - Parameter place: which of the round's calls it is, from 0.
    private func asked(by call: ToolCall, _ place: Int) -> Asked {
        guard place < LLMCall.mostCalls else {
            return .wrong(words: "only \(LLMCall.mostCalls) tools are used at once: ask for this one again")
        }
        guard let tool = tool(call.name) else {
            let names = tools.isEmpty ? "none at all" : inWords(tools.map(\.name), joiner: "and")
            return .wrong(words: "there is no tool `\(call.name)`, but \(names)")
        }
        guard let arguments = call.value.asMap ?? writtenArguments(call.arguments) else {
            return .wrong(words: "the arguments are no JSON object: \(call.arguments.prefix(200))")
        }
        let mended = tool.mended(arguments)
        // Nobody is asked about a call that cannot be made.
        if tool.asks, let words = tool.misfit(of: mended) { return .wrong(words: words) }
        return .right(tool, mended)
    }

    /// What using a tool came to.
    private enum Use {
        /// - Parameter brought: who brought text from outside into what the tool gave.
        case ended(ToolOutcome, brought: Set<Origin>)
        case waiting(until: Int64?)
    }

    /// - Parameters:
    ///   - marks: what went into the arguments.
    ///   - place: where the call is recorded, the same after a crash.
    private func use(
        _ tool: UsableTool, _ arguments: MapValue, _ marks: [String: Marks], _ place: ToolRound.Place
    ) async throws(RunStop) -> Use {
        let outcome: ToolOutcome
        var brought = Set(tool.origin.map { [origin($0)] } ?? [])
        switch tool.work {
        case .declared:
            outcome = .failed("another call beside it could not be read: ask for all of them again")
        case .automation(let automation, let path):
            let given = GivenCall(
                name: work.step.name + "." + tool.name, inputs: arguments,
                origins: marks.callOrigins(automation.inputs, under: tool.name),
                retried: [place.retried].compactMap(\.self))
            let id = place.session ?? ID.ofNow(run.interpreter.clock)
            switch try await run.call(work.step, id, automation, at: path, given) {
            case .finished(let value, let origins):
                outcome = .gave(value)
                brought = origins
            case .failed(let failure):
                if failure.kind == .cancelled { throw .failed(.cancelled, step: work.step.index) }
                outcome = .failed(failure.message)
            case .waiting(let until): return .waiting(until: until)
            case .givenBack: throw .givenBack
            }
        case .server(let address, let name):
            outcome = try await ask(tool, called: name, at: address, arguments)
        }
        if case .gave(let value) = outcome, value.hasNoRoomForText { brought = [] }
        return .ended(outcome, brought: brought)
    }

    /// - Parameter name: what the server calls the tool.
    private func ask(
        _ tool: UsableTool, called name: String, at address: ToolServerAddress, _ arguments: MapValue
    ) async throws(RunStop) -> ToolOutcome {
        do throws(StepFailure) {
            let servers = run.interpreter.executors.toolServers
            let answer = try await run.openServers.use(address, for: run.request.sessionID, servers) {
                server throws(StepFailure) in
                try await server.call(name, arguments) { _ in }
            }
            return answer.isError ? .failed(answer.value.told) : .gave(answer.value)
        } catch {
            if error.kind == .cancelled || Task.isCancelled {
                throw .failed(.cancelled, step: work.step.index)
            }
            return .failed(error.message)
        }
    }

    /// Records what a call came to.
    private func end(
        _ round: ToolRound, _ place: Int, _ arguments: Value, _ outcome: ToolOutcome, time: Int64 = 0,
        origins: Set<Origin> = [], brought: Set<Origin> = []
    ) async throws(RunStop) -> TurnEnd {
        let end = ToolEnd(
            round: round.number, place: place, name: round.reply.calls[place].name, arguments: arguments,
            result: outcome.words.shortened(to: ToolEnd.mostText), isError: outcome.isError, time: time,
            origins: origins.sorted(), brought: brought.sorted())
        known.withLock { $0[round.number - 1].ends[place] = end }
        try await record(.tool(end))
        return .ended(end)
    }
}

/// What a tool came to.
private enum ToolOutcome {
    case gave(Value)
    /// - Parameter words: what the model is told of it.
    case failed(String)

    var isError: Bool {
        switch self {
        case .gave: false
        case .failed: true
        }
    }

    var words: String {
        switch self {
        case .gave(let value): value.told
        case .failed(let words): words
        }
    }
}

extension Value {
    /// The value as a model is told it: a text as it is, else JSON.
    fileprivate var told: String { asText ?? JSON.text(self) }
}

extension ToolEnd {
    /// Bytes of a result at the most: more would fill any model's window.
    static let mostText = 400_000

    /// What the model is told.
    var told: String { isError ? "Error: \(result)" : result }
}

extension String {
    /// The beginning of a text that is too long, with a word about what is missing.
    fileprivate func shortened(to most: Int) -> String {
        guard utf8.count > most else { return self }
        let beginning = String(decoding: utf8.prefix(most), as: UTF8.self)
        return beginning + "\n[cut here: the whole has \(utf8.count) bytes, \(most) of them stand above]"
    }
}

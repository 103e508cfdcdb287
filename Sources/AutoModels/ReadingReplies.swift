import AutoRuntime
import Programs
import StepKinds
import Synchronization
import Values

extension ModelServer {
    /// Takes one event of a reply, with the name that the stream gives it.
    typealias EventReader = @Sendable (MapValue, String, inout CollectedReply) -> Void

    /// Asks for a reply and reads it as it comes, or in one piece from a server that does not stream.
    ///
    /// - Parameter path: from its `/` on, behind the base.
    /// - Parameter request: is told the text as it comes, and what the reply used, whole or not.
    /// - Returns: the reply, of which `check` tells whether it is whole.
    /// - Throws: what went wrong on the way, or what the server says went wrong.
    func reply(
        _ path: String, _ body: Value, to request: ModelRequest, notes: [String] = [],
        read: @escaping EventReader
    ) async throws(StepFailure) -> CollectedReply {
        let stream = Mutex(ReplyStream(read: read))
        let end = EndOfReply()
        let clock = clock
        let progress = StreamProgress(
            onBytes: { bytes in
                let (text, isOver) = stream.withLock {
                    ($0.take(bytes, at: clock.now()), $0.reply.isOver)
                }
                if !text.isEmpty { request.onText(text) }
                if isOver { end.hasCome() }
            }, hasBegun: { stream.withLock { $0.reply.hasBegun } })
        let response: HTTPResponse?
        do throws(StepFailure) {
            response = try await end.awaiting(clock) { () async throws(StepFailure) in
                try await post(
                    path, body, timeout: request.timeout,
                    onAsked: { stream.withLock { $0.asked = clock.now() } }, progress: progress)
            }
        } catch {
            let broken = stream.withLock { $0 }
            if broken.asked != nil, error.mayHaveCost || broken.reply.hasBegun {
                request.onCall(call(broken, request, notes))
            }
            throw error
        }
        let (text, ended) = stream.withLock { ($0.finish(response?.body ?? []), $0) }
        if !text.isEmpty { request.onText(text) }
        let reply = ended.reply
        guard let error = ended.error else {
            request.onCall(call(ended, request, notes))
            return reply
        }
        let failure = failure(error, response, request)
        if failure.mayHaveCost || reply.hasBegun || reply.inputTokens != nil {
            request.onCall(call(ended, request, notes))
        }
        throw failure
    }

    /// What an error means that stands in an answer.
    private func failure(_ error: ServerError, _ response: HTTPResponse?, _ request: ModelRequest)
        -> StepFailure
    {
        guard let status = error.status, (400..<600).contains(status) else {
            return BrokenReply.brokeOff(message: error.words).failure(of: self)
        }
        return failure(
            status, error, response ?? HTTPResponse(status: status, headers: [], body: [], url: base),
            request.model)
    }

    /// What a question used; where the provider does not say it, four bytes count as a token.
    private func call(_ stream: ReplyStream, _ request: ModelRequest, _ notes: [String]) -> ModelCall {
        let reply = stream.reply
        let isSaid = reply.inputTokens != nil && reply.outputTokens != nil
        let isWhole = reply.broken == nil && stream.error == nil
        // What is said before the end of a reply, as Anthropic does, says nothing of its length.
        let isBrokenOff = reply.ending == nil || !(isWhole || isSaid)
        let heard = reply.text.utf8.count / 4
        var call = ModelCall(
            provider: provider.name, model: request.model,
            tokens: .init(
                input: reply.inputTokens ?? request.estimatedTokens,
                output: isBrokenOff ? max(reply.outputTokens ?? 0, heard) : reply.outputTokens ?? heard,
                cached: reply.cachedTokens, reasoning: reply.reasoningTokens,
                areEstimated: isBrokenOff || !isSaid))
        call.isBrokenOff = isBrokenOff
        call.answered = reply.model
        call.finish = reply.finish
        call.firstToken = stream.firstToken
        call.note = notes.isEmpty ? nil : notes.joined(separator: "; ")
        return call
    }
}

/// A reply while its bytes come in.
private struct ReplyStream {
    let read: ModelServer.EventReader
    private var events = ServerSentEvents()
    private var characters = SplitCharacter()
    private var hasEvents = false
    private(set) var reply = CollectedReply()
    /// What the server says went wrong.
    private(set) var error: ServerError?
    /// When the question went out, in nanoseconds since 1970; nil before.
    var asked: Int64?
    /// Nanoseconds from then to the first piece of the reply; nil where it came in one.
    private(set) var firstToken: Int64?

    init(read: @escaping ModelServer.EventReader) { self.read = read }

    /// - Returns: the text that came with the bytes.
    mutating func take(_ bytes: [UInt8], at now: Int64) -> String {
        for event in events.take(bytes) { take(event) }
        if firstToken == nil, reply.hasBegun { firstToken = now - (asked ?? now) }
        return reply.takeFresh()
    }

    /// - Parameter body: all of the bytes that came.
    mutating func finish(_ body: [UInt8]) -> String {
        if let last = events.finish() { take(last) }
        if !hasEvents { take(whole: body.withoutMark) }
        if reply.ending == nil, error == nil { error = strayError(in: body) }
        return reply.takeFresh()
    }

    /// An error that stands between the events as a line of JSON, as some servers write it where a stream breaks.
    private func strayError(in body: [UInt8]) -> ServerError? {
        let lines = body.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        return lines.lazy.filter { $0.first == UInt8(ascii: "{") }.compactMap {
            (try? JSON.parse(bytes: Array($0))).flatMap { ServerError(in: $0) }
        }.first
    }

    private mutating func take(_ event: ServerSentEvents.Event) {
        let data = event.data.trimmed()
        guard !data.isEmpty, !reply.isOver else { return }
        hasEvents = true
        if data == "[DONE]" {
            reply.ending = reply.ending ?? .whole
            reply.isOver = true
        } else if let value = try? JSON.parse(characters.mended(data)) {
            take(value, event.name)
        } else {
            // Some servers write only words where something goes wrong.
            reply.broken = reply.broken ?? (event.name == "error" ? .brokeOff(message: data) : .noJSON)
        }
    }

    /// Takes the answer of a server that does not stream.
    private mutating func take(whole body: [UInt8]) {
        if !body.contains(where: { $0 > 0x20 }) {
            reply.broken = .empty(hasThought: false)
        } else if let value = try? JSON.parse(bytes: body) {
            take(value, "message")
            if value.asMap?["choices"] == nil, value.asMap?["content"] == nil {
                reply.broken = .noReply(words: JSON.text(value))
            }
            // It came whole, so that it ends here whatever it says.
            reply.ending = reply.ending ?? .whole
        } else {
            reply.broken = .noReply(words: ServerError(body: body).words)
        }
    }

    private mutating func take(_ value: Value, _ name: String) {
        if let told = ServerError(in: value) { error = error ?? told }
        if let map = value.asMap { read(map, name, &reply) }
    }
}

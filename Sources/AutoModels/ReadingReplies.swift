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
        // Some servers say 0 where they count nothing.
        let input = reply.inputTokens.flatMap { $0 == 0 && request.estimatedTokens > 0 ? nil : $0 }
        let output = reply.outputTokens.flatMap { $0 == 0 && reply.hasBegun ? nil : $0 }
        let isSaid = input != nil && output != nil
        let isWhole = reply.broken == nil && stream.error == nil
        // What is said before the end of a reply, as Anthropic does, says nothing of its length.
        let isBrokenOff = reply.ending == nil || !(isWhole || isSaid)
        let heard = reply.text.utf8.count / 4
        var call = ModelCall(
            provider: provider.name, model: request.model,
            tokens: .init(
                input: input ?? request.estimatedTokens,
                output: isBrokenOff ? max(output ?? 0, heard) : output ?? heard,
                cached: reply.cachedTokens, reasoning: reply.reasoningTokens,
                areEstimated: isBrokenOff || !isSaid))
        call.tokens.kept = reply.keptTokens
        call.tokens.keptForAnHour = reply.keptForAnHour
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
        for var piece in reply.counted.pieces {
            piece["index"] = .int(Int64(reply.choice ?? 0))
            read(MapValue(record: [("choices", .list([.map(piece)]))]), "message", &reply)
        }
        if reply.endsWithUsage, reply.hasBegun { reply.ending = reply.ending ?? .whole }
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
        let (text, isText) = characters.joined(event)
        if !isText { reply.broken = reply.broken ?? .noJSON(words: text) }
        take(data: text.trimmed(), event.name)
    }

    private mutating func take(data: String, _ name: String) {
        guard !data.isEmpty, !reply.isOver else { return }
        hasEvents = true
        if ReplyStream.isEnd(data) {
            reply.ending = reply.ending ?? .whole
            reply.isOver = true
        } else if let value = JSON.written(byServer: Array(characters.mended(data).utf8)) {
            take(value, name)
        } else if let lines = ReplyStream.events(in: data) {
            for line in lines { take(data: line, name) }
        } else {
            // Some servers write only words where something goes wrong.
            reply.broken =
                reply.broken ?? (name == "error" ? .brokeOff(message: data) : .noJSON(words: data))
        }
    }

    private static let end = "[DONE]"

    /// Some servers write the end's mark as JSON, or in small letters.
    private static func isEnd(_ data: String) -> Bool {
        data == end || data.utf8.count <= 8 && ["[done]", "\"[done]\""].contains(data.lowercased())
    }

    /// The events that a server has not parted by blank lines, so that they look like the lines of one.
    private static func events(in data: String) -> [String]? {
        let lines = data.split(separator: "\n").map(String.init)
        guard lines.count > 1, lines.allSatisfy({ $0 == end || (try? JSON.parse($0))?.asMap != nil })
        else { return nil }
        return lines
    }

    /// Takes the answer of a server that does not stream.
    private mutating func take(whole body: [UInt8]) {
        if !body.contains(where: { $0 > 0x20 }) {
            reply.broken = .empty(hasThought: false, finish: nil)
        } else if let value = JSON.written(byServer: body) {
            take(value, "message")
            if value.asMap?["choices"] == nil, value.asMap?["content"] == nil {
                reply.broken = .noReply(words: JSON.text(value))
            }
            // It came whole, so that it ends here whatever it says; unless it is the first piece of a stream.
            let isPiece = value.asMap?["choices"]?.asList?.first?.asMap?["delta"]?.asMap != nil
            if !isPiece { reply.ending = reply.ending ?? .whole }
        } else if let pieces = ReplyStream.pieces(in: body) {
            for piece in pieces { take(piece, "message") }
        } else {
            reply.broken = .noReply(words: ServerError(body: body).words)
        }
    }

    /// The pieces of a reply that a server streams as lines of JSON; nil for anything else.
    private static func pieces(in body: [UInt8]) -> [Value]? {
        let lines = body.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let pieces = lines.compactMap {
            (try? JSON.parse(bytes: Array($0))).flatMap { $0.asMap == nil ? nil : $0 }
        }
        let arePieces = pieces.contains { $0.asMap?["choices"] != nil || $0.asMap?["delta"] != nil }
        return arePieces && pieces.count == lines.count ? pieces : nil
    }

    private mutating func take(_ value: Value, _ name: String) {
        if let told = ServerError(in: value) { error = error ?? told }
        if let map = value.asMap { read(map, name, &reply) }
    }
}

extension JSON {
    /// The value that a server has written, with null for numbers that are none: servers in Python write
    /// `NaN`, `Infinity` and `-Infinity` into their notes, and clients in Python read that.
    ///
    /// - Returns: nil for what is no JSON even so.
    fileprivate static func written(byServer bytes: [UInt8]) -> Value? {
        if let value = try? parse(bytes: bytes) { return value }
        return bytes.withNullForNoNumbers.flatMap { try? parse(bytes: $0) }
    }
}

extension [UInt8] {
    private static let noNumbers = ["NaN", "-Infinity", "Infinity"].map { Array($0.utf8) }

    /// Nil where no such number stands outside of texts.
    fileprivate var withNullForNoNumbers: [UInt8]? {
        var other: [UInt8] = []
        var isInText = false
        var hasFound = false
        var place = 0
        while place < count {
            let byte = self[place]
            if !isInText, let word = Self.noNumbers.first(where: { self[place...].starts(with: $0) }) {
                other += "null".utf8
                place += word.count
                hasFound = true
                continue
            }
            if byte == UInt8(ascii: "\"") { isInText.toggle() }
            other.append(byte)
            if isInText, byte == UInt8(ascii: "\\"), place + 1 < count {
                place += 1
                other.append(self[place])
            }
            place += 1
        }
        return hasFound ? other : nil
    }
}

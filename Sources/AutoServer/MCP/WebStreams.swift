import MCP

/// A message with its place in the streams of one client.
struct WebEvent: Sendable {
    /// Unique among all streams of the client: what a client names that asks a stream to go on behind it.
    struct Place: Sendable, Hashable {
        /// Which of the client's streams.
        let stream: Int
        /// Which of that stream's messages, from 1.
        let number: Int

        var text: String { "\(stream)-\(number)" }

        init(stream: Int, number: Int) {
            self.stream = stream
            self.number = number
        }

        /// Nil for what is no such place.
        init?(text: String) {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let stream = Int(parts[0]), let number = Int(parts[1]), number >= 0 else {
                return nil
            }
            self.init(stream: stream, number: number)
        }
    }

    let place: Place
    let message: RPCMessage
}

/// The streams of one client: who reads them now, and what of them is kept for who comes back.
///
/// A client whose connection breaks has asked for nothing to be stopped. What is said meanwhile is kept, as far as it has
/// room, and comes when the client names the last message that it has.
struct WebStreams: Sendable {
    private struct Stream: Sendable {
        /// The requests that have no answer yet.
        var open: Set<RPCID>
        /// Whether more than the answers fits into it, and whether it is kept at all: an answer in one piece is not.
        let takesAll: Bool
        /// Whether it is the one for what belongs to no request.
        let isListener: Bool
        /// Who reads it now; nil while nobody does.
        var reader: (number: Int, messages: AsyncStream<WebEvent>.Continuation)?
        /// The last messages, with their sizes.
        var kept: [(event: WebEvent, bytes: Int)] = []
        /// How many messages it has had.
        var count = 0

        var isDone: Bool { open.isEmpty && !isListener }
    }

    /// So many bytes of messages are kept for one client, the newest ones.
    static let mostBytes = 1 << 20
    /// So many streams that have come to their end are kept for one client, the newest ones.
    static let mostDone = 100

    private var streams: [Int: Stream] = [:]
    private var bytes = 0
    private var last = 0
    private var lastReader = 0
    /// The newest stream for what belongs to no request.
    private var listener: Int?

    /// Whether somebody reads, or some request has no answer yet.
    var areInUse: Bool { streams.values.contains { $0.reader != nil || !$0.isDone && !$0.isListener } }

    /// Whoever reads some stream now.
    var readers: [AsyncStream<WebEvent>.Continuation] { streams.values.compactMap(\.reader?.messages) }

    // Readers.

    /// Begins a stream for the answers to requests.
    ///
    /// - Returns: a number that stands for the reader.
    mutating func begin(
        _ open: Set<RPCID>, takesAll: Bool, _ reader: AsyncStream<WebEvent>.Continuation
    ) -> Int {
        last += 1
        streams[last] = Stream(open: open, takesAll: takesAll, isListener: false)
        return read(last, reader)
    }

    /// Begins a stream for what belongs to no request, in the place of the one before.
    ///
    /// - Returns: a number that stands for the reader, and who has read the one before.
    mutating func listen(
        _ reader: AsyncStream<WebEvent>.Continuation
    ) -> (reader: Int, before: AsyncStream<WebEvent>.Continuation?) {
        let before = listener.flatMap { streams[$0]?.reader?.messages }
        if let listener { drop(listener) }
        last += 1
        streams[last] = Stream(open: [], takesAll: true, isListener: true)
        listener = last
        return (read(last, reader), before)
    }

    /// Goes on with a stream behind one of its messages.
    ///
    /// - Returns: a number that stands for the reader, nil where nothing more comes, and who has read the stream before;
    ///   nil where the stream, or what stands behind the message, is not there any more.
    mutating func resume(
        after place: WebEvent.Place, _ reader: AsyncStream<WebEvent>.Continuation
    ) -> (reader: Int?, before: AsyncStream<WebEvent>.Continuation?)? {
        guard let stream = streams[place.stream], stream.takesAll,
            (stream.count - stream.kept.count...stream.count).contains(place.number)
        else { return nil }
        for kept in stream.kept where kept.event.place.number > place.number { reader.yield(kept.event) }
        let before = stream.reader?.messages
        return (stream.isDone ? nil : read(place.stream, reader), before)
    }

    private mutating func read(_ stream: Int, _ reader: AsyncStream<WebEvent>.Continuation) -> Int {
        lastReader += 1
        streams[stream]?.reader = (lastReader, reader)
        return lastReader
    }

    /// A reader is gone. What it has not read waits for the next one.
    mutating func leave(_ reader: Int) {
        guard let number = streams.first(where: { $0.value.reader?.number == reader })?.key else { return }
        streams[number]?.reader = nil
        if streams[number]?.takesAll == false { streams[number] = nil }
        dropOldest()
    }

    // Messages.

    /// Adds the answer to a request. An answer that nobody waits for any more is dropped.
    ///
    /// - Returns: whose stream ends with it; nil where others are to come.
    mutating func answer(_ id: RPCID, _ message: RPCMessage) -> AsyncStream<WebEvent>.Continuation? {
        guard let number = streams.first(where: { $0.value.open.contains(id) })?.key else { return nil }
        streams[number]?.open.remove(id)
        put(message, in: number)
        let reader = streams[number]?.isDone == true ? streams[number]?.reader?.messages : nil
        dropOldest()
        return reader
    }

    /// Adds what is told about a request, or about none.
    ///
    /// - Returns: false where there is no stream that would take it.
    mutating func tell(_ message: RPCMessage, about request: RPCID?) -> Bool {
        guard let number = stream(about: request) else { return false }
        put(message, in: number)
        return true
    }

    /// Adds a question, to which the client has to answer.
    ///
    /// - Returns: false where nobody reads just now.
    mutating func ask(_ message: RPCMessage, about request: RPCID?) -> Bool {
        guard let number = stream(about: request), streams[number]?.reader != nil else { return false }
        put(message, in: number)
        return true
    }

    private func stream(about request: RPCID?) -> Int? {
        if let request,
            let number = streams.first(where: { $0.value.takesAll && $0.value.open.contains(request) })?.key
        {
            return number
        }
        return listener
    }

    private mutating func put(_ message: RPCMessage, in number: Int) {
        guard var stream = streams[number] else { return }
        stream.count += 1
        let event = WebEvent(place: WebEvent.Place(stream: number, number: stream.count), message: message)
        stream.reader?.messages.yield(event)
        if stream.takesAll {
            let size = message.bytes.count
            stream.kept.append((event, size))
            bytes += size
        }
        streams[number] = stream
        dropOldest()
    }

    /// Keeps no more than there is room for.
    private mutating func dropOldest() {
        let done = streams.filter { $0.value.isDone && $0.value.reader == nil }.keys.sorted()
        for number in done.dropLast(WebStreams.mostDone) { drop(number) }
        guard bytes > WebStreams.mostBytes else { return }
        for number in streams.keys.sorted() {
            while bytes > WebStreams.mostBytes, let first = streams[number]?.kept.first {
                streams[number]?.kept.removeFirst()
                bytes -= first.bytes
            }
        }
    }

    private mutating func drop(_ number: Int) {
        guard let stream = streams.removeValue(forKey: number) else { return }
        bytes -= stream.kept.reduce(0) { $0 + $1.bytes }
        if listener == number { listener = nil }
    }
}

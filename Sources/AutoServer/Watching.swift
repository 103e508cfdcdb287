import AutoRuntime
import CEL
import HTTPTypes
import Hummingbird
import NIOCore

extension API {
    /// What a watcher waits for.
    enum Sight: Sendable {
        case event(Hub.Event)
        /// Time to look at the store, or to show the connection that it lives.
        case tick
        case ended
    }

    /// The session's events, and a tick again and again, since another process may run it; it ends for who falls too far
    /// behind, and may watch anew.
    func sights(of session: ID, every nanoseconds: Int64) -> AsyncStream<Sight> {
        let events = hub.watch(session)
        let (stream, continuation) = AsyncStream.makeStream(
            of: Sight.self, bufferingPolicy: .bufferingOldest(Hub.reach))
        let clock = parts.clock
        let task = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await event in events {
                        if case .dropped = continuation.yield(.event(event)) { continuation.finish() }
                    }
                    continuation.yield(.ended)
                    continuation.finish()
                }
                group.addTask {
                    while !Task.isCancelled {
                        do throws(CancellationError) { try await clock.sleep(nanoseconds: nanoseconds) } catch
                        {
                            return
                        }
                        continuation.yield(.tick)
                    }
                }
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    /// The record once it differs; nil when the time is over.
    func change(of session: StoredSession, from tag: String, within seconds: Int64) async throws
        -> SessionRecord?
    {
        let id = session.record.header.id
        let end = parts.clock.now() + seconds * 1_000_000_000
        let sights = sights(of: id, every: 250_000_000)
        // What changed between the reading and the watching.
        if let now = try store.session(id, of: nil)?.record, now.tag != tag { return now }
        for await sight in sights {
            switch sight {
            case .event(.text): continue
            case .event, .tick: break
            case .ended: return nil
            }
            let isTick = if case .tick = sight { true } else { false }
            if isTick, engine.runs(id), parts.clock.now() < end { continue }
            if let now = try store.session(id, of: nil)?.record, now.tag != tag { return now }
            if parts.clock.now() >= end { return nil }
        }
        return nil
    }

    /// Server-sent events: the session, then each record as it changes, until the session has ended.
    func stream(_ session: StoredSession) -> Response {
        let id = session.record.header.id
        var headers = HTTPFields()
        headers[.contentType] = "text/event-stream"
        headers[.cacheControl] = "no-store"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                var sights = sights(of: id, every: 500_000_000).makeAsyncIterator()
                var shown = Shown()
                var quiet = 0
                if let now = try store.session(id, of: nil) { try await writer.write(shown.all(now.record)) }
                var isOver = shown.hasEnded
                while !isOver, let sight = await sights.next() {
                    var text = ByteBuffer()
                    switch sight {
                    case .ended: isOver = true
                    case .event(.step(let ordinal, let record)):
                        text = shown.step(ordinal, record, session.record.stepInfos)
                    case .event(.text(let ordinal, let words)): text = shown.text(ordinal, words)
                    case .event(.session), .event(.changed):
                        if let now = try store.session(id, of: nil) { text = shown.news(now.record) }
                    case .tick:
                        if !engine.runs(id), let now = try store.session(id, of: nil) {
                            text = shown.news(now.record)
                        }
                        quiet += 1
                    }
                    // A line that means nothing shows both ends that the connection lives.
                    if text.readableBytes == 0, quiet >= 20 { text = ByteBuffer(string: ": \n\n") }
                    if text.readableBytes > 0 {
                        quiet = 0
                        try await writer.write(text)
                    }
                    isOver = isOver || shown.hasEnded
                }
                try await writer.finish(nil)
            })
    }

    /// What a watcher has been shown.
    private struct Shown {
        private var steps: [String] = []
        private var ids: [ID] = []
        private var ended: Set<Int> = []
        private var header = ""
        var hasEnded = false

        /// The whole session.
        mutating func all(_ record: SessionRecord) -> ByteBuffer {
            steps = record.steps.map { JSON.text(record.json($0)) }
            ids = record.steps.map(\.id)
            ended = Set(record.steps.indices.filter { record.steps[$0].hasEnded })
            header = headerText(record)
            hasEnded = record.header.hasEnded
            return event("session", JSON.text(record.json))
        }

        /// What differs from what was shown.
        mutating func news(_ record: SessionRecord) -> ByteBuffer {
            var text = ByteBuffer()
            for (ordinal, step) in record.steps.enumerated() {
                var part = self.step(ordinal, step, record.stepInfos)
                text.writeBuffer(&part)
            }
            guard headerText(record) != header else { return text }
            var whole = all(record)
            text.writeBuffer(&whole)
            return text
        }

        mutating func step(_ ordinal: Int, _ record: StepRecord, _ infos: [StepInfo]) -> ByteBuffer {
            let json = JSON.text(stepJSON(record, infos[record.stepIndex]))
            while steps.count <= ordinal {
                steps.append("")
                ids.append(record.id)
            }
            // An event may come behind a reading that was ahead of it.
            guard steps[ordinal] != json, record.hasEnded || !ended.contains(ordinal) else {
                return ByteBuffer()
            }
            if record.hasEnded { ended.insert(ordinal) }
            steps[ordinal] = json
            ids[ordinal] = record.id
            return event("step", json)
        }

        func text(_ ordinal: Int, _ words: String) -> ByteBuffer {
            guard ids.indices.contains(ordinal) else { return ByteBuffer() }
            return event(
                "text",
                JSON.text(.record([("id", .string(ids[ordinal].text)), ("text", .string(words))])))
        }

        private func headerText(_ record: SessionRecord) -> String {
            record.header.status.rawValue + " " + (record.header.error ?? "")
        }

        private func event(_ name: String, _ data: String) -> ByteBuffer {
            ByteBuffer(string: "event: \(name)\ndata: \(data)\n\n")
        }
    }
}

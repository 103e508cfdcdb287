import AutoRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import Values

extension API {
    /// Server-sent events: the session, then each record as it changes, until the session has ended.
    ///
    /// - Parameter last: the id of the last event that the client has seen: what it knows is not sent again.
    func stream(_ session: StoredSession, behind last: String?) -> Response {
        let id = session.record.header.id
        let place = last.flatMap { StreamPlace(text: $0) }
        // By 204 a browser's EventSource is told that there is nothing to come back for.
        if session.record.header.hasEnded, place == StreamPlace(session.record) {
            return Response(status: .noContent)
        }
        return .events { write in
            let watching = hub.watch(id)
            defer { watching.end() }
            var shown = ShownRecords()
            if let now = try await record(id) {
                var text = shown.begin(now, behind: place)
                text.writeImmutableBuffer(shown.words(watching.words, now))
                try await write(text)
            }
            if shown.hasEnded { watching.end() }
            for await event in watching.events {
                var text = ByteBuffer()
                switch event {
                case .step(let ordinal, let record):
                    text = shown.step(ordinal, record, session.record.stepInfos)
                case .text(let ordinal, let words): text = shown.text(ordinal, words)
                case .session, .changed:
                    guard let now = try await record(id) else {
                        watching.end()
                        continue
                    }
                    text = shown.news(now)
                case .tick: text = Response.sign
                }
                if text.readableBytes > 0 { try await write(text) }
                if shown.hasEnded { break }
            }
        }
    }
}

extension API {
    /// A session's record, read once for all who watch it.
    private func record(_ id: ID) async throws -> SessionRecord? {
        try await sharedRecords.value(of: id) { try await store.session(id, of: nil)?.record }
    }
}

/// What the watcher of a session has been shown, and so what is news to it.
private struct ShownRecords {
    private var place = StreamPlace()
    /// The records by ordinal as they were sent; empty where only their state is known, from an earlier connection.
    private var steps: [String] = []
    private var ids: [ID] = []
    private var header = ""

    var hasEnded: Bool { place.status == .finished || place.status == .failed }

    /// All of the session; for who comes back, only what it has not seen.
    mutating func begin(_ record: SessionRecord, behind place: StreamPlace?) -> ByteBuffer {
        guard let place, place.count <= record.steps.count else { return all(record) }
        self.place = place
        steps = Array(repeating: "", count: place.count)
        ids = record.steps.prefix(place.count).map(\.id)
        if place.status == record.header.status { header = headerText(record) }
        return news(record)
    }

    /// The whole session.
    private mutating func all(_ record: SessionRecord) -> ByteBuffer {
        steps = record.steps.map { JSON.text(record.json($0)) }
        ids = record.steps.map(\.id)
        place = StreamPlace(record)
        header = headerText(record)
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

    /// A record, unless it was shown so already, or in a later state: an event may come behind a reading that was ahead of it.
    mutating func step(_ ordinal: Int, _ record: StepRecord, _ infos: [StepInfo]) -> ByteBuffer {
        while steps.count <= ordinal {
            steps.append("")
            ids.append(record.id)
        }
        guard place.advances(ordinal, to: record.status) else { return ByteBuffer() }
        let json = JSON.text(stepJSON(record, infos[record.stepIndex]))
        guard steps[ordinal] != json else { return ByteBuffer() }
        place.set(ordinal, record.status)
        steps[ordinal] = json
        ids[ordinal] = record.id
        return event("step", json)
    }

    /// A model's words, which are in no record yet, and so have no id to go on behind.
    func text(_ ordinal: Int, _ words: String) -> ByteBuffer {
        guard ids.indices.contains(ordinal) else { return ByteBuffer() }
        let data = JSON.text(.record([("id", .string(ids[ordinal].text)), ("text", .string(words))]))
        return ByteBuffer(string: "event: text\ndata: \(data)\n\n")
    }

    /// What models wrote before the stream began. `whole` says that it stands in place of what the client may have of it.
    func words(_ words: [Int: WordsSoFar.Words], _ record: SessionRecord) -> ByteBuffer {
        var text = ByteBuffer()
        for (ordinal, words) in words.sorted(by: { $0.key < $1.key }) {
            guard record.steps.indices.contains(ordinal), !record.steps[ordinal].hasEnded else { continue }
            let data = JSON.text(
                .record([
                    ("id", .string(record.steps[ordinal].id.text)), ("text", .string(words.text)),
                    ("whole", .bool(true)), ("left_out", .int(Int64(words.leftOut))),
                ]))
            text.writeString("event: text\ndata: \(data)\n\n")
        }
        return text
    }

    private func headerText(_ record: SessionRecord) -> String {
        record.header.status.rawValue + " " + (record.header.error ?? "")
    }

    private func event(_ name: String, _ data: String) -> ByteBuffer {
        ByteBuffer(string: "id: \(place.text)\nevent: \(name)\ndata: \(data)\n\n")
    }
}

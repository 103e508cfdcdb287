import AutoRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import Values

extension API {
    /// The record once it differs; nil when the time is over.
    func change(of session: StoredSession, from tag: String, within seconds: Int64) async throws
        -> SessionRecord?
    {
        let id = session.record.header.id
        let watching = hub.watch(id)
        let clock = parts.clock
        let timer = Task {
            try? await clock.sleep(nanoseconds: seconds * 1_000_000_000)
            watching.end()
        }
        defer { timer.cancel() }
        // What changed between the reading and the watching.
        if let now = try await store.session(id, of: nil)?.record, now.tag != tag { return now }
        for await event in watching.events {
            switch event {
            case .text, .tick: continue
            case .session, .step, .changed: break
            }
            guard let now = try await store.session(id, of: nil)?.record else { return nil }
            if now.tag != tag { return now }
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
                let watching = hub.watch(id)
                var shown = Shown()
                if let now = try await store.session(id, of: nil) {
                    try await writer.write(shown.all(now.record))
                }
                if shown.hasEnded { watching.end() }
                for await event in watching.events {
                    var text = ByteBuffer()
                    var isGone = false
                    switch event {
                    case .step(let ordinal, let record):
                        text = shown.step(ordinal, record, session.record.stepInfos)
                    case .text(let ordinal, let words): text = shown.text(ordinal, words)
                    case .session, .changed:
                        if let now = try await store.session(id, of: nil) {
                            text = shown.news(now.record)
                        } else {
                            isGone = true
                        }
                    // A line that means nothing shows both ends that the connection lives.
                    case .tick: text = ByteBuffer(string: ": \n\n")
                    }
                    if text.readableBytes > 0 { try await writer.write(text) }
                    if shown.hasEnded || isGone { break }
                }
                watching.end()
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

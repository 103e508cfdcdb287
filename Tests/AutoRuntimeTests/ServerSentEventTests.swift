import Testing

@testable import AutoRuntime

/// The stream of events by the WHATWG's standard.
@Suite(.timeLimit(.minutes(1))) struct ServerSentEventTests {
    typealias Event = ServerSentEvents.Event

    private func read(_ pieces: [ArraySlice<UInt8>]) -> [Event] {
        var stream = ServerSentEvents()
        var events = pieces.flatMap { stream.take(Array($0)) }
        if let last = stream.finish() { events.append(last) }
        return events
    }

    private func message(_ data: String) -> Event { Event(name: "message", data: data) }

    static let streams: [(text: String, expected: [Event])] = [
        ("data: a\n\n", [Event(name: "message", data: "a")]),
        ("data:a\n\n", [Event(name: "message", data: "a")]),
        ("data:  a \n\n", [Event(name: "message", data: " a ")]),
        ("data: a\ndata: b\ndata:\n\n", [Event(name: "message", data: "a\nb\n")]),
        ("data\n\n", [Event(name: "message", data: "")]),
        ("data: a\r\rdata: b\r\r", ["a", "b"].map { Event(name: "message", data: $0) }),
        ("data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"].map { Event(name: "message", data: $0) }),
        ("data: a\r\ndata: b\rdata: c\n\r\n", [Event(name: "message", data: "a\nb\nc")]),
        (
            "event: ping\ndata: {}\n\ndata: x\n\n",
            [
                Event(name: "ping", data: "{}"), Event(name: "message", data: "x"),
            ]
        ),
        ("event: lost\n\ndata: x\n\n", [Event(name: "message", data: "x")]),
        (": a comment\n\n:\n\ndata: a\n: inside\ndata: b\n\n", [Event(name: "message", data: "a\nb")]),
        ("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\n", [Event(name: "message", data: "a")]),
        (
            "id: 1\nretry: 5\nother: x\n data: y\nDATA: z\ndata: a: b\n\n",
            [
                Event(name: "message", data: "a: b")
            ]
        ),
        ("data: ä→🙂\n\n", [Event(name: "message", data: "ä→🙂")]),
        ("data: [DONE]  \n\n", [Event(name: "message", data: "[DONE]  ")]),
        ("data: a\n\ndata: b", ["a", "b"].map { Event(name: "message", data: $0) }),
        ("data: a\n\ndata: b\n", ["a", "b"].map { Event(name: "message", data: $0) }),
        ("", []), ("\n\n\r\r\n", []), ("nothing of the kind", []),
    ]

    @Test func eachStreamIsReadAlikeHoweverItIsSplit() {
        for (text, expected) in Self.streams {
            let bytes = Array(text.utf8)
            #expect(read([bytes[...]]) == expected, "\(text.debugDescription) in one piece")
            #expect(
                read(bytes.indices.map { bytes[$0...$0] }) == expected, "\(text.debugDescription) by bytes")
            for first in bytes.indices {
                for second in first..<bytes.endIndex {
                    let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]]
                    #expect(read(pieces) == expected, "\(text.debugDescription) at \(first) and \(second)")
                }
            }
        }
    }

    @Test func anEventIsGivenAsSoonAsItEnds() {
        var stream = ServerSentEvents()
        #expect(stream.take(Array("data: a\r\n".utf8)).isEmpty)
        // The carriage return alone ends the blank line: nobody waits for a line feed that may never come.
        #expect(stream.take(Array("\r".utf8)) == [message("a")])
        #expect(stream.take(Array("\ndata: b\n\n".utf8)) == [message("b")])
        #expect(stream.finish() == nil)
    }

    /// An id counts from the end of its event on, for the events behind it too; one with a NUL is none.
    @Test func theLastIDIsThatOfWholeEvents() {
        var stream = ServerSentEvents()
        #expect(stream.take(Array("data: a\n\n".utf8)).count == 1 && stream.lastID == nil)
        _ = stream.take(Array("id: 7\ndata: b\n".utf8))
        #expect(stream.lastID == nil && stream.pendingBytes > 0)
        _ = stream.take(Array("\nid: x\0y\ndata: c\n\n".utf8))
        #expect(stream.lastID == "7" && stream.pendingBytes == 0)
        // An event without data has none to give, and its id counts all the same.
        #expect(stream.take(Array("id: 8\n\n".utf8)).isEmpty && stream.lastID == "8")
        _ = stream.take(Array("id:\n\n".utf8))
        #expect(stream.lastID == "")
    }

    @Test(arguments: [
        ("retry: 1500\n", 1_500), ("retry: soon\n", nil), ("retry: 123456789\n", nil), ("", nil),
    ])
    func theDelayIsANumberOfMilliseconds(_ text: String, _ delay: Int?) {
        var stream = ServerSentEvents()
        _ = stream.take(Array(text.utf8))
        #expect(stream.delay == delay)
    }
}

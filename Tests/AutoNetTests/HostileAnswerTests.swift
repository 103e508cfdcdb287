import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing
import URLs

@testable import AutoNet

/// Servers that mean harm, or are broken.
@Suite(.timeLimit(.minutes(1))) struct HostileAnswerTests {
    private func failure(_ answer: ServerAnswer, megabytes: Int = 32) async throws -> (
        failure: StepFailure?, requests: Int
    ) {
        let server = try await TestServer { _, _ in answer }
        let failure = try await withClient {
            await $0.failure(of: HTTPRequest(url: server.url, maximumBytes: megabytes << 20))
        }
        try await server.stop()
        return (failure, server.seen.count)
    }

    private func packed(_ bytes: [UInt8], cut: Bool = false) -> ServerAnswer {
        var answer = ServerAnswer(headers: [("content-encoding", "gzip")])
        answer.bytes = bytes
        answer.cut = cut
        return answer
    }

    /// Half a megabyte that would become seventy: it ends where the request ends, and where unpacking ends.
    @Test(arguments: [(32, "more than 32 MB"), (128, "more than 64 MB once it is unpacked")])
    func bombsAreStopped(megabytes: Int, words: String) async throws {
        let outcome = try await failure(packed(Gzip.zeros(megabytes: 70)), megabytes: megabytes)
        #expect(outcome.failure?.kind == .tooLarge, "\(outcome)")
        #expect(outcome.failure?.message.hasSuffix("answers with " + words) == true, "\(outcome)")
    }

    @Test func packedBytesThatAreNoneAreTold() async throws {
        let outcome = try await failure(packed(Array("this is not gzip at all".utf8)))
        #expect(outcome.failure?.kind == .network, "\(outcome)")
        #expect(outcome.failure?.message.contains("packed bytes") == true, "\(outcome)")
    }

    /// A part never passes for the whole.
    @Test func aCutPackageIsTold() async throws {
        let whole = Gzip.zeros(megabytes: 1)
        let outcome = try await failure(packed(Array(whole.prefix(whole.count / 2)), cut: true))
        #expect(outcome.failure?.kind == .network && outcome.failure?.isRetryable == true, "\(outcome)")
    }

    @Test func circlesOfRedirectsEnd() async throws {
        let outcome = try await failure(ServerAnswer(302, headers: [("location", "/again")]))
        #expect(outcome.failure?.kind == .redirects && outcome.requests == 11, "\(outcome)")
        #expect(outcome.failure?.message.hasSuffix("redirects more than 10 times") == true)
    }

    /// The parser takes any three digits for a status, and the client of below took such a one for no answer yet.
    @Test(
        arguments: [
            "000 X\r\ncontent-length: 0\r\n\r\n", "001 X\r\ncontent-length: 2\r\n\r\nok",
            "099 X\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        ])
    func aStatusBelowAHundredIsTold(answer: String) async throws {
        let server = try await RawServer(answering: "HTTP/1.1 " + answer)
        // The second path is one that a client of another kind asks for.
        for path in ["/", "/[a]?b=|"] {
            let url = "http://127.0.0.1:\(server.port)\(path)"
            let failure = try await withClient { await $0.failure(of: HTTPRequest(url: url)) }
            #expect(
                failure?.kind == .network && failure?.isRetryable == true, "\(String(describing: failure))")
            #expect(
                failure?.message.hasSuffix("answers with what is no HTTP") == true,
                "\(String(describing: failure))")
        }
        try await server.stop()
    }

    /// What comes before an answer is no answer, and harms none.
    @Test func wordsBeforeTheAnswerArePassedOver() async throws {
        let server = try await RawServer(
            answering: "HTTP/1.1 100 X\r\n\r\nHTTP/1.1 103 Y\r\nlink: </a>\r\n\r\n"
                + "HTTP/1.1 200 Z\r\ncontent-length: 2\r\n\r\nok")
        let answer = try await withClient {
            try await $0.send(HTTPRequest(url: "http://127.0.0.1:\(server.port)/"))
        }
        try await server.stop()
        #expect(answer.status == 200 && answer.body == Array("ok".utf8))
    }

    /// A server that speaks HTTP/2 could stop the program by a status, and fill its memory by frames.
    @Test func noServerIsOfferedHTTP2() async throws {
        let server = try await RawServer(answering: "no TLS")
        let failure = try await withClient {
            await $0.failure(of: HTTPRequest(url: "https://127.0.0.1:\(server.port)/"))
        }
        try await server.stop()
        #expect(failure?.kind == .network)
        // As the two stand in the list of protocols that a connection begins with, each behind its length.
        let seen = server.seen
        #expect(!seen.isEmpty && seen.firstRange(of: Array("\u{8}http/1.1".utf8)) != nil)
        #expect(seen.firstRange(of: Array("\u{2}h2\u{8}http/1.1".utf8)) == nil)
    }

    /// Who is not waited for any more is not asked any more.
    @Test func aServerThatNeverAnswersIsLeft() async throws {
        let server = try await TestServer { _, _ in ServerAnswer(hangs: true) }
        let failure = try await withClient { client -> StepFailure? in
            let task = Task { await client.failure(of: HTTPRequest(url: server.url)) }
            await server.nextRequest()
            task.cancel()
            return await task.value
        }
        try await server.stop()
        #expect(failure?.kind == .cancelled)
    }
}

/// Names that change their addresses between the look that checks them and the one that connects.
@Suite(.timeLimit(.minutes(1))) struct RebindingTests {
    /// A name server that gives this machine's address once, and a cloud's keys ever after.
    private final class Names: Sendable {
        private let count = Mutex(0)

        var lookUps: Int { count.withLock { $0 } }

        func next() -> [HostAddress] {
            let number = count.withLock {
                $0 += 1
                return $0
            }
            return number == 1
                ? [HostAddress(text: "127.0.0.1", bytes: [127, 0, 0, 1])]
                : [HostAddress(text: "169.254.169.254", bytes: [169, 254, 169, 254])]
        }
    }

    private func withClient<Result: Sendable>(
        _ names: Names, _ body: (OutsideClient) async throws -> Result
    ) async throws -> Result {
        let client = OutsideClient(allowedHosts: try AllowedHosts(["127.0.0.1"]), clock: FixedClock(time: 0))
        {
            (_: WebURL) async throws(StepFailure) in names.next()
        }
        return try await TestSupport.withClient(client, body)
    }

    @Test func theCheckedAddressIsTheOneThatIsAsked() async throws {
        let server = try await TestServer { _, _ in ServerAnswer(pieces: ["ok"]) }
        let names = Names()
        let url = "http://rebind.example:\(server.port)/"
        try await withClient(names) { client in
            let answer = try await client.send(HTTPRequest(url: url))
            #expect(answer.status == 200)
            #expect(names.lookUps == 1, "a name is looked up once for a request")
            // The open connection of before is not taken for a name that now stands for something else.
            let refused = await #expect(throws: StepFailure.self) {
                try await client.send(HTTPRequest(url: url, allowPrivate: true))
            }
            #expect(refused?.kind == .refused && refused?.message.contains("never reached") == true)
        }
        try await server.stop()
        #expect(server.seen.count == 1)
        #expect(server.seen.first?[header: "host"] == "rebind.example:\(server.port)")
    }

    @Test func eachRedirectIsCheckedAnew() async throws {
        let server = try await TestServer { _, _ in ServerAnswer(302, headers: [("location", "/on")]) }
        try await withClient(Names()) { client in
            let refused = await #expect(throws: StepFailure.self) {
                try await client.send(HTTPRequest(url: "http://rebind.example:\(server.port)/"))
            }
            #expect(refused?.kind == .refused)
        }
        try await server.stop()
        #expect(server.seen.map(\.path) == ["/"])
    }
}

/// A gzip file (RFC 1952) of nothing but zeros, written bit by bit: its end is left out, since nobody is to
/// come so far.
private enum Gzip {
    static func zeros(megabytes: Int) -> [UInt8] {
        var bits = Bits()
        bits.bytes = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        // One last block by the fixed codes of RFC 1951, which begins with a zero.
        bits.write(0b1, 1)
        bits.write(0b01, 2)
        bits.writeCode(0b0011_0000, 8)
        // "258 bytes as the one before": the code of the length has 8 bits, that of the distance 5.
        for _ in 0..<(megabytes << 20) / 258 {
            bits.writeCode(0b1100_0101, 8)
            bits.writeCode(0, 5)
        }
        return bits.bytes
    }

    private struct Bits {
        var bytes: [UInt8] = []
        private var free = 0

        /// The lowest bit first.
        mutating func write(_ value: Int, _ count: Int) {
            for place in 0..<count {
                if free == 0 {
                    bytes.append(0)
                    free = 8
                }
                bytes[bytes.count - 1] |= UInt8(value >> place & 1) << UInt8(8 - free)
                free -= 1
            }
        }

        /// A code, its highest bit first.
        mutating func writeCode(_ code: Int, _ count: Int) {
            for place in (0..<count).reversed() { write(code >> place & 1, 1) }
        }
    }
}

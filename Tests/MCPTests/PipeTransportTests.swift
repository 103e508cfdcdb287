import MCP
import Testing
import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The transport over pipes, and what it is made of.
@Suite(.timeLimit(.minutes(1))) struct PipeTransportTests {
    /// A transport, and this side's ends of its pipes.
    private struct Pipes {
        let transport: PipeTransport
        let input: Int32
        let output: Int32

        init(longestLine: Int = PipeTransport.longestMessage, speaksToTheEnd: Bool = false) throws {
            signal(SIGPIPE, SIG_IGN)
            var (toIt, fromIt): ([Int32], [Int32]) = ([0, 0], [0, 0])
            try #require(pipe(&toIt) == 0 && pipe(&fromIt) == 0)
            (input, output) = (toIt[1], fromIt[0])
            transport = try #require(
                PipeTransport(
                    reading: toIt[0], writing: fromIt[1], ownsDescriptors: true,
                    speaksToTheEnd: speaksToTheEnd, longestLine: longestLine, mostWaiting: 1 << 20))
        }

        func write(_ text: String) {
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let count = bytes.withUnsafeBytes { systemWrite(input, $0.baseAddress, $0.count) }
                guard count > 0 else { return }
                bytes = bytes.dropFirst(count)
            }
        }

        /// All that is written until the other side closes its end.
        func readAll() -> String {
            var (all, part) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
            while true {
                let count = read(output, &part, part.count)
                guard count > 0 else { return String(decoding: all, as: UTF8.self) }
                all += part[..<count]
            }
        }

        func closeInput() { close(input) }
    }

    private let ping = RPCMessage.request(id: .number(1), method: "ping", params: MapValue())

    private func message(_ arrival: RPCArrival) -> RPCMessage? {
        if case .message(let message) = arrival { message } else { nil }
    }

    @Test func messagesAreLines() async throws {
        let pipes = try Pipes()
        pipes.write("{\"jsonrpc\":\"2.0\",\"id\":1,")
        pipes.write("\"method\":\"ping\"}\r\n\n  \nhello\n")
        #expect(message(try await pipes.transport.receive()) == ping)
        guard case .refused(let refusal) = try await pipes.transport.receive() else {
            return #expect(Bool(false))
        }
        #expect(refusal.error.code == RPCError.parseErrorCode)
        // The last line needs no end.
        pipes.write(String(decoding: ping.bytes, as: UTF8.self))
        pipes.closeInput()
        #expect(message(try await pipes.transport.receive()) == ping)
        let end = await #expect(throws: RPCLoss.self) { try await pipes.transport.receive() }
        #expect(end?.reason == "has closed its output" && end?.isGone == true)
        await pipes.transport.close()
        close(pipes.output)
    }

    /// What comes in one list is answered in one list, once all of it is done; what needs no answer has none there.
    @Test func aListIsAnsweredByAList() async throws {
        let pipes = try Pipes(speaksToTheEnd: true)
        let patient = PatientTransport(pipes.transport)
        async let over: Void = ServerConnection(TestHost(more: 0), over: patient).run()
        func request(_ id: Int64, _ method: String, _ params: MapValue = MapValue()) -> String {
            let message = RPCMessage.request(id: .number(id), method: method, params: params)
            return String(decoding: message.bytes, as: UTF8.self)
        }
        let start: MapValue = ["protocolVersion": .string("2025-03-26"), "capabilities": .record([])]
        let note = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
        pipes.write("\(request(1, "initialize", start))\n")
        pipes.write("[\(note),\(request(2, "ping")),7,\(request(3, "tools/list"))]\n[\(note)]\n[]\n")
        pipes.closeInput()
        await over
        let lines = try pipes.readAll().split(separator: "\n").map { try JSON.parse(String($0)) }
        let lists = lines.compactMap(\.asList)
        #expect(lists.count == 1, "\(lines)")
        #expect(lists.first?.map { $0.asMap?["id"] ?? .null } == [.int(2), .null, .int(3)], "\(lines)")
        // The empty list is no message, and the answer to it is none either.
        #expect(lines.count { $0.asMap?["error"] != nil } == 1, "\(lines)")
        close(pipes.output)
    }

    /// What was sent before the end is still written, more than a pipe holds, too.
    @Test func whatWasSentIsWritten() async throws {
        let pipes = try Pipes()
        let long = RPCMessage.response(
            id: .number(2), result: .string(String(repeating: "x", count: 300_000)))
        for message in [ping, long, ping] { try await pipes.transport.send(message, about: nil) }
        async let closed: Void = pipes.transport.close()
        let lines = await Task.detached { pipes.readAll() }.value.split(separator: "\n")
        await closed
        #expect(lines.map { Array($0.utf8) } == [ping, long, ping].map(\.bytes))
        await #expect(throws: RPCLoss.self) { try await pipes.transport.send(ping, about: nil) }
        pipes.closeInput()
        close(pipes.output)
    }

    @Test func whoReadsNothingAnyMoreIsGone() async throws {
        let pipes = try Pipes()
        close(pipes.output)
        try await pipes.transport.send(ping, about: nil)
        let end = await #expect(throws: RPCLoss.self) { try await pipes.transport.receive() }
        #expect(end?.reason == "reads nothing any more" && end?.isGone == true)
        await pipes.transport.close()
        pipes.closeInput()
    }

    @Test func whatIsNotReadIsBounded() async throws {
        let pipes = try Pipes()
        let large = [UInt8](repeating: UInt8(ascii: "x"), count: 16 << 20)
        let refusal = #expect(throws: RPCLoss.self) {
            for _ in 0..<10 { try pipes.transport.send(line: large) }
        }
        #expect(refusal?.reason == "does not read what it is sent" && refusal?.isGone == false)
        pipes.closeInput()
        close(pipes.output)
        await pipes.transport.close()
    }

    @Test func aLongLineEndsTheConnection() async throws {
        let pipes = try Pipes(longestLine: 1 << 20)
        let writing = Task.detached { for _ in 0..<3 { pipes.write(String(repeating: "x", count: 1 << 19)) } }
        let end = await #expect(throws: RPCLoss.self) { try await pipes.transport.receive() }
        #expect(end?.reason == "sent a line of more than 1 MB" && end?.isGone == false)
        await pipes.transport.close()
        await writing.value
        pipes.closeInput()
        close(pipes.output)
    }

    /// A server refuses such a line, and goes on.
    @Test func aLongLineIsRefusedWhereItIsAnswered() async throws {
        let pipes = try Pipes(longestLine: 1 << 20, speaksToTheEnd: true)
        let writing = Task.detached {
            for _ in 0..<3 { pipes.write(String(repeating: "x", count: 1 << 19)) }
            pipes.write("\n" + String(decoding: ping.bytes, as: UTF8.self) + "\n")
        }
        guard case .refused(let refusal) = try await pipes.transport.receive() else {
            return #expect(Bool(false))
        }
        #expect(refusal.error.message == "a message has at most 1 MB, and this line more")
        #expect(message(try await pipes.transport.receive()) == ping)
        await writing.value
        pipes.closeInput()
        await pipes.transport.close()
        close(pipes.output)
    }

    /// What nobody takes stays in the pipe, so that the writer waits; once it is taken, all comes.
    @Test func whoWritesMuchWaits() async throws {
        let pipes = try Pipes()
        let text = String(repeating: "x", count: 1 << 18)
        let line = String(
            decoding: RPCMessage.response(id: .number(1), result: .string(text)).bytes, as: UTF8.self)
        let writing = Task.detached {
            for _ in 0..<20 { pipes.write(line + "\n") }
            pipes.closeInput()
        }
        for _ in 0..<20 {
            guard case .response(_, .string(let come))? = message(try await pipes.transport.receive()) else {
                return #expect(Bool(false))
            }
            #expect(come.utf8.count == text.utf8.count)
        }
        await writing.value
        await #expect(throws: RPCLoss.self) { try await pipes.transport.receive() }
        await pipes.transport.close()
        close(pipes.output)
    }

    // What it is made of.

    @Test func linesAreCutWhereverTheBytesAre() throws {
        let text = Array("ab\n\r\n  \ncd\r\nef\n".utf8)
        for step in 1...text.count {
            var lines = MessageLines(most: 4)
            var found: [[UInt8]] = []
            for start in stride(from: 0, to: text.count, by: step) {
                found += try lines.take(text[start..<min(start + step, text.count)]).map { try $0.get() }
            }
            #expect(found.map { String(decoding: $0, as: UTF8.self) } == ["ab", "cd\r", "ef"])
            #expect(lines.finish() == nil)
        }
    }

    @Test func noLineIsLongerThanMayBe() throws {
        let tooLong = Result<[UInt8], MessageLines.TooLong>.failure(MessageLines.TooLong())
        var lines = MessageLines(most: 3)
        #expect(lines.take(Array("abc\nab".utf8)[...]) == [.success(Array("abc".utf8))])
        #expect(lines.take(Array("cd".utf8)[...]) == [tooLong])
        // What follows of it is dropped, and what stands behind it is read.
        #expect(lines.take(Array("efghij".utf8)[...]).isEmpty)
        #expect(lines.take(Array("k\nx\n".utf8)[...]) == [.success(Array("x".utf8))])
        var other = MessageLines(most: 3)
        #expect(other.take(Array("abcd\n\nx\n".utf8)[...]) == [tooLong, .success(Array("x".utf8))])
        var rest = MessageLines(most: 3)
        #expect(rest.take(Array("abc".utf8)[...]).isEmpty)
        #expect(rest.finish() == Array("abc".utf8))
    }

    @Test func arrivalsKeepTheirOrderAndEndLast() async throws {
        let queue = ArrivalQueue()
        for number in 0..<500 { queue.put(.message(.response(id: .number(Int64(number)), result: .null))) }
        queue.end(RPCLoss("is over"))
        queue.put(.message(ping))
        for number in 0..<500 {
            #expect(message(try await queue.next()) == .response(id: .number(Int64(number)), result: .null))
        }
        let end = await #expect(throws: RPCLoss.self) { try await queue.next() }
        #expect(end?.reason == "is over")
    }

    @Test func aQueueThatIsFullTellsWhenThereIsRoom() async throws {
        let (room, says) = AsyncStream<Void>.makeStream()
        let queue = ArrivalQueue { says.yield() }
        for _ in 0..<2 { queue.put(.message(ping), bytes: 40 << 20) }
        #expect(queue.isFull)
        _ = try await queue.next()
        #expect(!queue.isFull)
        says.finish()
        var times = 0
        for await _ in room { times += 1 }
        #expect(times == 1)
    }

    @Test func whoWaitsForArrivalsCanBeCancelled() async throws {
        let queue = ArrivalQueue()
        let task = Task { try await queue.next() }
        task.cancel()
        await #expect(throws: RPCLoss.self) { _ = try await task.value }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

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

        init(longestLine: Int = PipeTransport.longestMessage) throws {
            signal(SIGPIPE, SIG_IGN)
            var (toIt, fromIt): ([Int32], [Int32]) = ([0, 0], [0, 0])
            try #require(pipe(&toIt) == 0 && pipe(&fromIt) == 0)
            (input, output) = (toIt[1], fromIt[0])
            transport = try #require(
                PipeTransport(
                    reading: toIt[0], writing: fromIt[1], ownsDescriptors: true, longestLine: longestLine,
                    mostWaiting: 1 << 20))
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
                found += try lines.take(text[start..<min(start + step, text.count)])
            }
            #expect(found.map { String(decoding: $0, as: UTF8.self) } == ["ab", "cd\r", "ef"])
            #expect(lines.finish() == nil)
        }
    }

    @Test func noLineIsLongerThanMayBe() throws {
        var lines = MessageLines(most: 3)
        #expect(try lines.take(Array("abc\nab".utf8)[...]) == [Array("abc".utf8)])
        #expect(throws: MessageLines.TooLong.self) { try lines.take(Array("cd".utf8)[...]) }
        var other = MessageLines(most: 3)
        #expect(throws: MessageLines.TooLong.self) { try other.take(Array("abcd\n".utf8)[...]) }
        var rest = MessageLines(most: 3)
        #expect(try rest.take(Array("abc".utf8)[...]).isEmpty)
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

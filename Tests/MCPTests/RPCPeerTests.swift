import MCP
import Synchronization
import Testing
import Values

/// Two sides that ask each other.
@Suite(.timeLimit(.minutes(1))) struct RPCPeerTests {
    /// Answers by a closure, and keeps the notifications.
    private final class Handler: RPCHandler {
        let notes = Mutex<[String]>([])
        private let onRequest: @Sendable (RPCRequest) async throws(RPCError) -> Value

        init(
            _ onRequest: @escaping @Sendable (RPCRequest) async throws(RPCError) -> Value = {
                request throws(RPCError) in
                throw RPCError.methodNotFound(request.method)
            }
        ) {
            self.onRequest = onRequest
        }

        func answer(_ request: RPCRequest) async throws(RPCError) -> Value { try await onRequest(request) }

        func take(_ notification: String, _ params: MapValue) { notes.withLock { $0.append(notification) } }
    }

    /// Something that one task waits for and another tells.
    private struct Event: Sendable {
        private let stream: AsyncStream<Void>
        private let continuation: AsyncStream<Void>.Continuation

        init() { (stream, continuation) = AsyncStream<Void>.makeStream() }

        func tell() { continuation.finish() }

        /// Comes back when somebody has told, or the task is cancelled.
        func wait() async { for await _ in stream {} }
    }

    private static func waitForCancellation() async {
        let never = Event()
        await never.wait()
        never.tell()
    }

    /// Runs a body with two connected sides, and closes them behind it.
    private func connected(
        _ left: Handler, _ right: Handler, _ limits: RPCLimits = RPCLimits(),
        _ body: (RPCPeer, RPCPeer, MemoryTransport, MemoryTransport) async throws -> Void
    ) async throws {
        let (first, second) = MemoryTransport.pair()
        let one = RPCPeer(first, left, limits: limits)
        let two = RPCPeer(second, right, limits: limits)
        async let endOfOne = one.run()
        async let endOfTwo = two.run()
        let failure: (any Error)?
        do {
            try await body(one, two, first, second)
            failure = nil
        } catch {
            failure = error
        }
        await one.close()
        _ = await (endOfOne, endOfTwo)
        if let failure { throw failure }
    }

    @Test func bothSidesAskAtOnce() async throws {
        let echo: @Sendable (RPCRequest) async throws(RPCError) -> Value = { request in .map(request.params) }
        try await connected(Handler(echo), Handler(echo)) { one, two, _, _ in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<50 {
                    for peer in [one, two] {
                        group.addTask {
                            let params = MapValue(record: [("n", .int(Int64(number)))])
                            return try await peer.request("echo", params) == .map(params)
                        }
                    }
                }
                for try await isSame in group { #expect(isSame) }
            }
        }
    }

    @Test func anErrorIsAnsweredAsOne() async throws {
        try await connected(Handler(), Handler()) { one, _, _, _ in
            let failure = await #expect(throws: RPCFailure.self) { try await one.request("none") }
            guard case .answered(let error)? = failure else {
                return #expect(Bool(false), "\(String(describing: failure))")
            }
            #expect(error == .methodNotFound("none"))
            // What keeps a connection alive is answered by the side itself.
            let pong = try await one.request(MCPMethod.ping)
            #expect(pong == .record([]))
        }
    }

    /// The work itself may ask back, and both are told which request it is about.
    @Test func anAnswerMayAskBack() async throws {
        let asked = Handler { request throws(RPCError) in
            let answer = try? await request.peer.request("how many", about: request.id)
            return .list([answer ?? .null, .string(request.method)])
        }
        let asking = Handler { _ in .int(7) }
        try await connected(asking, asked) { one, _, _, second in
            let answer = try await one.request("work")
            #expect(answer == .list([.int(7), .string("work")]))
            let about = second.sent.withLock { $0.compactMap(\.request) }
            #expect(about == [.number(1), .number(1)])
        }
    }

    /// Progress comes in its order, before the answer, and only to who wants it.
    @Test func progressIsHeard() async throws {
        let asked = Handler { request in
            for step in 1...3 { await request.report(done: Double(step), of: 3, "step \(step)") }
            return .null
        }
        try await connected(Handler(), asked) { one, _, _, second in
            let heard = Mutex<[RPCProgress]>([])
            _ = try await one.request("work") { progress in heard.withLock { $0.append(progress) } }
            let steps = heard.withLock { $0 }
            #expect(steps.map(\.done) == [1, 2, 3] && steps.allSatisfy { $0.total == 3 })
            #expect(steps.map(\.message) == ["step 1", "step 2", "step 3"])
            second.sent.withLock { $0 = [] }
            _ = try await one.request("work")
            #expect(second.sent.withLock { $0.count } == 1)
        }
    }

    /// A cancelled task comes back at once, the other side's work is cancelled, and nothing is answered to it.
    @Test func whoIsCancelledComesBackAtOnce() async throws {
        let (began, ended) = (Event(), Event())
        let asked = Handler { request in
            guard request.method == "work" else { return .null }
            began.tell()
            await withTaskCancellationHandler {
                await Self.waitForCancellation()
            } onCancel: {
                ended.tell()
            }
            return .null
        }
        try await connected(Handler(), asked) { one, _, _, second in
            let task = Task { try await one.request("work") }
            await began.wait()
            task.cancel()
            let failure = await #expect(throws: RPCFailure.self) { try await task.value }
            guard case .cancelled? = failure else {
                return #expect(Bool(false), "\(String(describing: failure))")
            }
            await ended.wait()
            // What is asked behind it shows that no answer to the first stands before.
            _ = try await one.request("other")
            #expect(second.sent.withLock { $0.map(\.message) } == [.response(id: .number(2), result: .null)])
        }
    }

    @Test func whoIsCancelledBeforeSendsNothing() async throws {
        try await connected(Handler(), Handler()) { one, _, first, _ in
            let task = Task {
                await withTaskCancellationHandler {
                    await Self.waitForCancellation()
                } onCancel: {
                }
                return try await one.request("work")
            }
            task.cancel()
            await #expect(throws: RPCFailure.self) { try await task.value }
            #expect(first.sent.withLock { $0.isEmpty })
        }
    }

    /// Who waits is told why nothing comes any more, and who asks afterwards, too.
    @Test func theEndIsTold() async throws {
        let began = Event()
        let asked = Handler { _ in
            began.tell()
            await withTaskCancellationHandler {
                await Self.waitForCancellation()
            } onCancel: {
            }
            return .null
        }
        try await connected(Handler(), asked) { one, two, _, _ in
            let task = Task { try await one.request("work") }
            await began.wait()
            await two.close()
            for _ in 0..<2 {
                let failure = await #expect(throws: RPCFailure.self) { try await task.value }
                guard case .lost(let loss)? = failure else {
                    return #expect(Bool(false), "\(String(describing: failure))")
                }
                #expect(loss.reason == "was closed there")
            }
            await #expect(throws: RPCFailure.self) { try await one.request("more") }
        }
    }

    @Test func aMessageThatCannotBeSentIsLostAlone() async throws {
        let echo = Handler { request in .map(request.params) }
        try await connected(Handler(), echo) { one, _, first, _ in
            first.blocked.withLock { $0 = RPCLoss("is out of reach") }
            let failure = await #expect(throws: RPCFailure.self) { try await one.request("echo") }
            guard case .lost(let loss)? = failure else {
                return #expect(Bool(false), "\(String(describing: failure))")
            }
            #expect(loss.reason == "is out of reach")
            first.blocked.withLock { $0 = nil }
            let answer = try await one.request("echo")
            #expect(answer == .record([]))
        }
    }

    @Test func moreThanIsTakenAtOnceIsRefused() async throws {
        let (began, goesOn) = (Event(), Event())
        let asked = Handler { _ in
            began.tell()
            await goesOn.wait()
            return .null
        }
        var limits = RPCLimits()
        limits.answersAtOnce = 1
        try await connected(Handler(), asked, limits) { one, _, _, _ in
            let task = Task { try await one.request("work") }
            await began.wait()
            let failure = await #expect(throws: RPCFailure.self) { try await one.request("more") }
            guard case .answered(let error)? = failure else {
                return #expect(Bool(false), "\(String(describing: failure))")
            }
            #expect(error.code == RPCError.busyCode)
            goesOn.tell()
            let answer = try await task.value
            #expect(answer == .null)
        }
    }

    /// What is no message is answered where the connection goes on, and ends it where that was said.
    @Test(arguments: [false, true]) func whatIsNoMessageIsAnsweredOrEnds(_ ends: Bool) async throws {
        let (first, second) = MemoryTransport.pair()
        var limits = RPCLimits()
        limits.endsAtRefusal = ends
        let peer = RPCPeer(first, Handler(), limits: limits)
        async let end = peer.run()
        let refusal = RPCRefusal(RPCError.parseErrorCode, "this is no JSON")
        first.arrive(.refused(refusal))
        if ends {
            #expect(await end.reason == "sent what is no message: this is no JSON")
        } else {
            guard case .message(let answer) = try await second.receive() else { return #expect(Bool(false)) }
            #expect(answer == refusal.answer)
            await peer.close()
            _ = await end
        }
    }

    /// What is no JSON is passed over, up to a bound in a row, where a side may greet or log.
    @Test(arguments: [true, false]) func aGreetingIsPassedOver(_ meets: Bool) async throws {
        let (first, second) = MemoryTransport.pair()
        var limits = RPCLimits()
        limits.endsAtRefusal = true
        limits.mostGreetings = 2
        let peer = RPCPeer(first, Handler(), limits: limits)
        async let end = peer.run()
        let refusal = RPCRefusal(RPCError.parseErrorCode, "this is no JSON")
        first.arrive(.refused(refusal))
        first.arrive(.refused(refusal))
        if meets {
            // It is answered, so that the connection lives, and the count begins anew.
            first.arrive(.message(.request(id: .number(7), method: MCPMethod.ping, params: MapValue())))
            guard case .message(.response(.number(7), _)) = try await second.receive() else {
                return #expect(Bool(false))
            }
            first.arrive(.refused(refusal))
            first.arrive(.refused(refusal))
        }
        first.arrive(.refused(refusal))
        #expect(await end.reason == "sent what is no message: this is no JSON")
    }

    /// A message behind other words in its line is not passed over: whoever waits for it would wait in vain.
    @Test func aTornMessageEndsTheConnection() async throws {
        let (first, _) = MemoryTransport.pair()
        var limits = RPCLimits()
        limits.endsAtRefusal = true
        limits.mostGreetings = 2
        let peer = RPCPeer(first, Handler(), limits: limits)
        async let end = peer.run()
        let torn = Array(#"DEBUG {"jsonrpc":"2.0","id":1,"result":{}}"#.utf8)
        first.arrive(.refused(RPCRefusal(RPCError.parseErrorCode, "this is no JSON").of(torn)))
        let loss = await end
        #expect(loss.reason == "sent what is no message: this is no JSON")
        #expect(loss.said?.hasPrefix("DEBUG") == true)
    }

    /// The answers that the other side gives to nobody, and twice, change nothing.
    @Test func strangeAnswersAreLeftAlone() async throws {
        let echo = Handler { request in .map(request.params) }
        try await connected(Handler(), echo) { one, _, first, _ in
            first.arrive(.message(.response(id: .number(99), result: .string("too early"))))
            first.arrive(.message(.response(id: .text("1"), result: .null)))
            first.arrive(.message(.notification(method: MCPNotification.cancelled, params: MapValue())))
            first.arrive(.message(.notification(method: MCPNotification.progress, params: MapValue())))
            let params = MapValue(record: [("n", .int(1))])
            let answer = try await one.request("echo", params)
            #expect(answer == .map(params))
        }
    }

    /// An error without an id is for a message that the other side could not read: all who wait hear of it.
    @Test func anErrorWithoutIDIsHeard() async throws {
        let began = Event()
        let asked = Handler { _ in
            began.tell()
            await withTaskCancellationHandler {
                await Self.waitForCancellation()
            } onCancel: {
            }
            return .null
        }
        try await connected(Handler(), asked) { one, _, first, _ in
            let task = Task { try await one.request("work") }
            await began.wait()
            first.arrive(.message(.failure(id: nil, RPCError(RPCError.parseErrorCode, "what?"))))
            let failure = await #expect(throws: RPCFailure.self) { try await task.value }
            guard case .answered(let error)? = failure else {
                return #expect(Bool(false), "\(String(describing: failure))")
            }
            #expect(error.message == "what?")
        }
    }

    @Test func notificationsArrive() async throws {
        let handler = Handler()
        try await connected(Handler { _ in .null }, handler) { one, two, _, _ in
            try await one.notify(MCPNotification.toolsChanged)
            // The answer to what was asked behind it shows that it was taken.
            _ = try await one.request(MCPMethod.ping)
            #expect(handler.notes.withLock { $0 } == [MCPNotification.toolsChanged])
            _ = two
        }
    }
}

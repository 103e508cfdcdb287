package import AutoNet
package import AutoRuntime
import StepKinds
import Synchronization

/// A client that answers every request the same way and keeps what it was asked.
package final class FixedClient: AutoRuntime.HTTPClient {
    private let response: HTTPResponse
    private let requests = Mutex<[HTTPRequest]>([])

    package init(_ response: HTTPResponse = HTTPResponse(status: 200, headers: [], body: [], url: "")) {
        self.response = response
    }

    package convenience init(status: Int = 200, _ headers: [(String, String)], _ body: [UInt8] = []) {
        self.init(
            HTTPResponse(status: status, headers: headers, body: body, url: "https://example.org/"))
    }

    package var seen: [HTTPRequest] { requests.withLock { $0 } }

    package func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?)
        async throws(StepFailure) -> HTTPResponse
    {
        requests.withLock { $0.append(request) }
        return response
    }
}

/// Stands where `builtin` would, and is never meant to be asked.
package struct NoModel: ModelProvider {
    package init() {}

    package func identity(of model: String) -> String { "none" }

    package func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        throw StepFailure(.failed, "builtin was asked")
    }
}

/// A clock that stands still, in nanoseconds since 1970, and whose sleepers wake at once.
package struct FixedClock: AutoRuntime.Clock {
    private let time: Int64

    package init(time: Int64) { self.time = time }

    package func now() -> Int64 { time }

    package func sleep(nanoseconds: Int64) async throws(CancellationError) {}
}

/// A clock that goes on by what its sleepers sleep, and keeps how long that was; in nanoseconds.
package final class SteppingClock: AutoRuntime.Clock {
    private struct State {
        var time: Int64
        var slept: [Int64] = []
    }

    private let state: Mutex<State>

    package init(time: Int64) { state = Mutex(State(time: time)) }

    package var slept: [Int64] { state.withLock { $0.slept } }

    package func now() -> Int64 { state.withLock { $0.time } }

    package func sleep(nanoseconds: Int64) async throws(CancellationError) {
        if Task.isCancelled { throw CancellationError() }
        state.withLock { state in
            state.time += nanoseconds
            state.slept.append(nanoseconds)
        }
    }
}

/// A clock that a test moves on; who sleeps by it does so in real time, so that no timeout runs out before its work is
/// done.
package final class MovedClock: AutoRuntime.Clock {
    private let time: Mutex<Int64>

    /// - Parameter time: nanoseconds since 1970.
    package init(time: Int64) { self.time = Mutex(time) }

    package func now() -> Int64 { time.withLock { $0 } }

    package func advance(by nanoseconds: Int64) { time.withLock { $0 += nanoseconds } }

    package func sleep(nanoseconds: Int64) async throws(CancellationError) {
        do { try await Task.sleep(nanoseconds: UInt64(max(0, nanoseconds))) } catch {
            throw CancellationError()
        }
    }
}

/// A client for a test, shut down however the test ends.
package func withClient<Result: Sendable>(
    allowed: [String] = ["127.0.0.1"],
    clock: any AutoRuntime.Clock = FixedClock(time: 1_700_000_000_000_000_000),
    _ body: (OutsideClient) async throws -> Result
) async throws -> Result {
    try await withClient(OutsideClient(allowedHosts: try AllowedHosts(allowed), clock: clock), body)
}

/// A client of the test's own making, shut down however the test ends.
package func withClient<Result: Sendable>(
    _ client: OutsideClient, _ body: (OutsideClient) async throws -> Result
) async throws -> Result {
    do {
        let result = try await body(client)
        await client.shutDown()
        return result
    } catch {
        await client.shutDown()
        throw error
    }
}

extension OutsideClient {
    /// Why a request fails; nil when it is answered.
    package func failure(of request: HTTPRequest) async -> StepFailure? {
        do throws(StepFailure) {
            _ = try await send(request)
            return nil
        } catch {
            return error
        }
    }
}

/// A reply without calls can be written as its text.
extension ModelReply: ExpressibleByStringLiteral {
    package init(stringLiteral text: String) { self.init(text) }
}

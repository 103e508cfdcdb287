import AutoNet
import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// What is meant for one server is not shown to another.
@Suite(.timeLimit(.minutes(1))) struct RedirectTests {
    /// Sends a request to a server that redirects it, and gives what the other one saw.
    private func follow(
        _ status: Int, method: String = "POST", secretBody: Bool = false, sameOrigin: Bool = false,
        body: String? = "the body"
    ) async throws -> (seen: SeenRequest?, failure: StepFailure?, origins: [String]) {
        let other = try await TestServer { _, _ in ServerAnswer(pieces: ["there"]) }
        let place = sameOrigin ? "/there" : other.url + "/there"
        let first = try await TestServer { request, _ in
            request.path == "/there"
                ? ServerAnswer(pieces: ["here"]) : ServerAnswer(status, headers: [("location", place)])
        }
        var request = HTTPRequest(
            method: method, url: first.url + "/from",
            headers: [
                ("X-Token", "secret"), ("Authorization", "Bearer secret"), ("Cookie", "secret"),
                ("X-Api-Key", "secret"), ("Proxy-Authorization", "secret"), ("X-Plain", "open"),
                ("Content-Type", "text/plain"),
            ], body: body.map { Array($0.utf8) })
        request.secretHeaders = ["x-token"]
        request.bodyIsSecret = secretBody
        let sent = request
        let failure = try await withClient { await $0.failure(of: sent) }
        try await first.stop()
        try await other.stop()
        return (
            sameOrigin ? first.seen.last : other.seen.last, failure, [first.url, other.url]
        )
    }

    private static let secretNames = [
        "x-token", "authorization", "cookie", "x-api-key", "proxy-authorization",
    ]

    @Test(.timeLimit(.minutes(1)), arguments: [301, 302, 303, 307, 308])
    func secretHeadersStay(status: Int) async throws {
        let outcome = try await follow(status)
        let seen = try #require(outcome.seen)
        #expect(outcome.failure == nil && seen[header: "x-plain"] == "open")
        #expect(RedirectTests.secretNames.allSatisfy { seen[header: $0] == nil })
        #expect(seen.headers.allSatisfy { !$0.1.contains("secret") })
        #expect(seen.method == (status < 304 ? "GET" : "POST"))
        #expect(seen.body == (status < 304 ? "" : "the body"))
        #expect((seen[header: "content-type"] == nil) == (status < 304))
    }

    @Test(.timeLimit(.minutes(1)), arguments: [307, 308])
    func secretBodiesAreRefused(status: Int) async throws {
        let outcome = try await follow(status, secretBody: true)
        #expect(outcome.seen == nil)
        let failure = try #require(outcome.failure)
        #expect(failure.kind == .refused && !failure.isRetryable)
        #expect(outcome.origins.allSatisfy { failure.message.contains($0) })
    }

    /// A PUT keeps its body on a 301, too.
    @Test(.timeLimit(.minutes(1))) func secretBodiesOfOtherMethodsAreRefused() async throws {
        #expect(try await follow(301, method: "PUT", secretBody: true).failure?.kind == .refused)
        #expect(try await follow(302, method: "POST", secretBody: true).seen?.body == "")
        #expect(try await follow(307, method: "GET", secretBody: true, body: nil).seen?.method == "GET")
    }

    @Test(.timeLimit(.minutes(1)), arguments: [301, 302, 303, 307, 308])
    func theSameOriginIsGivenAll(status: Int) async throws {
        let seen = try #require(try await follow(status, secretBody: true, sameOrigin: true).seen)
        #expect(seen.path == "/there")
        #expect(RedirectTests.secretNames.allSatisfy { seen[header: $0]?.contains("secret") == true })
    }

    @Test(.timeLimit(.minutes(1)), arguments: [300, 304, 305])
    func otherStatusesAreAnswers(status: Int) async throws {
        let outcome = try await follow(status)
        #expect(outcome.seen == nil && outcome.failure == nil)
    }

    /// What is dropped on the way stays dropped, also where the way leads back.
    @Test(.timeLimit(.minutes(1))) func droppedHeadersStayDropped() async throws {
        let ports = Ports()
        let first = try await TestServer { request, _ in
            request.path == "/back"
                ? ServerAnswer(pieces: ["back"])
                : ServerAnswer(302, headers: [("location", ports.second + "/on")])
        }
        let second = try await TestServer { _, _ in
            ServerAnswer(302, headers: [("location", first.url + "/back")])
        }
        ports.set(second.url)
        let request = HTTPRequest(url: first.url + "/", headers: [("authorization", "secret")])
        _ = try await withClient { try await $0.send(request) }
        try await first.stop()
        try await second.stop()
        let back = try #require(first.seen.last)
        #expect(back.path == "/back" && back[header: "authorization"] == nil)
    }
}

/// Where the second server listens, which the first one is told after it has begun.
private final class Ports: Sendable {
    private let place = Mutex("")

    var second: String { place.withLock { $0 } }

    func set(_ url: String) { place.withLock { $0 = url } }
}

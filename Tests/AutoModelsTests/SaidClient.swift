import AutoModels
import AutoRuntime
import Synchronization
import TestSupport
import Values

/// A client whose server says what the test wants, cut into pieces of a length.
final class SaidClient: HTTPClient {
    private let status: Int
    private let body: [UInt8]
    private let piece: Int
    private let requests = Mutex<[HTTPRequest]>([])

    init(_ body: String, status: Int = 200, pieces: Int = .max) {
        (self.status, self.body, piece) = (status, Array(body.utf8), pieces)
    }

    /// The bodies that were sent.
    var seen: [Value] {
        requests.withLock { $0 }.map { (try? JSON.parse(bytes: $0.body ?? [])) ?? .null }
    }

    /// The urls that were asked.
    var urls: [String] { requests.withLock { $0.map(\.url) } }

    func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?) async throws(StepFailure)
        -> HTTPResponse
    {
        requests.withLock { $0.append(request) }
        if status < 300, let onBytes {
            var rest = body[...]
            while !rest.isEmpty {
                onBytes(Array(rest.prefix(piece)))
                rest = rest.dropFirst(piece)
            }
        }
        return HTTPResponse(status: status, headers: [], body: body, url: request.url)
    }

    /// The models of a machine with both keys, whose every request this answers.
    func models(_ environment: [String: String]? = nil) -> Models {
        Models(
            settings: ModelSettings(
                environment: environment ?? [
                    "OPENAI_API_KEY": "key-openai-0", "ANTHROPIC_API_KEY": "key-anthropic-0",
                ], defaultModel: nil),
            client: self, builtin: NoModel(), clock: FixedClock(time: 0))
    }
}

/// Events of a stream, each of which has one `data:` line.
func stream(_ events: [String]) -> String { events.map { "data: \($0)\n\n" }.joined() }

import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Values

/// A client whose server answers each request as the test says, by the request and its number from 1.
final class ScriptedClient: HTTPClient {
    typealias Script = @Sendable (HTTPRequest, Int) async throws(StepFailure) -> ScriptedAnswer
    private let script: Script
    private let requests = Mutex<[HTTPRequest]>([])

    init(_ script: @escaping Script) { self.script = script }

    var seen: [HTTPRequest] { requests.withLock { $0 } }

    /// The bodies that were sent.
    var bodies: [MapValue] { seen.map { (try? JSON.parse(bytes: $0.body ?? []))?.asMap ?? MapValue() } }

    func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?) async throws(StepFailure)
        -> HTTPResponse
    {
        let number = requests.withLock { requests in
            requests.append(request)
            return requests.count
        }
        let answer = try await script(request, number)
        let body = Array(answer.body.utf8)
        if answer.status < 300 { onBytes?(body) }
        return HTTPResponse(status: answer.status, headers: answer.headers, body: body, url: request.url)
    }

    /// The models of a machine with these variables, where autorun.toml says this of providers.
    func models(
        _ environment: [String: String] = [
            "OPENAI_API_KEY": "key-openai-0", "ANTHROPIC_API_KEY": "key-anthropic-0",
        ],
        providers: [String: ProviderSettings] = [:], clock: any Clock = FixedClock(time: 0),
        price: @escaping ModelPrices = { _ in nil }
    ) -> Models {
        Models(
            settings: ModelSettings(environment: environment, defaultModel: nil, providers: providers),
            client: self, builtin: NoModel(), clock: clock, price: price)
    }
}

struct ScriptedAnswer: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    var body: String

    /// A whole reply of a server that speaks OpenAI's language.
    static func said(_ text: String) -> ScriptedAnswer {
        let message = Value.record([("content", .string(text))])
        return ScriptedAnswer(
            body: JSON.text(
                .record([
                    ("choices", .list([.record([("message", message), ("finish_reason", .string("stop"))])]))
                ])))
    }

    static func error(_ status: Int, _ words: String, _ headers: [(String, String)] = []) -> ScriptedAnswer {
        ScriptedAnswer(
            status: status, headers: headers,
            body: JSON.text(.record([("error", .record([("message", .string(words))]))])))
    }
}

/// Time that passes only when somebody sleeps.
final class SleepClock: Clock {
    private let time = Mutex<Int64>(1_700_000_000_000_000_000)
    private let naps = Mutex<[Int64]>([])

    func now() -> Int64 { time.withLock { $0 } }

    /// The seconds of each sleep.
    var slept: [Double] { naps.withLock { $0 }.map { Double($0) / 1e9 } }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {
        naps.withLock { $0.append(nanoseconds) }
        time.withLock { $0 += nanoseconds }
    }
}

/// A question of the user's alone.
func question(_ model: String, _ type: DataType? = nil, _ options: [(String, Value)] = []) -> ModelRequest {
    ModelRequest(
        model: model, messages: [.record([("role", .string("user")), ("content", .string("U"))])],
        resultType: type, options: MapValue(record: options))
}

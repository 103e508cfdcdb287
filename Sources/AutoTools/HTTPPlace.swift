import AutoRuntime
import MCP
import StepKinds
import Values

/// A server of tools at a url: how it is asked, and what its refusals mean.
struct HTTPPlace: Sendable {
    let url: String
    let words: ServerWords
    let clock: any Clock
    private let address: ToolServerAddress
    private let client: any HTTPClient

    init(
        _ url: String, _ address: ToolServerAddress, _ words: ServerWords, _ client: any HTTPClient,
        _ clock: any Clock
    ) {
        self.url = url
        self.address = address
        self.words = words
        self.client = client
        self.clock = clock
    }

    /// Bytes of one message.
    static let longestMessage = 32 << 20

    static let json = "application/json"
    static let eventStream = "text/event-stream"

    /// Sends a request and gives its answer, whatever its status.
    ///
    /// - Parameter url: where to; nil for the server's own url.
    /// - Parameter stream: takes the answer while it comes; nil where it is wanted whole.
    /// - Throws: why no answer came, with the server's name.
    func send(
        _ method: String, to url: String? = nil, _ headers: [(String, String)], body: [UInt8]? = nil,
        into stream: MessageStream? = nil
    ) async throws(StepFailure) -> HTTPResponse {
        var request = HTTPRequest(
            method: method, url: url ?? self.url,
            headers: headers + address.headers.map { ($0.key, $0.value) },
            body: body, allowPrivate: address.allowsPrivate, maximumBytes: Self.longestMessage)
        request.allowsPrivateBy = "`allow_private = true` in [mcp.NAME] of autorun.toml"
        // Where a server moves a request to another one, its keys stay behind.
        request.secretHeaders = Set(address.headers.keys.map { $0.lowercased() } + [MCPHeader.sessionID])
        var onBytes: (@Sendable ([UInt8]) -> Void)?
        if let stream {
            request.keepsHeardBody = false
            request.onHead = { stream.begin($0, $1) }
            onBytes = { stream.take($0) }
        }
        do throws(StepFailure) { return try await client.send(request, onBytes: onBytes) } catch {
            throw words.failure(error)
        }
    }

    /// What an answer that is no success means.
    func failure(_ response: HTTPResponse) -> StepFailure {
        // Some servers say what is wrong in an error of JSON-RPC, others in plain words.
        let error = try? RPCMessage(JSON.parse(bytes: Array(response.body.prefix(1 << 20))))
        var said = String(decoding: response.body.prefix(4_096), as: UTF8.self)
        if case .failure(_, let error)? = error { said = error.message }
        let isPage = said.drop { $0.isWhitespace }.hasPrefix("<")
        let shown = said.isEmpty || isPage ? "" : ": " + words.shown(said)
        switch response.status {
        case 401, 403:
            let what = address.headers.isEmpty ? "wants to know who asks" : "refuses the key"
            return words.failure(.refused, "\(what) (\(response.status))\(shown); \(keyAdvice(response))")
        case 404: return words.failure(.status, "answered 404: nothing is at its url\(shown)")
        case 429:
            return StepFailure(
                "\(words.name) is asked too often\(shown)", answer: response, now: clock.now())
        default:
            return StepFailure(
                "\(words.name) answered \(response.status)\(shown)", answer: response,
                now: clock.now())
        }
    }

    /// What to do where a server lets nobody in without a key. One that speaks of OAuth takes its access tokens as it does
    /// any other key, and nobody signs in from here.
    private func keyAdvice(_ response: HTTPResponse) -> String {
        let challenge = response.headers.first { $0.0.lowercased() == "www-authenticate" }?.1 ?? ""
        let scheme = challenge.prefix { $0 != " " && $0 != "," }.lowercased()
        let isOAuth = challenge.lowercased().contains("resource_metadata")
        let key =
            isOAuth
            ? "an access token of it (OAuth; where to get one says the server's documentation)" : "its key"
        let header =
            scheme == "basic"
            ? "\"Basic ${MY_TOKEN}\", with the base64 of user:password in that variable"
            : "\"Bearer ${MY_TOKEN}\""
        return
            "put \(key) into a variable of the environment, and write headers = { \"authorization\" = \(header) } under [mcp.NAME] in autorun.toml, or auth: { bearer: secrets.MY_TOKEN } at the tool"
    }
}

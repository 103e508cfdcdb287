import AutoChecker
import AutoRuntime
import Foundation
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore
import StepKinds
import Values

/// Every endpoint that is served.
let endpoints: [Endpoint] =
    automationEndpoints + sessionEndpoints + actionEndpoints + batchEndpoints + serverEndpoints
    + machineEndpoints
    + webhookEndpoints + pageEndpoints + mcpEndpoints

/// A request's connection.
package struct ConnectionContext: RemoteAddressRequestContext {
    /// What the library for servers keeps of a request.
    package var coreContext: CoreRequestContextStorage
    /// Where the connection comes from.
    package let remoteAddress: SocketAddress?

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}

/// Answers requests: finds the endpoint, checks the token, reads the body, and turns every failure into an answer.
package struct API: HTTPResponder {
    package typealias Context = ConnectionContext

    let parts: ServerParts
    let engine: Engine
    let versions: Versions
    let hub: Hub
    let metrics: Metrics
    let tokens: TokenBook
    let elements = KnownElements()
    /// Lists of sessions, and records, as those who watch them read them.
    let lists = SharedReadings<SessionQuery, [ListedSession]>()
    let sharedRecords = SharedReadings<ID, SessionRecord?>()
    /// The clients of the Model Context Protocol.
    let clients = WebClients()
    let limits: ServerLimits
    private let rates: RateLimit
    private let guestBodies = ByteBudget(64 << 20)
    private let table: EndpointTable

    init(_ parts: ServerParts, _ engine: Engine, _ limits: ServerLimits, own: TokenEntry?) {
        self.parts = parts
        self.engine = engine
        self.limits = limits
        versions = engine.versions
        hub = engine.hub
        metrics = engine.metrics
        tokens = TokenBook(parts.store, parts.clock, own: own)
        rates = RateLimit(limits.rate)
        table = EndpointTable(endpoints)
    }

    var store: any Store { parts.store }

    /// Answers a request: looks at its token and its rate, finds its endpoint, logs and counts it.
    ///
    /// - Throws: only what ends the connection; a refusal is an answer.
    package func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        let start = parts.clock.now()
        var token: TokenEntry?
        var response: Response
        do {
            response = try await answer(request, &token)
        } catch let refusal as Refusal {
            response = .refusal(await masked(refusal, request))
        } catch let error as StoreError {
            parts.log.error("the store failed", metadata: ["reason": "\(error.message)"])
            response = .refusal(Refusal(error))
        } catch let error as PartsError {
            response = .refusal(await masked(Refusal(.conflict, error.message), request))
        }
        metrics.count(answer: response.status.code)
        let answer = await Delivery.finished(response, for: request)
        if parts.log.logLevel <= .info {
            AnsweredRequest(
                method: request.method, path: versions.masker().mask(String(request.uri.path.prefix(300))),
                status: answer.status.code, milliseconds: max(0, parts.clock.now() - start) / 1_000_000,
                token: token?.name, client: context.remoteAddress?.ipAddress
            ).log(to: parts.log)
        }
        return answer
    }

    /// What a refusal quotes of a request may equal a secret of the automation that is asked for.
    private func masked(_ refusal: Refusal, _ request: Request) async -> Refusal {
        switch refusal.status {
        case .unauthorized, .tooManyRequests: return refusal
        default: break
        }
        let parts = request.uri.path.split(separator: "/")
        if parts.count > 1, let id = ID(String(parts[1])), let entry = try? await store.automation(id) {
            // Once it is ready, its secrets are known.
            _ = try? await versions.ready(entry.automation)
        }
        return refusal.masked(versions.masker())
    }

    /// - Parameter token: becomes the one that the request came with, once that is known; also when it is refused.
    private func answer(_ request: Request, _ token: inout TokenEntry?) async throws -> Response {
        // The first Host is the request's authority; whoever stands before this server may have gone by the second one.
        if let name = HTTPField.Name("Host"), let other = request.headers[name],
            let authority = request.head.authority, other != authority
        {
            throw Refusal(.badRequest, "the request names two hosts")
        }
        if request.method == .options { return try table.options(request) }
        let found = try table.find(request)
        let isGuest = found.endpoint.admitsGuest != nil && request.headers[.authorization] == nil
        if let scope = found.endpoint.scope, !isGuest {
            token = try await known(request)
            if let token { try admit(token, scope) }
        }
        var ids: [String: ID] = [:]
        for (name, text) in found.ids {
            guard let id = ID(text) else {
                throw Refusal(
                    .unprocessableContent, at: ["path", name], "uuid_parsing",
                    "expected a UUID such as 3c90c3cc-0d44-4b50-8888-8dd25736052a, found \(text.prefix(60))")
            }
            ids[name] = id
        }
        if isGuest { try await found.endpoint.admitsGuest?(self, request, ids) }
        // The page comes to whoever follows a link to it, whatever the link asks for besides.
        if found.endpoint.isDescribed { try found.endpoint.checkQuery(of: request) }
        let body =
            found.endpoint.body.isEmpty ? [] : try await read(request, found.endpoint, isGuest: isGuest)
        var response = try await found.endpoint.handle(
            self,
            Call(
                request: request, ids: ids, body: body, token: token,
                queryNames: found.endpoint.queryNames))
        // What is written as it is made, such as events, may go on for days: as long as its token is good.
        if let token, response.body.contentLength == nil {
            response.body = response.body.guarded { [tokens] in await tokens.holds(token) }
        }
        if found.endpoint.dependsOnAccept { Delivery.add("Accept", toVaryOf: &response.headers) }
        return response
    }

    /// The token that a request comes with.
    private func known(_ request: Request) async throws -> TokenEntry {
        guard let header = request.headers[.authorization] else {
            throw Refusal.unauthorized(
                "a bearer token is needed: autorun token new NAME makes one", wrong: false)
        }
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count < 1_000,
            let entry = try await tokens.entry(for: String(parts[1]))
        else { throw Refusal.unauthorized("this token is not known, or was revoked", wrong: true) }
        return entry
    }

    /// Lets in whose token has this scope, and has not been used too often.
    private func admit(_ entry: TokenEntry, _ scope: TokenScope) throws {
        guard rates.takes(entry.hash, parts.clock.now()) else {
            throw Refusal.tooMany(seconds: 1, "more than \(limits.rate) requests a second of one token")
        }
        guard entry.scope >= scope else { throw Refusal.needs(scope, of: entry) }
    }

    /// Lets in who signs what an automation's webhook takes, unless there were too many of them.
    func admitGuest(of automation: ID) throws(Refusal) {
        guard rates.takes("webhook " + automation.text, parts.clock.now()) else {
            throw Refusal.tooMany(seconds: 1, "more than \(limits.rate) requests a second of one webhook")
        }
    }

    /// The whole body of a request.
    ///
    /// - Parameter isGuest: whether nobody knows yet who sends it: all such bodies together have their bound.
    private func read(_ request: Request, _ endpoint: Endpoint, isGuest: Bool) async throws -> [UInt8] {
        let known = endpoint.body.map(\.type)
        if let type = request.headers[.contentType]?.prefix(while: { $0 != ";" }).lowercased(),
            !known.contains(type.filter { $0 != " " }), !type.isEmpty,
            // A type of its own that is written as JSON, such as application/cloudevents+json.
            !(known.contains("application/json") && type.filter({ $0 != " " }).hasSuffix("+json")),
            // What curl says of any body that it is given.
            type != RestAPI.formType
        {
            throw Refusal(
                .unsupportedMediaType,
                "Content-Type \(type.prefix(60)): expected \(known.joined(separator: " or "))")
        }
        if let coding = request.headers[.contentEncoding]?.lowercased(), coding != "identity", !coding.isEmpty
        {
            throw Refusal(
                .unsupportedMediaType,
                "Content-Encoding \(coding.prefix(60)): send the body as it is, without compressing it")
        }
        let tooLarge = Refusal(.contentTooLarge, "the body is larger than \(limits.body >> 10) kB")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.body {
            throw tooLarge
        }
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? limits.body
        guard !isGuest || guestBodies.takes(length) else {
            throw Refusal.tooMany(seconds: 1, "too many bodies are on their way at once")
        }
        defer { if isGuest { guestBodies.giveBack(length) } }
        do {
            return Array(buffer: try await request.body.collect(upTo: limits.body))
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
    }
}

/// The endpoints by their path's parts.
private struct EndpointTable: Sendable {
    let endpoints: [Int: [Endpoint]]

    init(_ all: [Endpoint]) { endpoints = Dictionary(grouping: all) { $0.path.count } }

    func find(_ request: Request) throws(Refusal) -> (endpoint: Endpoint, ids: [(String, String)]) {
        let there = matches(request)
        let method = request.method == .head ? .get : request.method
        if let found = there.first(where: { $0.endpoint.method == method }) { return found }
        guard !there.isEmpty else { throw Refusal.notFound }
        let allowed = EndpointTable.allowed(there.map(\.endpoint))
        var refusal = Refusal(.methodNotAllowed, "Method Not Allowed: there is \(allowed)")
        refusal.headers[.allow] = allowed
        throw refusal
    }

    /// What can be done with a path.
    func options(_ request: Request) throws(Refusal) -> Response {
        let there = matches(request)
        guard !there.isEmpty else { throw Refusal.notFound }
        var headers = HTTPFields()
        headers[.allow] = EndpointTable.allowed(there.map(\.endpoint))
        return Response(status: .noContent, headers: headers)
    }

    private static func allowed(_ endpoints: [Endpoint]) -> String {
        let methods = endpoints.map(\.method.rawValue)
        let head = methods.contains(HTTPMethod.get.rawValue) ? [HTTPMethod.head.rawValue] : []
        return (methods + head + [HTTPMethod.options.rawValue]).joined(separator: ", ")
    }

    /// The endpoints of the request's path, whatever their methods.
    private func matches(_ request: Request) -> [(endpoint: Endpoint, ids: [(String, String)])] {
        let parts = request.uri.path.split(separator: "/").map { part in
            part.utf8.contains(UInt8(ascii: "%"))
                ? part.removingPercentEncoding ?? String(part) : String(part)
        }
        return (endpoints[parts.count] ?? []).compactMap { endpoint in
            match(endpoint.path, parts).map { (endpoint, $0) }
        }
    }

    private func match(_ path: [Endpoint.Segment], _ parts: [String]) -> [(String, String)]? {
        var ids: [(String, String)] = []
        for (segment, part) in zip(path, parts) {
            switch segment {
            case .word(let word): guard word == part else { return nil }
            case .id(let name): ids.append((name, part))
            }
        }
        return ids
    }
}

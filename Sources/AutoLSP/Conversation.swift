package import AutoChecker
import Diagnostics
package import Values

/// What the language server knows and says, message by message, without the wire: messages go in by `handle`, and
/// those to send come out of the outbox.
package struct Conversation {
    private let compiler: any ProgramCompiler
    /// The options for a file, by its path.
    private let options: (String, OpenTexts) -> CheckOptions
    private let version: String
    /// The disk, with the open files in front of it.
    private let workspace: Workspace
    private let openTexts = OpenTexts()
    private var documents: [String: Document] = [:]
    private var client = ClientAbilities()
    /// The folders that the client has open, by their paths.
    private var folders: [String] = []
    private var isInitialized = false
    private var isShutDown = false
    /// Whether the client has said `exit`.
    package private(set) var isOver = false
    private var outbox: [Value] = []
    /// Files whose findings are to be told once no more messages wait.
    private var stale: [String] = []
    /// Files that name one which has changed since they were checked.
    private var outdated: Set<String> = []
    /// What compilers said of programs, so that each is compiled once.
    private var problems: [EmbeddedProgram: [ProgramProblem]] = [:]

    /// - Parameter options: Gives the options for a file, by its path, and by the texts of those that are
    ///   open.
    package init(
        compiler: any ProgramCompiler, version: String, workspace: Workspace = .empty,
        options: @escaping (String, OpenTexts) -> CheckOptions
    ) {
        self.compiler = compiler
        self.workspace = workspace.under(openTexts)
        self.options = options
        self.version = version
    }

    /// 0 after a `shutdown`, else 1, as the protocol wants it.
    package var exitCode: Int32 { isShutDown ? 0 : 1 }

    /// The messages to send, oldest first; they are gone from the outbox then.
    package mutating func takeOutbox() -> [Value] {
        defer { outbox = [] }
        return outbox
    }

    /// Takes one message in; what is to be sent for it then stands in the outbox.
    package mutating func handle(_ value: Value) {
        guard let message = value.asMap, let method = message["method"]?.asText else {
            // An answer to something that the server asked: it asks nothing.
            if value.asMap?["id"] == nil {
                reply(id: .null, ResponseError(.invalidRequest, "this is no request"))
            }
            return
        }
        let parameters = message["params"]?.asMap ?? MapValue()
        guard let id = message["id"] else { return notification(method, parameters) }
        do throws(ResponseError) {
            reply(id: id, try result(method, parameters))
        } catch {
            reply(id: id, error)
        }
    }

    /// - Throws: Why the request is refused.
    private mutating func result(_ method: String, _ parameters: MapValue) throws(ResponseError) -> Value {
        if method == "initialize" {
            isInitialized = true
            return initialize(parameters)
        }
        guard isInitialized else {
            throw ResponseError(.notInitialized, "the server has not been initialized")
        }
        guard !isShutDown else { throw ResponseError(.invalidRequest, "the server has been shut down") }
        if method == "shutdown" {
            isShutDown = true
            return .null
        }
        guard let method = RequestMethod(rawValue: method) else {
            throw ResponseError(.methodNotFound, "there is no method \(method)")
        }
        return try answer(method, parameters)
    }

    /// Answers a message that is no JSON.
    package mutating func refuseUnreadable() {
        reply(id: .null, ResponseError(.parseError, "the message is no JSON"))
    }

    private mutating func reply(id: Value, _ result: Value) {
        outbox.append(.record([("jsonrpc", .string("2.0")), ("id", id), ("result", result)]))
    }

    private mutating func reply(id: Value, _ error: ResponseError) {
        let error = Value.record([
            ("code", .int(error.code.rawValue)), ("message", .string(error.message)),
        ])
        outbox.append(.record([("jsonrpc", .string("2.0")), ("id", id), ("error", error)]))
    }

    private mutating func initialize(_ parameters: MapValue) -> Value {
        client = ClientAbilities(parameters["capabilities"])
        let uris = (parameters["workspaceFolders"]?.asList ?? []).map { $0.asMap?["uri"] }
        folders = (uris.isEmpty ? [parameters["rootUri"]] : uris).compactMap { $0?.asText }
            .map(Paths.path(ofURI:))
        return .record([
            ("capabilities", RequestMethod.capabilities(client.unit)),
            ("serverInfo", .record([("name", .string("autocheck")), ("version", .string(version))])),
        ])
    }

    private mutating func notification(_ method: String, _ parameters: MapValue) {
        let file = parameters["textDocument"]?.asMap
        let uri = file?["uri"]?.asText ?? ""
        switch method {
        case "exit": isOver = true
        case "textDocument/didOpen":
            guard let text = file?["text"]?.asText else { return }
            let path = Paths.path(ofURI: uri)
            openTexts.keep(Array(text.utf8), of: path)
            documents[uri] = document(uri, path, text, file?["version"] ?? .null)
            changed(path)
            markStale(uri)
        case "textDocument/didChange":
            outdated.remove(uri)
            documents[uri]?.version = file?["version"] ?? .null
            documents[uri]?.change(parameters["contentChanges"]?.asList ?? [])
            if let document = documents[uri] { openTexts.keep(document.source.bytes, of: document.name) }
            changed(Paths.path(ofURI: uri))
            markStale(uri)
        case "textDocument/didSave": markStale(uri)
        case "textDocument/didClose":
            documents[uri] = nil
            openTexts.keep(nil, of: Paths.path(ofURI: uri))
            changed(Paths.path(ofURI: uri))
            publish(uri, .null, [])
        case "workspace/didChangeWatchedFiles":
            let uris = (parameters["changes"]?.asList ?? []).compactMap { $0.asMap?["uri"]?.asText }
            for path in uris.map(Paths.path(ofURI:)) where openTexts.text(of: path) == nil { changed(path) }
        default: break
        }
    }

    private func document(_ uri: String, _ path: String, _ text: String, _ version: Value) -> Document {
        Document(
            uri: uri, name: path, text: text, version: version, options: options(path, openTexts),
            unit: client.unit)
    }

    /// Notes that what stands at a path is another now: open files that name it are checked again before
    /// anything is said of them.
    private mutating func changed(_ path: String) {
        for (uri, document) in documents where document.names(path) {
            outdated.insert(uri)
            markStale(uri)
        }
    }

    private mutating func checkOutdated() {
        for uri in outdated { documents[uri]?.checkAgain() }
        outdated = []
    }

    private mutating func markStale(_ uri: String) {
        if documents[uri] != nil, !stale.contains(uri) { stale.append(uri) }
    }

    /// - Throws: Why the request is refused.
    private mutating func answer(
        _ method: RequestMethod, _ parameters: MapValue
    ) throws(ResponseError) -> Value {
        checkOutdated()
        if method.subject == .workspace {
            let query = parameters["query"]?.asText ?? ""
            return workspaceSymbols(query, Array(documents.values), folders, workspace, client.unit)
        }
        guard let uri = parameters["textDocument"]?.asMap?["uri"]?.asText else {
            throw ResponseError(.invalidParams, "\(method.rawValue) needs `textDocument` with its `uri`")
        }
        if method.subject == .place, parameters["position"]?.asMap?["line"]?.asInt == nil {
            throw ResponseError(.invalidParams, "\(method.rawValue) needs `position` with its `line`")
        }
        if method.subject == .range, parameters["range"]?.asMap?["start"]?.asMap == nil {
            throw ResponseError(.invalidParams, "\(method.rawValue) needs `range` with its `start`")
        }
        documents[uri]?.keepTree(for: method)
        // A client may ask about a file that it has just closed, which is no mistake of anybody.
        guard let document = documents[uri] else { return .null }
        return try answer(method, document, parameters)
    }

    private func answer(
        _ method: RequestMethod, _ document: Document, _ parameters: MapValue
    ) throws(ResponseError) -> Value {
        let offset = document.offset(parameters["position"])
        var files = FolderFiles(documents.values, folders, workspace, client.unit)
        switch method {
        case .hover: return hover(document, offset)
        case .signatureHelp: return signatureHelp(document, offset)
        case .definition: return definition(document, offset, &files)
        case .references:
            let declares = parameters["context"]?.asMap?["includeDeclaration"]?.asBool ?? true
            return references(document, offset, withDeclaration: declares, &files)
        case .documentHighlight: return highlights(document, offset)
        case .prepareRename: return try prepareRename(document, offset, &files)
        case .rename:
            return try rename(document, offset, to: parameters["newName"]?.asText ?? "", &files) { file in
                documents[file.uri]
                    ?? self.document(
                        file.uri, file.path, file.source.text(Span(0, file.source.bytes.count)), .null)
            }
        case .completion: return completion(document, offset, client, workspace)
        case .documentSymbol: return outline(document)
        case .workspaceSymbol: return .null
        case .foldingRange: return folding(document)
        case .formatting: return formatting(document)
        case .rangeFormatting: return formatting(document, document.span(parameters["range"]))
        case .codeAction:
            return codeActions(document, result(document).findings, document.span(parameters["range"]))
        case .codeLens: return codeLenses(document)
        case .documentLink: return documentLinks(document, workspace)
        case .semanticTokens: return semanticTokens(document, nil)
        case .semanticTokensInRange: return semanticTokens(document, document.span(parameters["range"]))
        }
    }

    // Findings.

    /// The result with what is known of the programs inside so far.
    private func result(_ document: Document) -> CheckResult {
        document.draft.finished(with: document.draft.programs.map { problems[$0.alone] ?? [] })
    }

    /// Tells the findings of files that have changed since they were told last.
    package mutating func publishStale() {
        checkOutdated()
        for uri in stale {
            guard let document = documents[uri] else { continue }
            publish(uri, document.version, result(document).findings.map { diagnostic($0, document) })
        }
        stale = []
    }

    private mutating func publish(_ uri: String, _ version: Value, _ diagnostics: [Value]) {
        var parameters: [(String, Value)] = [("uri", .string(uri))]
        if !version.isNull { parameters.append(("version", version)) }
        parameters.append(("diagnostics", .list(diagnostics)))
        outbox.append(
            .record([
                ("jsonrpc", .string("2.0")), ("method", .string("textDocument/publishDiagnostics")),
                ("params", .record(parameters)),
            ]))
    }

    private func uncompiled(_ document: Document) -> [EmbeddedProgram] {
        document.draft.programs.map(\.alone).filter { problems[$0] == nil }
    }

    /// Whether programs inside of open files wait for their compilers.
    package var hasUncompiled: Bool { documents.values.contains { !uncompiled($0).isEmpty } }

    /// Has the programs inside compiled; the files with new findings are then to be told.
    package mutating func compile() {
        // Programs of states that are gone are of no more use.
        if problems.count > 2_000 { problems = [:] }
        for (uri, document) in documents {
            let programs = uncompiled(document)
            guard !programs.isEmpty else { continue }
            for (program, found) in zip(programs, compiler.problems(in: programs)) {
                problems[program] = found
            }
            markStale(uri)
        }
    }
}

package import AutoChecker
import Diagnostics
package import Values

/// Why a request is refused, by the numbers of JSON-RPC and of the protocol.
private enum ReplyError: Int64 {
    case parseError = -32_700
    case notInitialized = -32_002
    case invalidRequest = -32_600
    case methodNotFound = -32_601
}

/// The requests about one open file.
private enum DocumentMethod: String {
    case hover = "textDocument/hover"
    case definition = "textDocument/definition"
    case references = "textDocument/references"
    case documentHighlight = "textDocument/documentHighlight"
    case prepareRename = "textDocument/prepareRename"
    case rename = "textDocument/rename"
    case completion = "textDocument/completion"
    case documentSymbol = "textDocument/documentSymbol"
    case foldingRange = "textDocument/foldingRange"
    case formatting = "textDocument/formatting"
    case codeAction = "textDocument/codeAction"
}

/// What the language server knows and says, message by message, without the wire: messages go in by `handle`, and
/// those to send come out of the outbox.
package struct Conversation {
    private let compiler: any ProgramCompiler
    /// The options for a file, by its path.
    private let options: (String) -> CheckOptions
    private let version: String
    private var documents: [String: Document] = [:]
    private var unit = ColumnUnit.utf16
    private var isInitialized = false
    private var isShutDown = false
    /// Whether the client has said `exit`.
    package private(set) var isOver = false
    private var outbox: [Value] = []
    /// Files whose findings are to be told once no more messages wait.
    private var stale: [String] = []
    /// What compilers said of programs, so that each is compiled once.
    private var problems: [EmbeddedProgram: [ProgramProblem]] = [:]

    /// - Parameter options: Gives the options for a file, by its path.
    package init(
        compiler: any ProgramCompiler, version: String, options: @escaping (String) -> CheckOptions
    ) {
        self.compiler = compiler
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
            if value.asMap?["id"] == nil { reply(id: .null, error: .invalidRequest, "this is no request") }
            return
        }
        let parameters = message["params"]?.asMap ?? MapValue()
        guard let id = message["id"] else { return notification(method, parameters) }
        if method == "initialize" {
            isInitialized = true
            reply(id: id, initialize(parameters))
        } else if !isInitialized {
            reply(id: id, error: .notInitialized, "the server has not been initialized")
        } else if isShutDown {
            reply(id: id, error: .invalidRequest, "the server has been shut down")
        } else if method == "shutdown" {
            isShutDown = true
            reply(id: id, .null)
        } else if let result = request(method, parameters) {
            reply(id: id, result)
        } else {
            reply(id: id, error: .methodNotFound, "there is no method \(method)")
        }
    }

    /// Answers a message that is no JSON.
    package mutating func refuseUnreadable() {
        reply(id: .null, error: .parseError, "the message is no JSON")
    }

    private mutating func reply(id: Value, _ result: Value) {
        outbox.append(.record([("jsonrpc", .string("2.0")), ("id", id), ("result", result)]))
    }

    private mutating func reply(id: Value, error: ReplyError, _ message: String) {
        let error = Value.record([("code", .int(error.rawValue)), ("message", .string(message))])
        outbox.append(.record([("jsonrpc", .string("2.0")), ("id", id), ("error", error)]))
    }

    private mutating func initialize(_ parameters: MapValue) -> Value {
        let general = parameters["capabilities"]?.asMap?["general"]?.asMap
        let offered = (general?["positionEncodings"]?.asList ?? []).compactMap(\.asText)
        if offered.contains("utf-8") {
            unit = .utf8
        } else if offered.contains("utf-32"), !offered.contains("utf-16") {
            unit = .utf32
        }
        func on(_ options: [(String, Value)] = []) -> Value {
            options.isEmpty ? .bool(true) : .record(options)
        }
        let capabilities: [(String, Value)] = [
            ("positionEncoding", .string(unit.rawValue)),
            (
                "textDocumentSync",
                .record([
                    ("openClose", .bool(true)), ("change", .int(2)),
                    ("save", .record([("includeText", .bool(false))])),
                ])
            ),
            ("hoverProvider", on()), ("definitionProvider", on()), ("referencesProvider", on()),
            ("documentHighlightProvider", on()),
            ("renameProvider", on([("prepareProvider", .bool(true))])),
            (
                "completionProvider",
                on([("triggerCharacters", .list([".", "\"", ">", ":", " "].map(Value.string)))])
            ),
            ("documentSymbolProvider", on()), ("foldingRangeProvider", on()),
            ("documentFormattingProvider", on()),
            (
                "codeActionProvider",
                on([("codeActionKinds", .list([.string("quickfix"), .string("source.fixAll")]))])
            ),
        ]
        return .record([
            ("capabilities", .record(capabilities)),
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
            documents[uri] = Document(
                uri: uri, name: path, text: text, version: file?["version"] ?? .null, options: options(path),
                unit: unit)
            markStale(uri)
        case "textDocument/didChange":
            documents[uri]?.version = file?["version"] ?? .null
            documents[uri]?.change(parameters["contentChanges"]?.asList ?? [])
            markStale(uri)
        case "textDocument/didSave": markStale(uri)
        case "textDocument/didClose":
            documents[uri] = nil
            publish(uri, .null, [])
        default: break
        }
    }

    private mutating func markStale(_ uri: String) {
        if documents[uri] != nil, !stale.contains(uri) { stale.append(uri) }
    }

    /// The answer to a request; nil for a method that is not served.
    private func request(_ method: String, _ parameters: MapValue) -> Value? {
        guard let method = DocumentMethod(rawValue: method) else { return nil }
        let uri = parameters["textDocument"]?.asMap?["uri"]?.asText ?? ""
        guard let document = documents[uri] else { return .null }
        let offset = document.offset(parameters["position"])
        switch method {
        case .hover: return hover(document, offset)
        case .definition: return definition(document, offset)
        case .references:
            let declares = parameters["context"]?.asMap?["includeDeclaration"]?.asBool ?? true
            return references(document, offset, withDeclaration: declares)
        case .documentHighlight: return highlights(document, offset)
        case .prepareRename: return prepareRename(document, offset)
        case .rename: return rename(document, offset, to: parameters["newName"]?.asText ?? "")
        case .completion: return completion(document, offset)
        case .documentSymbol: return outline(document)
        case .foldingRange: return folding(document)
        case .formatting: return formatting(document)
        case .codeAction:
            return codeActions(document, result(document).findings, document.span(parameters["range"]))
        }
    }

    // Findings.

    /// The result with what is known of the programs inside so far.
    private func result(_ document: Document) -> CheckResult {
        document.draft.finished(with: document.draft.programs.map { problems[$0.alone] ?? [] })
    }

    /// Tells the findings of files that have changed since they were told last.
    package mutating func publishStale() {
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

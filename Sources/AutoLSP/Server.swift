package import AutoChecker
import Diagnostics
import Values

/// The language server: reads requests from one descriptor, answers on another, until `exit`.
package struct LanguageServer {
    private var transport: Transport
    private let compiler: any ProgramCompiler
    /// The options for a file, by its path.
    private let options: (String) -> CheckOptions
    private let version: String
    private var documents: [String: Document] = [:]
    private var unit = ColumnUnit.utf16
    private var isInitialized = false
    private var isShutDown = false
    /// Files whose findings are to be told once no more messages wait.
    private var stale: [String] = []
    /// What compilers said of programs, so that each is compiled once.
    private var problems: [EmbeddedProgram: [ProgramProblem]] = [:]

    package init(
        input: Int32, output: Int32, compiler: any ProgramCompiler, version: String,
        options: @escaping (String) -> CheckOptions
    ) {
        transport = Transport(input: input, output: output)
        self.compiler = compiler
        self.options = options
        self.version = version
    }

    /// Serves until the client says `exit` or goes; the exit code is 0 after a `shutdown`, else 1.
    package mutating func run() -> Int32 {
        while true {
            if !transport.hasInput { publishStale() }
            // Programs inside are compiled once nobody has typed for a moment.
            switch transport.next(timeout: hasUncompiled ? 150 : -1) {
            case .message(let value):
                if handle(value) { return isShutDown ? 0 : 1 }
            case .unreadable: reply(id: .null, error: -32_700, "the message is no JSON")
            case .idle: compileAndPublish()
            case .closed: return isShutDown ? 0 : 1
            }
        }
    }

    /// Handles one message; true for `exit`.
    private mutating func handle(_ value: Value) -> Bool {
        guard let message = value.asMap, let method = message["method"]?.asText else {
            // An answer to something that the server asked: it asks nothing.
            if value.asMap?["id"] == nil { reply(id: .null, error: -32_600, "this is no request") }
            return false
        }
        let parameters = message["params"]?.asMap ?? MapValue()
        guard let id = message["id"] else { return notification(method, parameters) }
        if method == "initialize" {
            isInitialized = true
            reply(id: id, initialize(parameters))
        } else if !isInitialized {
            reply(id: id, error: -32_002, "the server has not been initialized")
        } else if isShutDown {
            reply(id: id, error: -32_600, "the server has been shut down")
        } else if method == "shutdown" {
            isShutDown = true
            reply(id: id, .null)
        } else if let result = request(method, parameters) {
            reply(id: id, result)
        } else {
            reply(id: id, error: -32_601, "there is no method \(method)")
        }
        return false
    }

    private func reply(id: Value, _ result: Value) {
        transport.send(.record([("jsonrpc", .string("2.0")), ("id", id), ("result", result)]))
    }

    private func reply(id: Value, error code: Int64, _ message: String) {
        let error = Value.record([("code", .int(code)), ("message", .string(message))])
        transport.send(.record([("jsonrpc", .string("2.0")), ("id", id), ("error", error)]))
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

    private mutating func notification(_ method: String, _ parameters: MapValue) -> Bool {
        let file = parameters["textDocument"]?.asMap
        let uri = file?["uri"]?.asText ?? ""
        switch method {
        case "exit": return true
        case "textDocument/didOpen":
            guard let text = file?["text"]?.asText else { return false }
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
        return false
    }

    private mutating func markStale(_ uri: String) {
        if documents[uri] != nil, !stale.contains(uri) { stale.append(uri) }
    }

    /// The answer to a request; nil for a method that is not served.
    private func request(_ method: String, _ parameters: MapValue) -> Value? {
        let uri = parameters["textDocument"]?.asMap?["uri"]?.asText ?? ""
        let served = [
            "textDocument/hover", "textDocument/definition", "textDocument/references",
            "textDocument/documentHighlight", "textDocument/prepareRename", "textDocument/rename",
            "textDocument/completion", "textDocument/documentSymbol", "textDocument/foldingRange",
            "textDocument/formatting", "textDocument/codeAction",
        ]
        guard served.contains(method) else { return nil }
        guard let document = documents[uri] else { return .null }
        let offset = document.offset(parameters["position"])
        switch method {
        case "textDocument/hover": return hover(document, offset)
        case "textDocument/definition": return definition(document, offset)
        case "textDocument/references":
            let declares = parameters["context"]?.asMap?["includeDeclaration"]?.asBool ?? true
            return references(document, offset, withDeclaration: declares)
        case "textDocument/documentHighlight": return highlights(document, offset)
        case "textDocument/prepareRename": return prepareRename(document, offset)
        case "textDocument/rename":
            return rename(document, offset, to: parameters["newName"]?.asText ?? "")
        case "textDocument/completion": return completion(document, offset)
        case "textDocument/documentSymbol": return outline(document)
        case "textDocument/foldingRange": return folding(document)
        case "textDocument/formatting": return formatting(document)
        default: return codeActions(document, result(document).findings, document.span(parameters["range"]))
        }
    }

    // Findings.

    /// The result with what is known of the programs inside so far.
    private func result(_ document: Document) -> CheckResult {
        document.draft.finished(with: document.draft.programs.map { problems[$0.alone] ?? [] })
    }

    private mutating func publishStale() {
        for uri in stale {
            guard let document = documents[uri] else { continue }
            publish(uri, document.version, result(document).findings.map { diagnostic($0, document) })
        }
        stale = []
    }

    private func publish(_ uri: String, _ version: Value, _ diagnostics: [Value]) {
        var parameters: [(String, Value)] = [("uri", .string(uri))]
        if !version.isNull { parameters.append(("version", version)) }
        parameters.append(("diagnostics", .list(diagnostics)))
        transport.send(
            .record([
                ("jsonrpc", .string("2.0")), ("method", .string("textDocument/publishDiagnostics")),
                ("params", .record(parameters)),
            ]))
    }

    private func uncompiled(_ document: Document) -> [EmbeddedProgram] {
        document.draft.programs.map(\.alone).filter { problems[$0] == nil }
    }

    private var hasUncompiled: Bool { documents.values.contains { !uncompiled($0).isEmpty } }

    private mutating func compileAndPublish() {
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

func diagnostic(_ finding: Diagnostic, _ document: Document) -> Value {
    var message = finding.message
    if !finding.label.isEmpty { message += ": " + finding.label }
    if let help = finding.help { message += "\nhelp: " + help }
    var fields: [(String, Value)] = [
        ("range", document.range(finding.span)),
        ("severity", .int(finding.severity == .error ? 1 : 2)),
        ("code", .string(finding.code.rawValue)), ("source", .string("autocheck")),
        ("message", .string(message)),
    ]
    if [.unusedInput, .unusedSecret, .unusedType, .unusedResult, .unreachable].contains(finding.code) {
        fields.append(("tags", .list([.int(1)])))
    }
    if !finding.notes.isEmpty {
        let related = finding.notes.map { note in
            Value.record([("location", document.location(note.span)), ("message", .string(note.label))])
        }
        fields.append(("relatedInformation", .list(related)))
    }
    return .record(fields)
}

/// Paths and `file:` URIs.
enum Paths {
    static func path(ofURI uri: String) -> String {
        guard uri.hasPrefix("file://") else { return uri }
        var bytes: [UInt8] = []
        var rest = Array(uri.utf8.dropFirst(7))[...]
        if let slash = rest.firstIndex(of: UInt8(ascii: "/")) { rest = rest[slash...] }
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

import AutoChecker
import AutoLSP
import CEL
import Diagnostics
import Testing
import Values

/// Finds a jq program wrong that holds `map(` and no `)`, as jq would.
private struct FakeCompiler: ProgramCompiler {
    func problems(in programs: [EmbeddedProgram]) -> [[ProgramProblem]] {
        programs.map { program in
            guard program.text.text.contains("map("), !program.text.text.contains(")") else { return [] }
            return [ProgramProblem(.badJQ, "syntax error", 0..<1)]
        }
    }
}

/// An editor that talks to the language server without a wire between them.
struct Client {
    static let uri = "file:///work/sample%20one.auto"
    private var server: Conversation
    private var number: Int64 = 0
    /// The findings that the server has told last, by the file.
    private(set) var diagnostics: [String: [MapValue]] = [:]
    /// The path by which the server asked for options last.
    let askedPath: AskedPath

    final class AskedPath {
        var path = ""
    }

    /// Opens a file, where a text is given.
    init(
        _ text: String? = nil, encodings: [String] = ["utf-16"], snippets: Bool = false,
        workspace: Workspace = .empty, options: CheckOptions = CheckOptions(),
        optionsFor: ((String, OpenTexts) -> CheckOptions)? = nil
    ) throws {
        let asked = AskedPath()
        askedPath = asked
        server = Conversation(compiler: FakeCompiler(), version: "1.2", workspace: workspace) { path, open in
            asked.path = path
            return optionsFor?(path, open) ?? options
        }
        guard let text else { return }
        let general = Value.record([("positionEncodings", .list(encodings.map(Value.string)))])
        let item = Value.record([("snippetSupport", .bool(snippets))])
        let completion = Value.record([("completion", .record([("completionItem", item)]))])
        _ = try request(
            "initialize",
            [
                ("capabilities", .record([("general", general), ("textDocument", completion)])),
                ("rootUri", .string("file:///work")),
            ])
        notify("initialized", [])
        open(text)
    }

    mutating func send(_ message: Value) -> [Value] {
        server.handle(message)
        server.publishStale()
        let sent = server.takeOutbox()
        for message in sent {
            guard let parameters = message.asMap?["params"]?.asMap, let uri = parameters["uri"]?.asText else {
                continue
            }
            diagnostics[uri] = parameters["diagnostics"]?.asList?.compactMap(\.asMap)
        }
        return sent
    }

    mutating func notify(_ method: String, _ parameters: [(String, Value)]) {
        _ = send(
            .record([
                ("jsonrpc", .string("2.0")), ("method", .string(method)), ("params", .record(parameters)),
            ]))
    }

    /// The whole answer to a request.
    mutating func answer(_ method: String, _ parameters: [(String, Value)]) throws -> MapValue {
        number += 1
        let sent = send(
            .record([
                ("jsonrpc", .string("2.0")), ("id", .int(number)), ("method", .string(method)),
                ("params", .record(parameters)),
            ]))
        let answers = sent.compactMap(\.asMap).filter { $0["id"] == .int(number) }
        try #require(answers.count == 1)
        return answers[0]
    }

    /// The result of a request that is expected to have one.
    mutating func request(_ method: String, _ parameters: [(String, Value)]) throws -> Value {
        try #require(try answer(method, parameters)["result"])
    }

    /// The result of a request about a place in the file.
    mutating func ask(
        _ method: String, _ position: Value, _ more: [(String, Value)] = [], in uri: String = Client.uri
    ) throws -> Value {
        let file = Value.record([("uri", .string(uri))])
        return try request(method, [("textDocument", file), ("position", position)] + more)
    }

    /// The words with which a request about a place in the file is refused.
    mutating func refusal(
        _ method: String, _ position: Value, _ more: [(String, Value)] = [], in uri: String = Client.uri
    ) throws -> String {
        let file = Value.record([("uri", .string(uri))])
        let error = try answer(method, [("textDocument", file), ("position", position)] + more)["error"]
        return try #require(error?.asMap?["message"]?.asText)
    }

    mutating func open(_ text: String, as uri: String = Client.uri) {
        notify(
            "textDocument/didOpen",
            [
                (
                    "textDocument",
                    .record([
                        ("uri", .string(uri)), ("languageId", .string("auto")), ("version", .int(1)),
                        ("text", .string(text)),
                    ])
                )
            ])
    }

    /// Tells a change of a range, or of the whole text.
    mutating func change(_ range: Value?, _ text: String, of uri: String = Client.uri) {
        let file = Value.record([("uri", .string(uri)), ("version", .int(2))])
        let change = Value.record((range.map { [("range", $0)] } ?? []) + [("text", .string(text))])
        notify("textDocument/didChange", [("textDocument", file), ("contentChanges", .list([change]))])
    }

    /// Lets the server do what it does while nobody types.
    mutating func rest() {
        server.compile()
        _ = send(.record([("jsonrpc", .string("2.0")), ("method", .string("$/nothing"))]))
    }

    var findings: [MapValue] { diagnostics[Client.uri] ?? [] }
    var isOver: Bool { server.isOver }
    var exitCode: Int32 { server.exitCode }
    var waitsForCompilers: Bool { server.hasUncompiled }

    mutating func unreadable() -> [Value] {
        server.refuseUnreadable()
        return server.takeOutbox()
    }
}

/// The place of a part of a text, in lines and units of UTF-16.
func place(_ text: String, _ part: String, _ offset: Int = 0) throws -> Value {
    let range = try #require(text.firstRange(of: part), "no \(part)")
    let before = text[..<range.lowerBound]
    let lineStart = before.lastIndex(of: "\n").map { text.index(after: $0) } ?? text.startIndex
    return .record([
        ("line", .int(Int64(before.count { $0 == "\n" }))),
        ("character", .int(Int64(text[lineStart..<range.lowerBound].utf16.count + offset))),
    ])
}

func range(_ text: String, _ part: String) throws -> Value {
    .record([("start", try place(text, part)), ("end", try place(text, part, part.utf16.count))])
}

import AutoChecker
import MCP
import Values

/// The tools of `autocheck mcp`.
enum AuthoringTool: String, CaseIterable {
    case check
    case fix
    case format
    case explain
    case reference
    case plan
    case test

    var offered: ServerTool {
        ServerTool(
            name: rawValue, title: title, description: description,
            inputSchema: schema(arguments, required: required), outputSchema: output,
            // Tests run offline, and nothing of them reaches a file.
            isReadOnly: true, isOpenWorld: false)
    }

    private var title: String {
        switch self {
        case .check: "Check an automation"
        case .fix: "Apply the safe mends"
        case .format: "Lay a file out"
        case .explain: "Explain a finding's code"
        case .reference: "Look the language up"
        case .plan: "What a run can come to"
        case .test: "Run the tests of a file"
        }
    }

    private var description: String {
        switch self {
        case .check:
            "Finds what is wrong with a .auto file, all of it at once: syntax, names, types, ways through the graph, trust, cost, the programs inside. Each finding has its place, a help line, and where there is one a fix. A file with errors does not run."
        case .fix:
            "Applies the mends that are safe, and gives back the mended text and what is left. No file is written."
        case .format: "Gives back the text in the one canonical layout; comments stay. No file is written."
        case .explain:
            "Says what a code such as A309 means: why it is a finding, a file that has it, the file mended."
        case .reference:
            "The reference. Topics: language (the whole language on one page, read it first), steps, settings, header, functions, failures, codes; a step type such as LLM_CALL, a setting, a function such as sortBy, a code."
        case .plan:
            "Says what a run can come to, and runs nothing: the ways through the graph, the most model calls, tokens and dollars, the steps that leave the machine."
        case .test:
            "Runs the `test` blocks offline, replies standing for what would leave the machine, and says which expectations do not hold and what was seen, with the steps, branches and error edges that no test takes."
        }
    }

    /// The arguments by their names, each with its schema.
    var arguments: [(String, Value)] {
        switch self {
        case .check, .fix, .format:
            [
                ("text", text("The file's text; left out, the file is read.")),
                (
                    "path",
                    text(
                        "Where the file lies, or would lie, from the server's folder: it ends in .auto, and names the files beside it that the text may name."
                    )
                ),
            ]
        case .explain: [("code", text("The code, such as A309."))]
        case .reference: [("topic", text("What to look up; left out, the whole language."))]
        case .plan: file + [("inputs", inputs)]
        case .test: file + [("filter", text("Only tests whose name holds this."))]
        }
    }

    private var file: [(String, Value)] {
        [
            ("text", text("The text of a file that names no other; else give `path`.")),
            ("path", text("The file, from the server's folder; it ends in .auto.")),
        ]
    }

    private var inputs: Value {
        .record([
            ("type", .string("object")),
            ("description", .string("Inputs by their names; their length counts.")),
        ])
    }

    private var required: [String] {
        switch self {
        case .explain: ["code"]
        case .check, .fix, .format, .reference, .plan, .test: []
        }
    }

    private var output: Value {
        switch self {
        case .check: schema(report, required: report.map(\.0))
        case .fix:
            schema(
                [("text", text), ("mended", count)] + report, required: ["text", "mended"] + report.map(\.0))
        case .format: schema([("text", text), ("changed", truth)], required: ["text", "changed"])
        case .explain:
            schema([("code", text), ("title", text), ("text", text)], required: ["code", "title", "text"])
        case .reference: schema([("topic", text), ("text", text)], required: ["topic", "text"])
        case .plan:
            open([
                ("name", text), ("paths", list(list(text))), ("steps", list(object)),
                ("model_calls", .record([("type", .list([.string("integer"), .string("null")]))])),
            ])
        case .test: open([("passed", count), ("failed", count), ("files", list(object))])
        }
    }

    /// What is said of the findings.
    private var report: [(String, Value)] {
        let place = ["line", "column", "end_line", "end_column"].map { ($0, count) }
        let finding = open(
            [
                ("code", text), ("severity", text), ("message", text), ("file", text), ("label", text),
                ("help", orNull("string")), ("notes", list(object)), ("fix", orNull("object")),
            ] + place)
        return [("passes", truth), ("errors", count), ("warnings", count), ("findings", list(finding))]
    }
}

private let text = Value.record([("type", .string("string"))])
private let truth = Value.record([("type", .string("boolean"))])
private let count = Value.record([("type", .string("integer"))])
private let object = Value.record([("type", .string("object"))])

private func text(_ about: String) -> Value {
    .record([("type", .string("string")), ("description", .string(about))])
}

private func list(_ items: Value) -> Value {
    .record([("type", .string("array")), ("items", items)])
}

private func orNull(_ type: String) -> Value {
    .record([("type", .list([.string(type), .string("null")]))])
}

/// The schema of an object that has no other fields.
private func schema(_ fields: [(String, Value)], required: [String]) -> Value {
    .record([
        ("type", .string("object")), ("properties", .record(fields)),
        ("required", .list(required.map(Value.string))), ("additionalProperties", .bool(false)),
    ])
}

/// The schema of an object that has these fields and may have others.
private func open(_ fields: [(String, Value)]) -> Value {
    .record([
        ("type", .string("object")), ("properties", .record(fields)),
        ("required", .list(fields.map { .string($0.0) })),
    ])
}

import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Testing
import Values

/// A step with some fields, the settings, and how the step leaves the machine.
struct Leaving: Sendable, CustomTestStringConvertible {
    let type: StepType
    /// The fields as a file has them, a line each.
    let fields: String
    /// The same fields rendered; nil where they say more than the file does.
    let rendered: [(String, Value)]?
    let defaults: DefaultModels
    let way: WayOut?

    init(
        _ type: StepType, _ fields: String, _ rendered: [(String, Value)]?,
        _ way: WayOut?, with defaults: DefaultModels = DefaultModels()
    ) {
        self.type = type
        self.fields = fields
        self.rendered = rendered
        self.defaults = defaults
        self.way = way
    }

    var testDescription: String { "\(type.rawValue) \(fields) \(defaults)" }

    /// Gives the step as it is read from a file.
    var step: Step? {
        let text = "\(type.rawValue) t -> end {\n prompt_template {\n\(fields)\n }\n}\n"
        return parseAutomation(SourceText(name: "t.auto", text: text)).automation.steps.first
    }
}

private let local = DefaultModels(model: "builtin")
private let remote = DefaultModels(model: "gpt-4o-mini", embedding: "text-embedding-3-small")

private let cases: [Leaving] = [
    Leaving(.start, "", [], nil),
    Leaving(.llmCall, "user: \"Hi\"", [("user", .string("Hi"))], .model),
    Leaving(.llmCall, "user: \"Hi\"", [("user", .string("Hi"))], nil, with: local),
    Leaving(.llmCall, "model: \"default\"", [("model", .string("default"))], .model, with: remote),
    Leaving(.llmCall, "model: \"builtin\"", [("model", .string("builtin"))], nil, with: remote),
    Leaving(.llmCall, "model: inputs.model", nil, .model, with: local),
    Leaving(.getUserInput, "message: \"?\"", [("message", .string("?"))], nil),
    Leaving(.logicDecision, "question: \"?\"", [("question", .string("?"))], .model),
    Leaving(.logicDecision, "question: \"?\"", [("question", .string("?"))], nil, with: local),
    Leaving(.embeddingSearch, "query: \"x\"", [("query", .string("x"))], nil),
    Leaving(.embeddingSearch, "query: \"x\"", [("query", .string("x"))], .embeddings, with: remote),
    Leaving(
        .embeddingSearch, "model: \"default\"", [("model", .string("default"))], .embeddings, with: remote),
    Leaving(.embeddingSearch, "model: \"builtin\"", [("model", .string("builtin"))], nil, with: remote),
    Leaving(.embeddingSearch, "model: \"e5\"", [("model", .string("e5"))], .embeddings),
    Leaving(.restAPI, "url: \"https://a.b/\"", [("url", .string("https://a.b/"))], .server),
    Leaving(.webScrape, "url: \"https://a.b/\"", [("url", .string("https://a.b/"))], .page),
    Leaving(.webScrape, "url: \"file:a.html\"", [("url", .string("file:a.html"))], nil),
    Leaving(.webScrape, "url: \"FILE:a.html\"", [("url", .string("FILE:a.html"))], nil),
    Leaving(.webScrape, "url: \"file:${inputs.name}\"", nil, nil),
    Leaving(.webScrape, "url: inputs.page", nil, .page),
    Leaving(.webScrape, "html: \"<p>\"", [("html", .string("<p>"))], nil),
    Leaving(.python, "code: \"result = 1\"", [("code", .string("result = 1"))], nil),
    Leaving(.python, "requirements: []", [("requirements", .list([]))], nil),
    Leaving(.python, "requirements: null", [("requirements", .null)], nil),
    Leaving(
        .python, "requirements: [\"six==1.17.0\"]", [("requirements", .list([.string("six==1.17.0")]))],
        .packages),
    Leaving(.python, "requirements: inputs.needed", nil, .packages),
    Leaving(.textToJSON, "text: \"{}\"", [("text", .string("{}"))], nil),
    Leaving(.textToJSON, "text: \"\", model: \"gpt-4o\"", [("model", .string("gpt-4o"))], .model),
    Leaving(.textToJSON, "text: \"\", model: \"default\"", [("model", .string("default"))], nil, with: local),
    Leaving(.dataTransform, "value: 1", [("value", .int(1))], nil),
]

/// One answer for the checker, `plan`, `test` and the run.
@Suite(.timeLimit(.minutes(1))) struct WayOutTests {
    @Test(arguments: cases)
    func theFileSays(leaving: Leaving) throws {
        let step = try #require(leaving.step)
        #expect(step.wayOut(leaving.defaults) == leaving.way)
    }

    @Test(arguments: cases.filter { $0.rendered != nil })
    func theRunSays(leaving: Leaving) {
        let given = GivenFields(MapValue(record: leaving.rendered ?? []))
        #expect(StepKind.of(leaving.type).wayOut(given, leaving.defaults) == leaving.way)
    }
}

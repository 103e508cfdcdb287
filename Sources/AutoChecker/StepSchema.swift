package import AutoSyntax
import Values

/// What a field of a prompt_template takes.
package enum FieldKind: Sendable, Hashable {
    case text
    case int
    case number
    case bool
    case any
    case record
    case list
    case textOrList
    case numberOrText
    case duration
    case choice([String])
    case program
    case selector
}

package struct FieldSchema: Sendable {
    package let name: String
    package let kind: FieldKind
    package let isRequired: Bool
    /// One sentence for help and hover.
    package let documentation: String

    init(_ name: String, _ kind: FieldKind, required: Bool = false, _ documentation: String) {
        self.name = name
        self.kind = kind
        self.isRequired = required
        self.documentation = documentation
    }
}

/// The fields of each step type, as data.
package struct StepSchema: Sendable {
    package let fields: [FieldSchema]
    /// Exactly one of each group must be there.
    package let oneOf: [[String]]
    /// Whether `result: TYPE` may be set.
    package let takesResult: Bool
    package let leavesMachine: Bool

    package subscript(name: String) -> FieldSchema? { fields.first { $0.name == name } }

    package static func of(_ type: StepType) -> StepSchema {
        switch type {
        case .start: start
        case .llmCall: llmCall
        case .getUserInput: getUserInput
        case .logicDecision: logicDecision
        case .embeddingSearch: embeddingSearch
        case .restAPI: restAPI
        case .webScrape: webScrape
        case .python: python
        case .textToJSON: textToJSON
        case .dataTransform: dataTransform
        }
    }

    private init(
        _ fields: [FieldSchema], oneOf: [[String]] = [], takesResult: Bool = true, leavesMachine: Bool = false
    ) {
        self.fields = fields
        self.oneOf = oneOf
        self.takesResult = takesResult
        self.leavesMachine = leavesMachine
    }

    private static let start = StepSchema([], takesResult: false)

    private static let llmCall = StepSchema(
        [
            FieldSchema("user", .text, "what the model is asked"),
            FieldSchema("messages", .list, "a conversation: a list of { role, content }"),
            FieldSchema("system", .text, "how the model shall behave"),
            FieldSchema("model", .text, "\"default\", \"builtin\" or a model's name"),
            FieldSchema("temperature", .number, "0 for the most likely words, higher for more variety"),
            FieldSchema("max_tokens", .int, "the longest reply"),
            FieldSchema("seed", .int, "for replies that can be repeated"),
            FieldSchema("stop", .textOrList, "texts at which the reply ends"),
            FieldSchema("tools", .list, "functions that the model may ask for"),
            FieldSchema("images", .list, "urls or data urls of images"),
        ], oneOf: [["user", "messages"]], leavesMachine: true)

    private static let getUserInput = StepSchema([
        FieldSchema("message", .text, required: true, "the question"),
        FieldSchema(
            "default", .any,
            "the answer when the person just presses Enter, and when the step's `timeout` is over"),
        FieldSchema("choices", .list, "the answers to choose from"),
    ])

    private static let logicDecision = StepSchema(
        [
            FieldSchema("question", .text, "what the model decides"),
            FieldSchema("model", .text, "which model decides"),
        ], takesResult: false)

    private static let embeddingSearch = StepSchema(
        [
            FieldSchema("query", .text, required: true, "what to look for"),
            FieldSchema(
                "documents", .textOrList, required: true,
                "a glob, a list of texts, or a list of records with `text`"),
            FieldSchema("top_k", .int, "how many to find; 5 unless said"),
            FieldSchema("min_score", .number, "the least similarity, from 0 to 1"),
            FieldSchema("model", .text, "the embedding model"),
            FieldSchema("chunk", .int, "characters a piece of a document has at most; 0 for whole documents"),
        ], takesResult: false)

    private static let restAPI = StepSchema(
        [
            FieldSchema("url", .text, required: true, "where the request goes"),
            FieldSchema(
                "method", .choice(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
                "GET unless said; POST with a body"),
            FieldSchema("headers", .record, "names and values"),
            FieldSchema("query", .record, "what is added behind `?`"),
            FieldSchema("body", .any, "text as it is, anything else as JSON"),
            FieldSchema("form", .record, "fields of a form"),
            FieldSchema("auth", .record, "{ bearer: … } or { user: …, password: … }"),
            FieldSchema("expect", .any, "the statuses that are a success: 200, [200, 404] or \"2xx\""),
            FieldSchema("allow_private", .bool, "whether addresses of the own network may be reached"),
        ], leavesMachine: true)

    private static let webScrape = StepSchema(
        [
            FieldSchema("url", .text, "the page, or `file:` under the automation's folder"),
            FieldSchema("html", .text, "the page's text itself"),
            FieldSchema("select", .selector, "what to take from the page"),
            FieldSchema("main", .bool, "only the main part, without navigation"),
            FieldSchema("format", .choice(["text", "markdown", "html"]), "how the page is written out"),
            FieldSchema("links", .bool, "the page's links"),
            FieldSchema("tables", .bool, "the page's tables"),
            FieldSchema("metadata", .bool, "title, description and the like"),
            FieldSchema("allow_private", .bool, "whether addresses of the own network may be reached"),
        ], oneOf: [["url", "html"]], leavesMachine: true)

    private static let python = StepSchema([
        FieldSchema("code", .program, required: true, "Python that leaves its value in `result`"),
        FieldSchema("inputs", .record, "what the code finds in the dict `inputs`"),
        FieldSchema("requirements", .list, "packages with versions"),
        FieldSchema("memory", .numberOrText, "the most memory, such as \"256MB\""),
        FieldSchema("cpu", .duration, "the most processor time"),
    ])

    private static let textToJSON = StepSchema([
        FieldSchema("text", .text, required: true, "where the JSON stands"),
        FieldSchema("model", .text, "a model that reads the values out of prose"),
    ])

    private static let dataTransform = StepSchema(
        [
            FieldSchema("input", .any, "what is transformed"),
            FieldSchema("jq", .program, "a jq program"),
            FieldSchema("regex", .program, "a regular expression of PCRE2"),
            FieldSchema("replace", .text, "what matches become; $1 is a group"),
            FieldSchema("all", .bool, "all matches, not the first"),
            FieldSchema("value", .any, "an expression"),
        ], oneOf: [["jq", "regex", "value"]])
}

package enum SettingName: String, Sendable, CaseIterable {
    case result
    case timeout
    case retry
    case onError = "on_error"
    case maxVisits = "max_visits"
    case each
    case atOnce = "at_once"
    case onFailed = "on_failed"
    case cache
}

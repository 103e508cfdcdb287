import AutoChecker
import AutoSyntax
import Diagnostics
import Values

/// What the words of the language mean, a sentence each, for hover and completion.
enum Words {
    static func of(_ type: StepType) -> String {
        switch type {
        case .start: "Where the automation begins."
        case .llmCall: "Asks a model; with `result: TYPE` for a value of that type."
        case .getUserInput: "Asks a person; the session waits until the answer comes."
        case .logicDecision:
            "Takes one of its branches: by conditions, or by a model that answers a question."
        case .embeddingSearch: "Finds the pieces of documents nearest to a query by meaning."
        case .restAPI: "Sends one HTTP request; the body of the answer is parsed when it is JSON."
        case .webScrape: "Reads a page by CSS selectors or XPath, or its text."
        case .python: "Runs Python in a box; what it leaves in `result` is the result."
        case .textToJSON: "Finds and mends JSON in free text."
        case .dataTransform: "Shapes data by jq, a regular expression, or an expression."
        }
    }

    static func of(_ setting: SettingName) -> String {
        switch setting {
        case .result:
            "The type of what the step gives; models are asked for it, anything else is checked against it."
        case .timeout: "How long one try may take, such as `30s`."
        case .retry:
            "Tries again, later each time: { attempts: 4, first_delay: 1s, factor: 2, max_delay: 30s }."
        case .onError: "Where to go when all tries have failed; there `name.error` is { kind, message }."
        case .maxVisits: "The most visits of the step in one run; bounds a loop."
        case .each: "Runs the step once for each element of a list; the result is the list in order."
        case .atOnce: "How many elements of `each` run at a time."
        case .onFailed:
            "What becomes of the others when an element of `each` fails: \"stop\", \"null\" in its place, or \"drop\"."
        case .cache: "The same rendered prompt gives the result of before, over sessions."
        }
    }

    static let declarations: [(word: String, text: String)] = [
        ("automation", "The name that people see: `automation \"Support triage\"`."),
        ("description", "What it does, in a sentence."),
        ("input", "What a run is given: `input ticket: text \"What the customer wrote\" = \"default\"`."),
        ("secret", "A key that a run needs, read from the environment: `secret CRM_TOKEN`."),
        ("type", "A name for a type: `type Verdict = { kind: one_of(\"a\", \"b\"), reason: text }`."),
        ("max_cost", "The most model calls that one run may make."),
        ("test", "Runs the automation offline: `test \"…\" { inputs, replies, answers, now, expect … }`."),
    ]

    static let types: [(word: String, text: String)] = [
        ("text", "Any text."), ("int", "A whole number of 64 bits."), ("number", "A number, CEL's double."),
        ("bool", "true or false."), ("json", "Any JSON, its shape not known."),
        ("bytes", "Bytes, base64 in JSON."),
        ("url", "An absolute url."), ("list", "A list of one type: `list<text>`."),
        ("one_of", "One of a few texts: `one_of(\"yes\", \"no\")`."),
    ]

    static let testFields: [(word: String, text: String)] = [
        ("inputs", "The inputs of the run."), ("replies", "What steps reply that would leave the machine."),
        ("answers", "What persons answer."), ("now", "The time of the run, as RFC 3339 writes it."),
        ("expect", "A condition over `session`, `visited`, `prompts`, `inputs` and every step."),
    ]
}

/// The words that begin a declaration, in the order in which a file is best written.
///
/// The one list of them: the parser, its recovery, the formatter, completion and the tests of the grammar read it.
package enum DeclarationWord: String, Sendable, Hashable, CaseIterable {
    case automation
    case description
    case input
    case secret
    case type
    case result
    case maxCost = "max_cost"
    case test

    /// What the declaration is for, a sentence for completion.
    package var documentation: String {
        switch self {
        case .automation: "The name that people see: `automation \"Support triage\"`."
        case .description: "What it does, in a sentence."
        case .input:
            "What a run is given: `input ticket: text \"What the customer wrote\" = \"default\"`."
        case .secret: "A key that a run needs, read from the environment: `secret CRM_TOKEN`."
        case .type:
            "A name for a type: `type Verdict = { kind: one_of(\"a\", \"b\"), reason: text }`, or one that another file declares: `type Verdict from \"triage.auto\"`."
        case .result:
            "What the automation gives to who calls it: `result { title: text, summary: text }`. Each step that leads to `end` gives it."
        case .maxCost:
            "The most model calls that one run may make: `max_cost 40`; or what they may cost: `max_cost $0.50`."
        case .test: "Runs the automation offline: `test \"…\" { inputs, replies, answers, now, expect … }`."
        }
    }
}

/// The words that begin an entry of a test.
package enum TestWord: String, Sendable, Hashable, CaseIterable {
    case inputs
    case replies
    case answers
    case now
    case expect

    /// What the entry says, a sentence for completion.
    package var documentation: String {
        switch self {
        case .inputs: "The inputs of the run."
        case .replies: "What steps reply that would leave the machine."
        case .answers: "What persons answer."
        case .now: "The time of the run, as RFC 3339 writes it."
        case .expect: "A condition over `session`, `visited`, `prompts`, `inputs` and every step."
        }
    }
}

/// The types that are the language's own.
package enum TypeWord: String, Sendable, Hashable, CaseIterable {
    case text
    case int
    case number
    case bool
    case json
    case bytes
    case url
    case list
    case oneOf = "one_of"
}

/// The words that join what belongs together, such as the name and the list in `each: item in list`.
package enum JoiningWord: String, CaseIterable {
    case when
    case otherwise = "else"
    case elementOf = "in"
    case from
    /// The end of the run, where the name of a step may stand.
    case end
}

/// The words whose form in a step's block is the language's own; every other setting is `name: value`.
package enum SettingForm: String, CaseIterable {
    /// `result: TYPE`.
    case result
    /// `each: item in list`.
    case each
    /// `on_error -> step`.
    case onError = "on_error"
    /// `prompt_template { … }`.
    case template = "prompt_template"
}

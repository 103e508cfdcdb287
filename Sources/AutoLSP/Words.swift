import Values

/// What the words of the language mean, a sentence each, for hover and completion.
enum Words {
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

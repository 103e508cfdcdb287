import Diagnostics

let namePages: [CodePage] = [
    CodePage(
        .unknownStep, "a step that there is not",
        "An edge, or a test, names a step that the file does not have. The nearest name is offered.",
        bad: """
            automation "Greeting"
            START begin -> gret
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """),
    CodePage(
        .unknownInput, "an input that is not declared",
        "Inputs are declared at the top with their types, so that a run is refused before it starts when one is missing or wrong.",
        bad: """
            automation "Greeting"
            input name: text
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello ${inputs.name} ${inputs.nmae}" } }

            """,
        good: """
            automation "Greeting"
            input name: text
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello ${inputs.name}" } }

            """),
    CodePage(
        .duplicateName, "a name that stands twice",
        "Two steps, inputs, fields or values of one name: which of them is meant would be a guess.",
        bad: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hi" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> shout { prompt_template { value: "Hello" } }
            DATA_TRANSFORM shout -> end { prompt_template { value: greet.result + "!" } }

            """),
    CodePage(
        .unknownType, "a type that there is not",
        "Types are `text int number bool json bytes url`, `list<T>`, `{ field: T }`, `one_of(\"a\", \"b\")` and those that `type Name = …` declares.",
        bad: """
            automation "Double"
            input amount: float
            START begin -> double
            DATA_TRANSFORM double -> end { prompt_template { value: inputs.amount * 2.0 } }

            """,
        good: """
            automation "Double"
            input amount: number
            START begin -> double
            DATA_TRANSFORM double -> end { prompt_template { value: inputs.amount * 2.0 } }

            """),
    CodePage(
        .unknownSecret, "a secret that is not declared",
        "`secret NAME` says which keys a run needs, so that one that is missing is told before anything starts.",
        bad: """
            automation "Orders"
            START begin -> fetch
            REST_API fetch -> end {
              timeout: 10s
              prompt_template { url: "https://shop.example.org/orders", auth: { bearer: secrets.SHOP_TOKEN } }
            }

            """,
        good: """
            automation "Orders"
            secret SHOP_TOKEN
            START begin -> fetch
            REST_API fetch -> end {
              timeout: 10s
              prompt_template { url: "https://shop.example.org/orders", auth: { bearer: secrets.SHOP_TOKEN } }
            }

            """),
    CodePage(
        .nameAlone, "a step's name where a value belongs",
        "A step is not a value. What it gave is `name.result`, what it was asked `name.prompt`, why it failed `name.error`.",
        bad: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> shout { prompt_template { value: "Hello" } }
            DATA_TRANSFORM shout -> end { prompt_template { value: greet.result + greet } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> shout { prompt_template { value: "Hello" } }
            DATA_TRANSFORM shout -> end { prompt_template { value: greet.result + greet.result } }

            """),
    CodePage(
        .shadowedName, "a name that hides another",
        "A variable of `each` or of a macro with the name of a step makes the step unreachable in there, and the reader stumble.",
        bad: """
            automation "Shout"
            input words: list<text>
            START begin -> word
            DATA_TRANSFORM word -> end { prompt_template { value: inputs.words.map(word, word + "!") } }

            """,
        good: """
            automation "Shout"
            input words: list<text>
            START begin -> word
            DATA_TRANSFORM word -> end { prompt_template { value: inputs.words.map(w, w + "!") } }

            """),
    CodePage(
        .reservedName, "a reserved name",
        "`end inputs secrets session` have a meaning of their own, so that no step may be named so, nor a type as one of the language's. In the API a branch's label stands beside settings and declarations, so that it is no `error`, `type` or `declarations`, nor a setting of its step.",
        bad: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }
            DATA_TRANSFORM session -> end { prompt_template { value: "Bye" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> bye { prompt_template { value: "Hello" } }
            DATA_TRANSFORM bye -> end { prompt_template { value: greet.result + " Bye" } }

            """),
    CodePage(
        .unknownFunction, "a function that there is not",
        "Functions are CEL's standard ones, its strings, math, encoders, optional, bindings, lists, sets and regex extensions, the list functions of Kubernetes, and `json parse_json csv parse_csv markdown_table avg chunk url_join url_encode sha256 format_time parse_time`.",
        bad: """
            automation "Shout"
            input word: text
            START begin -> shout
            DATA_TRANSFORM shout -> end { prompt_template { value: inputs.word.upperAsci() } }

            """,
        good: """
            automation "Shout"
            input word: text
            START begin -> shout
            DATA_TRANSFORM shout -> end { prompt_template { value: inputs.word.upperAscii() } }

            """),
    CodePage(
        .unknownName, "a name that is not in scope",
        "In scope are `inputs`, `secrets`, `session` and the steps' names. A text stands in quotes.",
        bad: """
            automation "Greeting"
            input name: text
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: inputs.name + name } }

            """,
        good: """
            automation "Greeting"
            input name: text
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: inputs.name + inputs.name } }

            """),
    CodePage(
        .unknownPart, "a part that a step has not",
        "A step has `result`, `prompt`, `error` and `results` (a list of every visit's result so far).",
        bad: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> shout { prompt_template { value: "Hello" } }
            DATA_TRANSFORM shout -> end { prompt_template { value: greet.result + greet.output } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> shout { prompt_template { value: "Hello" } }
            DATA_TRANSFORM shout -> end { prompt_template { value: greet.result + "!" } }

            """),
    CodePage(
        .wrongKind, "a name of the wrong kind",
        "The name is declared, but as something else than what belongs here: an edge leads to a step, not to an input, a secret or a type.",
        bad: """
            automation "Greeting"
            input name: text
            START begin -> greet
            DATA_TRANSFORM greet -> name { prompt_template { value: inputs.name } }

            """,
        good: """
            automation "Greeting"
            input name: text
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: inputs.name } }

            """),
    CodePage(
        .unusedInput, "an input that nobody reads",
        "Whoever runs the automation has to give it, and it changes nothing. Most often a prompt has forgotten it.",
        bad: """
            automation "Greeting"
            input name: text
            input language: text
            START begin -> greet
            LLM_CALL greet -> end {
              timeout: 60s
              prompt_template { user: "Greet ${inputs.name}" }
            }

            """,
        good: """
            automation "Greeting"
            input name: text
            input language: text
            START begin -> greet
            LLM_CALL greet -> end {
              timeout: 60s
              prompt_template { user: "Greet ${inputs.name} in ${inputs.language}" }
            }

            """),
    CodePage(
        .unusedSecret, "a secret that nobody reads",
        "Every run must be given it all the same, and a key that is handed out for nothing can only leak.",
        bad: """
            automation "Greeting"
            secret CRM_TOKEN
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """),
    CodePage(
        .unusedType, "a type that nobody uses",
        "A type asks for something only where a step says `result: Name` or an input has it.",
        bad: """
            automation "Verdict"
            type Verdict = { kind: one_of("bug", "other"), reason: text }
            START begin -> classify
            LLM_CALL classify -> end {
              timeout: 60s
              prompt_template { user: "It crashes. Is that a bug?" }
            }

            """,
        good: """
            automation "Verdict"
            type Verdict = { kind: one_of("bug", "other"), reason: text }
            START begin -> classify
            LLM_CALL classify -> end {
              timeout: 60s
              result: Verdict
              prompt_template { user: "It crashes. Is that a bug?" }
            }

            """),
]

import Diagnostics
import Values

let typePages: [CodePage] = [
    CodePage(
        .wrongType, "a value of the wrong type",
        "A field, a condition or a macro takes a value of another type. At run time the step would fail, after all before it has been paid for.",
        bad: """
            automation "Search"
            START begin -> search
            EMBEDDING_SEARCH search -> end {
              prompt_template { query: "refunds", documents: "docs/*.md", top_k: "3" }
            }

            """,
        good: """
            automation "Search"
            START begin -> search
            EMBEDDING_SEARCH search -> end {
              prompt_template { query: "refunds", documents: "docs/*.md", top_k: 3 }
            }

            """),
    CodePage(
        .noSuchField, "a field that the value has not",
        "The type of the value is known, and it has no such field. The nearest one is offered.",
        bad: """
            automation "Verdict"
            START begin -> classify
            LLM_CALL classify -> report {
              timeout: 60s
              result: { kind: text, reason: text }
              prompt_template { user: "It crashes. What is that?" }
            }
            DATA_TRANSFORM report -> end { prompt_template { value: classify.result.raeson } }

            """,
        good: """
            automation "Verdict"
            START begin -> classify
            LLM_CALL classify -> report {
              timeout: 60s
              result: { kind: text, reason: text }
              prompt_template { user: "It crashes. What is that?" }
            }
            DATA_TRANSFORM report -> end { prompt_template { value: classify.result.reason } }

            """),
    CodePage(
        .noOverload, "an operation that these types do not have",
        "CEL mixes no types: `number` is a double, so that a whole number beside it is written `2.0`, and text is put together by `\"… ${value}\"`.",
        bad: """
            automation "Double"
            input amount: number
            START begin -> double
            DATA_TRANSFORM double -> end { prompt_template { value: inputs.amount * 2 } }

            """,
        good: """
            automation "Double"
            input amount: number
            START begin -> double
            DATA_TRANSFORM double -> end { prompt_template { value: inputs.amount * 2.0 } }

            """),
    CodePage(
        .constantComparison, "a comparison that is always true or always false",
        "The value can never be (or always is) what it is compared with, so that a branch is never taken, or always.",
        bad: """
            automation "Route"
            input kind: one_of("bug", "billing", "other")
            START begin -> route
            LOGIC_DECISION route {
              prompt_template {
                refund: when inputs.kind == "biling" -> end
                other:  else -> end
              }
            }

            """,
        good: """
            automation "Route"
            input kind: one_of("bug", "billing", "other")
            START begin -> route
            LOGIC_DECISION route {
              prompt_template {
                refund: when inputs.kind == "billing" -> end
                other:  else -> end
              }
            }

            """),
    CodePage(
        .wrongResultType, "a `result` that the step cannot give",
        "`result: TYPE` says what the step gives. Some step types always give the same shape, and a value that is known beforehand must fit.",
        bad: """
            automation "Orders"
            START begin -> fetch
            REST_API fetch -> end {
              timeout: 10s
              result: { id: text }
              prompt_template { url: "https://shop.example.org/orders/1" }
            }

            """,
        good: """
            automation "Orders"
            START begin -> fetch
            REST_API fetch -> end {
              timeout: 10s
              result: { status: int, body: { id: text } }
              prompt_template { url: "https://shop.example.org/orders/1" }
            }

            """),
    CodePage(
        .badDefault, "a default outside its type",
        "A default is what a run begins with when nothing else is given, so it must fit.",
        bad: """
            automation "Greeting"
            input tone: one_of("warm", "cool") = "warn"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "A ${inputs.tone} hello" } }

            """,
        good: """
            automation "Greeting"
            input tone: one_of("warm", "cool") = "warm"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "A ${inputs.tone} hello" } }

            """),
    CodePage(
        .badSetting, "a setting's value that it does not take",
        "Settings are written out: a duration for `timeout`, a whole number for `max_visits`, a record for `retry`. So is told what a function or a tool's `parameters` do not take, such as `chunk(list, 0)`.",
        bad: """
            automation "Greeting"
            START begin -> greet
            LLM_CALL greet -> end {
              timeout: 60
              prompt_template { user: "Say hello" }
            }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            LLM_CALL greet -> end {
              timeout: 60s
              prompt_template { user: "Say hello" }
            }

            """),
    CodePage(
        .notAList, "`each` over what is no list",
        "`each` runs the step once for each element of a list.",
        bad: """
            automation "Lines"
            input lines: text
            START begin -> shout
            DATA_TRANSFORM shout -> end {
              each: line in inputs.lines
              prompt_template { value: line + "!" }
            }

            """,
        good: """
            automation "Lines"
            input lines: text
            START begin -> shout
            DATA_TRANSFORM shout -> end {
              each: line in inputs.lines.split("\\n")
              prompt_template { value: line + "!" }
            }

            """),
    CodePage(
        .endlessType, "a type that holds itself",
        "A model is asked for a value of the type, and its schema would never end.",
        bad: """
            automation "Tree"
            type Tree = { name: text, children: list<Tree> }
            input tree: Tree
            START begin -> name
            DATA_TRANSFORM name -> end { prompt_template { value: inputs.tree.name } }

            """,
        good: """
            automation "Tree"
            type Tree = { name: text, children: list<json> }
            input tree: Tree
            START begin -> name
            DATA_TRANSFORM name -> end { prompt_template { value: inputs.tree.name } }

            """),
    CodePage(
        .looksLikeExpression, "a text that looks like an expression",
        "In quotes a name is only letters: the model would be asked about the words `inputs.ticket`. `{{…}}` of other tools is not filled in either.",
        bad: """
            automation "Summary"
            input ticket: text
            START begin -> sum_up
            LLM_CALL sum_up -> end {
              timeout: 60s
              prompt_template { system: "Sum up: ${inputs.ticket.size()} letters", user: "inputs.ticket" }
            }

            """,
        good: """
            automation "Summary"
            input ticket: text
            START begin -> sum_up
            LLM_CALL sum_up -> end {
              timeout: 60s
              prompt_template { system: "Sum up: ${inputs.ticket.size()} letters", user: inputs.ticket }
            }

            """),
    CodePage(
        .structureInText, "a record where text is expected",
        "In a text a record is written as JSON, with braces and quotes, which a person does not want to read and a model pays for.",
        bad: """
            automation "Ask"
            START begin -> classify
            LLM_CALL classify -> ask {
              timeout: 60s
              result: { kind: text, reason: text }
              prompt_template { user: "It crashes. What is that?" }
            }
            GET_USER_INPUT ask -> end { prompt_template { message: "Is this right? ${classify.result}" } }

            """,
        good: """
            automation "Ask"
            START begin -> classify
            LLM_CALL classify -> ask {
              timeout: 60s
              result: { kind: text, reason: text }
              prompt_template { user: "It crashes. What is that?" }
            }
            GET_USER_INPUT ask -> end { prompt_template { message: "Is this right? ${classify.result.reason}" } }

            """),
    CodePage(
        .optionalRead, "an optional field read as if it were there",
        "`field: T?` may be left out or null, and then reading it fails. Say what counts then, or ask `has(…)` first: in the same expression or in a decision before.",
        bad: """
            automation "Note"
            type Order = { item: text, note: text? }
            input order: Order
            START begin -> note
            DATA_TRANSFORM note -> end { prompt_template { value: inputs.order.item + inputs.order.note } }

            """,
        good: """
            automation "Note"
            type Order = { item: text, note: text? }
            input order: Order
            START begin -> note
            DATA_TRANSFORM note -> end {
              prompt_template { value: inputs.order.item + inputs.order.?note.orValue("") }
            }

            """),
    CodePage(
        .badTestValue, "a test gives what the file does not take",
        "Replies fit what their steps give, answers are for steps that ask a person, inputs fit their types. START, decisions by conditions and DATA_TRANSFORM run for real. Several visits take a list of replies; a failure is `{ error: \"…\" }`.",
        bad: """
            automation "Verdict"
            START begin -> classify
            LLM_CALL classify -> end {
              timeout: 60s
              result: { kind: one_of("bug", "other") }
              prompt_template { user: "It crashes. What is that?" }
            }
            test "a bug" {
              replies: { classify: { kind: "bgu" } }
              expect classify.result.kind == "bug"
            }

            """,
        good: """
            automation "Verdict"
            START begin -> classify
            LLM_CALL classify -> end {
              timeout: 60s
              result: { kind: one_of("bug", "other") }
              prompt_template { user: "It crashes. What is that?" }
            }
            test "a bug" {
              replies: { classify: { kind: "bug" } }
              expect classify.result.kind == "bug"
            }

            """),
    CodePage(
        .valueInJSON, "a value pasted into JSON",
        "JSON written by hand as a text takes a value letter for letter: a quote, a backslash or a line break in it makes other JSON, or none. A record is written as JSON with all that it needs.",
        bad: """
            automation "Note"
            input note: text
            START begin -> send
            REST_API send -> end {
              timeout: 30s
              prompt_template {
                url: "https://example.org/notes"
                headers: { "Content-Type": "application/json" }
                body: "{\\"note\\": \\"${inputs.note}\\"}"
              }
            }

            """,
        good: """
            automation "Note"
            input note: text
            START begin -> send
            REST_API send -> end {
              timeout: 30s
              prompt_template {
                url: "https://example.org/notes"
                body: { note: inputs.note }
              }
            }

            """),
]

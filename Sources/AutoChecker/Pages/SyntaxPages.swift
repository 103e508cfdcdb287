import Diagnostics

let syntaxPages: [CodePage] = [
    CodePage(
        .badCharacter, "a character that means nothing here",
        "Outside of quotes a file holds names, numbers and a few signs. Curly quotes come from word processors, `;` and `=` from other languages.",
        bad: """
            automation "Greeting"
            START begin -> greet;
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """),
    CodePage(
        .expected, "something else belongs here",
        "The parser read up to this place and needs something else to go on. It says what it needs, and goes on with the next line, so that one run shows all mistakes.",
        bad: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value "Hello" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """),
    CodePage(
        .unclosedText, "a text without its closing quote",
        "A text in `\"` or `'` ends on its line, a block in `\"\"\"` or `'''` ends at the same three quotes. The finding points at the opening ones.",
        bad: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end {
              prompt_template { value: "Hello }
            }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end {
              prompt_template { value: "Hello" }
            }

            """),
    CodePage(
        .unclosedBlock, "a `{` without its `}`",
        "A block is open where the next declaration begins or the file ends. The finding points at the `{`, since its `}` may be missing anywhere behind it.",
        bad: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> shout {
              prompt_template { value: "Hello" }
            DATA_TRANSFORM shout -> end { prompt_template { value: greet.result + "!" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> shout {
              prompt_template { value: "Hello" }
            }
            DATA_TRANSFORM shout -> end { prompt_template { value: greet.result + "!" } }

            """),
    CodePage(
        .unknownStepType, "a step type that there is not",
        "There are ten step types, spelled as the API spells them.",
        bad: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFROM greet -> end { prompt_template { value: "Hello" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """),
    CodePage(
        .unknownField, "a field that the step type has not",
        "A misspelt field would silently do nothing, so it is an error. The nearest field of the step type is offered.",
        bad: """
            automation "Greeting"
            START begin -> greet
            LLM_CALL greet -> end {
              timeout: 60s
              prompt_template { user: "Say hello", temprature: 0.2 }
            }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            LLM_CALL greet -> end {
              timeout: 60s
              prompt_template { user: "Say hello", temperature: 0.2 }
            }

            """),
    CodePage(
        .unknownSetting, "a setting that there is not",
        "Settings stand beside `prompt_template` and are the same for every step type: `result timeout retry on_error max_visits each at_once on_failed cache`.",
        bad: """
            automation "Greeting"
            START begin -> greet
            LLM_CALL greet -> end {
              timeuot: 60s
              timeout: 60s
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
        .unknownDeclaration, "a line that begins with a word unknown here",
        "A line of a file begins with `automation description input secret type max_cost test` or with a step type.",
        bad: """
            automation "Greeting"
            inptu name: text
            START begin -> end

            """,
        good: """
            automation "Greeting"
            input name: text
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello ${inputs.name}" } }

            """),
    CodePage(
        .missingHeader, "the automation has no name",
        "The name is what people see in lists of automations and sessions. Without it the file's name stands there.",
        bad: """
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """),
    CodePage(
        .tooDeep, "nesting over 200 deep",
        "No file that a person wrote nests so deep. The limit keeps a hostile file from costing time and memory.",
        bad: "automation \"Deep\"\nSTART begin -> t\nDATA_TRANSFORM t -> end { prompt_template { value: "
            + String(repeating: "(", count: 230) + "1" + String(repeating: ")", count: 230) + " } }\n",
        good: """
            automation "Flat"
            START begin -> t
            DATA_TRANSFORM t -> end { prompt_template { value: ((1)) } }

            """),
    CodePage(
        .tooLarge, "a file over 16 MB",
        "A file is an automation, not its data, and one so large is read by nobody: nothing else is said of it. A long text is given as an input when the automation is run, or stands in files that EMBEDDING_SEARCH looks through."
    ),
    CodePage(
        .missingBlock, "a step without `prompt_template`",
        "Every step but START says in `prompt_template` what it does.",
        bad: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """),
    CodePage(
        .badLiteral, "a number or text that cannot be read",
        "Escapes are CEL's: `\\n`, `\\t`, `\\\"`, `\\u00e9` and kin. Where a backslash is meant literally, write it twice or use `r\"…\"`.",
        bad: """
            automation "Paths"
            START begin -> path
            DATA_TRANSFORM path -> end { prompt_template { value: "C:\\data" } }

            """,
        good: """
            automation "Paths"
            START begin -> path
            DATA_TRANSFORM path -> end { prompt_template { value: r"C:\\data" } }

            """),
    CodePage(
        .missingField, "a field that the step needs is missing",
        "Each step type has fields without which it can do nothing; the finding names the field and what it is for.",
        bad: """
            automation "Search"
            START begin -> search
            EMBEDDING_SEARCH search -> end { prompt_template { query: "refunds" } }

            """,
        good: """
            automation "Search"
            START begin -> search
            EMBEDDING_SEARCH search -> end { prompt_template { query: "refunds", documents: "docs/*.md" } }

            """),
    CodePage(
        .conflictingFields, "two fields that exclude each other",
        "One of the two would be ignored, and which is a guess, so both are not taken.",
        bad: """
            automation "Page"
            input page: url
            START begin -> read
            WEB_SCRAPE read -> end {
              timeout: 30s
              prompt_template { url: inputs.page, html: "<h1>Hello</h1>" }
            }

            """,
        good: """
            automation "Page"
            input page: url
            START begin -> read
            WEB_SCRAPE read -> end {
              timeout: 30s
              prompt_template { url: inputs.page }
            }

            """),
    CodePage(
        .ignoreWithoutReason, "a silence without a reason, or one that cannot be",
        "`# autocheck: ignore CODE reason` on the line before silences one finding. The reason is for whoever reads the file next. Comments that stand above one another silence what the line below them has; above a text of several lines they hold for all of it. What could not be read, and names and edges that lead nowhere, cannot be silenced: the file would run as another one.",
        bad: """
            automation "Greeting"
            START begin -> greet
            # autocheck: ignore A502
            LLM_CALL greet -> end { prompt_template { user: "Say hello" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            # autocheck: ignore A502 the server behind OPENAI_BASE_URL has a limit of its own
            LLM_CALL greet -> end { prompt_template { user: "Say hello" } }

            """),
    CodePage(
        .interpolationInProgram, "`${…}` inside a program",
        "The text of `code`, `jq` and `regex` is taken letter for letter. Values are passed in, never pasted: what is pasted can break out of its quotes and run.",
        bad: """
            automation "Sum"
            input numbers: list<int> = [1, 2]
            START begin -> add
            PYTHON add -> end {
              prompt_template {
                inputs: { numbers: inputs.numbers }
                code: '''
                  result = sum(inputs["numbers"]) or "${inputs.numbers}"
                  '''
              }
            }

            """,
        good: """
            automation "Sum"
            input numbers: list<int> = [1, 2]
            START begin -> add
            PYTHON add -> end {
              prompt_template {
                inputs: { numbers: inputs.numbers }
                code: '''
                  result = sum(inputs["numbers"])
                  '''
              }
            }

            """),
    CodePage(
        .missingComma, "two entries on one line without a comma",
        "A new line parts the entries of a block or record; on one line a comma does. In lists and calls a comma always stands between two. `--fix` writes it.",
        bad: """
            automation "Greeting"
            START begin -> greet
            LLM_CALL greet -> end {
              timeout: 60s
              prompt_template { system: "You greet people." user: "Say hello" }
            }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            LLM_CALL greet -> end {
              timeout: 60s
              prompt_template { system: "You greet people.", user: "Say hello" }
            }

            """),
]

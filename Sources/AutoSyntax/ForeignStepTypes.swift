import Diagnostics

/// How another automation is called, which other tools have a step or a statement for.
let callingHelp =
    "another automation is called by a step: REST_API name -> next { prompt_template { automation: \"other.auto\", inputs: { … } } }"

/// What to write in the place of a step type that other tools have; nil for words that are known to none.
func helpForForeignStep(_ word: String) -> String? {
    foreignSteps[word.uppercased()] ?? foreignStatements[word.lowercased()]
}

private let foreignSteps: [String: String] = byWord(
    [
        (["CALL", "SUBFLOW", "SUBGRAPH", "SUB_WORKFLOW", "EXECUTE_WORKFLOW", "INVOKE", "RUN"], callingHelp),
        (
            ["EMAIL", "MAIL", "SEND_EMAIL", "SEND", "SLACK", "NOTIFY", "SMS", "DISCORD", "TELEGRAM"],
            "messages go out by the API of a service: REST_API name -> next { prompt_template { url: \"https://…\", method: \"POST\", body: { … } } }"
        ),
        (
            ["READ_FILE", "FILE", "READ", "LOAD", "LOAD_FILE", "CSV"],
            "a file is read by DATA_TRANSFORM name -> next { prompt_template { read: \"rates.csv\" } }"
        ),
        (
            ["WRITE_FILE", "WRITE", "SAVE", "SAVE_FILE"],
            "a file is written by DATA_TRANSFORM name -> next { prompt_template { value: …, write: \"report.md\" } }"
        ),
        (
            ["FAIL", "ERROR", "STOP", "ABORT"],
            "no step fails on purpose: let that way go to `end` by a DATA_TRANSFORM that says in its `value` what is wrong"
        ),
        (
            ["WAIT", "SLEEP", "DELAY", "TIMER"],
            "no step waits for a time: `schedule` of START begins at one, and GET_USER_INPUT waits for a person"
        ),
        (
            ["END", "FINISH", "DONE", "OUTPUT", "RESULT"],
            "an automation ends where an edge leads to `end`: what the step before it gives is the result"
        ),
    ])

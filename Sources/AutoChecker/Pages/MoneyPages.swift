import Diagnostics

let moneyPages: [CodePage] = [
    CodePage(
        .unboundedModelLoop, "a loop of model calls without a bound",
        "Each round is paid for. Without `max_visits` a critic that is never content costs a thousand calls.",
        bad: """
            automation "Draft"
            input topic: text
            START begin -> write
            LLM_CALL write -> critique {
              timeout: 60s
              prompt_template { user: "Write about ${inputs.topic}" }
            }
            LLM_CALL critique -> enough {
              timeout: 60s
              result: one_of("good", "bad")
              prompt_template { user: "Is this good? ${write.result}" }
            }
            LOGIC_DECISION enough {
              prompt_template {
                done:  when critique.result == "good" -> end
                again: else -> write
              }
            }

            """,
        good: """
            automation "Draft"
            input topic: text
            START begin -> write
            LLM_CALL write -> critique {
              max_visits: 3
              timeout: 60s
              prompt_template { user: "Write about ${inputs.topic}" }
            }
            LLM_CALL critique -> enough {
              timeout: 60s
              result: one_of("good", "bad")
              prompt_template { user: "Is this good? ${write.result}" }
            }
            LOGIC_DECISION enough {
              prompt_template {
                done:  when critique.result == "good" || write.results.size() == 3 -> end
                again: else -> write
              }
            }

            """),
    CodePage(
        .noTimeout, "no timeout on a step that leaves the machine",
        "A server that never answers would hold the run until somebody looks.",
        bad: """
            automation "Greeting"
            START begin -> greet
            LLM_CALL greet -> end { prompt_template { user: "Say hello" } }

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
        .promptTooLong, "a prompt longer than its model's window",
        "What is written in the file alone is more than the model takes, so that every call would be refused. Put long texts into files, and let EMBEDDING_SEARCH find the part that matters. The length is counted low, four bytes for a token, so that what is told is surely too long. The windows of models that are not known here stand in autorun.toml.",
        bad:
            "automation \"Long\"\nSTART begin -> ask\nLLM_CALL ask -> end {\n  timeout: 60s\n  prompt_template {\n    model: \"phi3\"\n    user: \"\"\"\n"
            + String(
                repeating:
                    "      All work and no play makes the prompt a long one, and its reader an unhappy one.\n",
                count: 230)
            + "      \"\"\"\n  }\n}\n",
        good: """
            automation "Long"
            START begin -> find
            EMBEDDING_SEARCH find -> ask {
              prompt_template { query: "What makes a prompt a long one?", documents: "docs/*.md" }
            }
            LLM_CALL ask -> end {
              timeout: 60s
              prompt_template {
                model: "phi3"
                user: "What makes a prompt a long one? ${find.result.map(f, f.text).join("\\n")}"
              }
            }

            """),
    CodePage(
        .unusedResult, "a result that nobody reads",
        "The step is run, waited for and perhaps paid for, and nothing that comes after depends on it. Most often a prompt has forgotten it.",
        bad: """
            automation "Reply"
            input ticket: text
            START begin -> search
            EMBEDDING_SEARCH search -> reply { prompt_template { query: inputs.ticket, documents: "docs/*.md" } }
            LLM_CALL reply -> end {
              timeout: 60s
              prompt_template { user: "Answer this: ${inputs.ticket}" }
            }

            """,
        good: """
            automation "Reply"
            input ticket: text
            START begin -> search
            EMBEDDING_SEARCH search -> reply { prompt_template { query: inputs.ticket, documents: "docs/*.md" } }
            LLM_CALL reply -> end {
              timeout: 60s
              prompt_template {
                user: "Answer this: ${inputs.ticket} Notes: ${search.result.map(s, s.text).join("; ")}"
              }
            }

            """),
    CodePage(
        .overMaxCost, "more model calls than `max_cost` allows",
        "The worst case is counted: every visit that `max_visits` allows, every try of a `retry` that is written, three asks where a typed reply does not fit, every element of a list that is written out. What is tried again without a `retry` was answered by nobody, and costs nothing. In dollars, `max_cost $0.50`, each of these calls counts with the longest reply that it can have, as far as prices are known; the run holds the bound besides.",
        bad: """
            automation "Draft"
            max_cost 5
            START begin -> write
            LLM_CALL write -> end {
              timeout: 60s
              retry: { attempts: 3 }
              result: { title: text, text: text }
              prompt_template { user: "Write about the sea" }
            }

            """,
        good: """
            automation "Draft"
            max_cost 9
            START begin -> write
            LLM_CALL write -> end {
              timeout: 60s
              retry: { attempts: 3 }
              result: { title: text, text: text }
              prompt_template { user: "Write about the sea" }
            }

            """),
    CodePage(
        .unboundedPrompt, "a source of any length whole in a prompt",
        "A page, whole documents or a list can be longer than the model takes, and each of their words is paid for. Take the part that matters.",
        bad: """
            automation "Digest"
            input page: url
            START begin -> read
            WEB_SCRAPE read -> digest {
              timeout: 30s
              prompt_template { url: inputs.page }
            }
            LLM_CALL digest -> end {
              timeout: 60s
              prompt_template { user: "Sum up: ${read.result}" }
            }

            """,
        good: """
            automation "Digest"
            input page: url
            START begin -> read
            WEB_SCRAPE read -> digest {
              timeout: 30s
              prompt_template { url: inputs.page, main: true }
            }
            LLM_CALL digest -> end {
              timeout: 60s
              prompt_template { user: "Sum up: ${read.result}" }
            }

            """),
    CodePage(
        .sharedKey, "several requests with one idempotency key",
        "A server that knows `Idempotency-Key` carries out the first request with a key and answers every other one from memory, so of three orders only one is placed. A POST, PUT, PATCH or DELETE carries a key of the step's own where none is written: the same on every try and after a crash, another for each visit, element, step and session. Write a key only for requests that shall count once over all sessions, for example the number of an order.",
        bad: """
            automation "Orders"
            input articles: list<text>
            START begin -> order
            REST_API order -> end {
              timeout: 10s
              retry: { attempts: 3 }
              each: article in inputs.articles
              prompt_template {
                url: "https://shop.example.org/orders"
                headers: { "Idempotency-Key": session.id }
                body: { article: article }
              }
            }

            """,
        good: """
            automation "Orders"
            input articles: list<text>
            START begin -> order
            REST_API order -> end {
              timeout: 10s
              retry: { attempts: 3 }
              each: article in inputs.articles
              prompt_template {
                url: "https://shop.example.org/orders"
                body: { article: article }
              }
            }

            """),
]

import Diagnostics

private let digest = """
    automation "Digest"
    input page: url
    START begin -> make
    DATA_TRANSFORM make -> end { result: text, prompt_template { value: "About ${inputs.page}" } }

    """

private let called = """
    automation "Reading"
    START begin -> digest
    REST_API digest -> end {
      prompt_template { automation: "digest.auto", inputs: { page: "https://example.org/" } }
    }

    """

let callPages: [CodePage] = [
    CodePage(
        .unreadableFile, "a file that cannot be read",
        "A step calls an automation, or a type is taken from a file, that is not there, lies outside of this file's folder, or does not declare the type. What is named lies in the file's own folder or under it, so that the folder can be moved as a whole.",
        bad: called.replacingName("digest.auto", with: "digset.auto"), good: called,
        beside: ["digest.auto": digest]),
    CodePage(
        .faultyFile, "a file that has errors",
        "The automation that a step calls has errors of its own, so nothing is known of what it gives. They are told once, at the call; `autocheck` of the other file tells all of them.",
        bad: called.replacingName("digest.auto", with: "broken.auto"), good: called,
        beside: [
            "digest.auto": digest,
            "broken.auto": "automation \"Broken\"\nSTART begin -> nowhere\n",
        ]),
    CodePage(
        .endlessCall, "a call that never ends",
        "An automation calls itself, or one that leads back to it, and every run comes to that call: each call would make another. A decision before the call ends it.",
        bad: """
            automation "Count down"
            input from: int = 3
            START begin -> again
            REST_API again -> end {
              prompt_template { automation: "wrong.auto", inputs: { from: inputs.from - 1 } }
            }

            """,
        good: """
            automation "Count down"
            input from: int = 3
            START begin -> more
            LOGIC_DECISION more {
              prompt_template {
                yes: when inputs.from > 0 -> again
                no: else -> end
              }
            }
            REST_API again -> end {
              prompt_template { automation: "right.auto", inputs: { from: inputs.from - 1 } }
            }

            """),
    CodePage(
        .callTooDeep, "calls more than 32 deep",
        "Automations call one another more than 32 deep. So deep no person follows a run, and what belongs together can be one automation. A recursion with a way out is no such chain; at run time it may go 32 deep as well."
    ),
    CodePage(
        .toolUnasked, "a tool that a text from outside may talk the model into using",
        "The model of the step reads text that others wrote, and may use a tool that changes something outside. Whoever wrote the text may ask the model to use it for them. A run refuses such a call, unless a person has seen it. Inputs that hold numbers, truths or choices only are safe: they have no room for instructions.",
        bad: agent,
        good: agent.replacingName("\"post.auto\"", with: "{ automation: \"post.auto\", ask: true }"),
        beside: ["post.auto": post]),
    CodePage(
        .noResultAtEnd, "an end without the result",
        "`result` of the header says what the automation gives. Each step that leads to `end` has to give it: whoever calls the automation reads its fields.",
        bad: """
            automation "Digest"
            result { title: text }
            START begin -> make
            DATA_TRANSFORM make -> end { prompt_template { value: { titel: "News" } } }

            """,
        good: """
            automation "Digest"
            result { title: text }
            START begin -> make
            DATA_TRANSFORM make -> end { prompt_template { value: { title: "News" } } }

            """),
]

private let post = """
    automation "Post"
    input text: text
    START begin -> send
    REST_API send -> end {
      timeout: 30s
      prompt_template { url: "https://example.org/posts", body: { text: inputs.text } }
    }

    """

private let agent = """
    automation "Assistant"
    START begin -> page
    WEB_SCRAPE page -> agent {
      timeout: 30s
      prompt_template { url: "https://example.org/news", main: true }
    }
    LLM_CALL agent -> end {
      timeout: 60s
      prompt_template { user: "Post what is new: ${page.result}", tools: ["post.auto"] }
    }

    """

extension String {
    fileprivate func replacingName(_ name: String, with other: String) -> String {
        guard let range = firstRange(ofText: name) else { return self }
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}

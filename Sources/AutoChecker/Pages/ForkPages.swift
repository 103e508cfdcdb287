import Diagnostics

let forkPages: [CodePage] = [
    CodePage(
        .forkNeverMeets, "a fork whose branches never meet",
        "The branches of `-> [a, b]` run at once and go on together from the first step that all of them reach, or end each for itself. One that can do neither keeps the run for ever.",
        bad: """
            automation "Fork"
            START begin -> [left, right]
            DATA_TRANSFORM left -> end { prompt_template { value: 1 } }
            DATA_TRANSFORM right -> right { prompt_template { value: 2 } }

            """,
        good: """
            automation "Fork"
            START begin -> [left, right]
            DATA_TRANSFORM left -> both { prompt_template { value: 1 } }
            DATA_TRANSFORM right -> both { prompt_template { value: 2 } }
            DATA_TRANSFORM both -> end { prompt_template { value: left.result + right.result } }

            """),
    CodePage(
        .sharedBranchStep, "branches that share a step before they meet",
        "A step that two branches come to, but that not all of their paths pass, would run twice at once. Every path counts, those of `on_error` and of decisions too.",
        bad: """
            automation "Fork"
            input deep: bool
            START begin -> [left, right]
            LOGIC_DECISION left {
              prompt_template {
                yes: when inputs.deep -> shared
                no:  else -> end
              }
            }
            DATA_TRANSFORM right -> shared { prompt_template { value: 2 } }
            DATA_TRANSFORM shared -> end { prompt_template { value: right.?result.orValue(0) + 1 } }

            """,
        good: """
            automation "Fork"
            input deep: bool
            START begin -> [left, right]
            LOGIC_DECISION left {
              prompt_template {
                yes: when inputs.deep -> own
                no:  else -> shared
              }
            }
            DATA_TRANSFORM own -> shared { prompt_template { value: 1 } }
            DATA_TRANSFORM right -> shared { prompt_template { value: 2 } }
            DATA_TRANSFORM shared -> end {
              prompt_template { value: right.result + own.?result.orValue(0) }
            }

            """),
    CodePage(
        .edgeLeavesBranch, "a branch that goes back before its fork",
        "A branch is done where the branches meet. An edge back would begin the fork anew while the other branch still runs.",
        bad: """
            automation "Fork"
            START begin -> split
            DATA_TRANSFORM split -> [left, right] { prompt_template { value: 0 } }
            LOGIC_DECISION left {
              prompt_template {
                again: when split.results.size() < 3 -> split
                done:  else -> both
              }
            }
            DATA_TRANSFORM right -> both { max_visits: 5, prompt_template { value: 2 } }
            DATA_TRANSFORM both -> end { prompt_template { value: right.result + split.result } }

            """,
        good: """
            automation "Fork"
            START begin -> split
            DATA_TRANSFORM split -> [left, right] {
              max_visits: 5
              prompt_template { value: 0 }
            }
            DATA_TRANSFORM left -> both { prompt_template { value: 1 } }
            DATA_TRANSFORM right -> both { prompt_template { value: 2 } }
            LOGIC_DECISION both {
              prompt_template {
                again: when split.results.size() < 3 && left.result < right.result -> split
                done:  else -> end
              }
            }

            """),
    CodePage(
        .atOnceWithoutEach, "`at_once` without `each`",
        "`at_once: 4` says how many elements of `each` run at a time. Without `each` it would do nothing.",
        bad: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end {
              at_once: 4
              prompt_template { value: "Hello" }
            }

            """,
        good: """
            automation "Greeting"
            input names: list<text>
            START begin -> greet
            DATA_TRANSFORM greet -> end {
              each: name in inputs.names
              at_once: 4
              prompt_template { value: "Hello " + name }
            }

            """),
    CodePage(
        .siblingRead, "a branch reads a step of a branch beside it",
        "The two run at once, so whether the other one is done is chance. Read it behind the step where the branches meet.",
        bad: """
            automation "Fork"
            START begin -> [left, right]
            DATA_TRANSFORM left -> both { prompt_template { value: 1 } }
            DATA_TRANSFORM right -> both { prompt_template { value: left.result + 1 } }
            DATA_TRANSFORM both -> end { prompt_template { value: left.result + right.result } }

            """,
        good: """
            automation "Fork"
            START begin -> [left, right]
            DATA_TRANSFORM left -> both { prompt_template { value: 1 } }
            DATA_TRANSFORM right -> both { prompt_template { value: 2 } }
            DATA_TRANSFORM both -> end { prompt_template { value: left.result + right.result } }

            """),
]

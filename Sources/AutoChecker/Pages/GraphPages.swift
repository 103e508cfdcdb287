import Diagnostics

let graphPages: [CodePage] = [
    CodePage(
        .noStart, "no START",
        "An automation begins at its START step, which says where to go first.",
        bad: """
            automation "Greeting"
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """),
    CodePage(
        .secondStart, "a second START",
        "An automation begins at one place. To begin with several steps at once, fork: `START begin -> [a, b]`.",
        bad: """
            automation "Greeting"
            START begin -> greet
            START other -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """),
    CodePage(
        .unreachable, "a step that no path leads to",
        "It never runs. An edge to it is missing, or it is left over.",
        bad: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }
            DATA_TRANSFORM bye -> end { prompt_template { value: "Bye" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> bye { prompt_template { value: "Hello" } }
            DATA_TRANSFORM bye -> end { prompt_template { value: greet.result + " and bye" } }

            """),
    CodePage(
        .deadEnd, "a step that does not say where to go on",
        "Every edge is written, nothing falls through to the next step of the file: `-> step`, or `-> end`.",
        bad: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet { prompt_template { value: "Hello" } }

            """,
        good: """
            automation "Greeting"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }

            """),
    CodePage(
        .noWayToEnd, "no way to `end`",
        "From here every path goes round for ever: the run could only fail at its visit limit.",
        bad: """
            automation "Count"
            START begin -> count
            DATA_TRANSFORM count -> again {
              max_visits: 10
              prompt_template { value: count.?result.orValue(0) + 1 }
            }
            DATA_TRANSFORM again -> count { prompt_template { value: count.result } }

            """,
        good: """
            automation "Count"
            START begin -> count
            DATA_TRANSFORM count -> more {
              max_visits: 10
              prompt_template { value: count.?result.orValue(0) + 1 }
            }
            LOGIC_DECISION more {
              prompt_template {
                again: when count.result < 5 -> count
                done:  else -> end
              }
            }

            """),
    CodePage(
        .unboundedLoop, "a loop without a bound",
        "`max_visits` on any step of a loop bounds it. Without one the run stops at 1000 visits, with an error.",
        bad: """
            automation "Count"
            START begin -> count
            DATA_TRANSFORM count -> more { prompt_template { value: count.?result.orValue(0) + 1 } }
            LOGIC_DECISION more {
              prompt_template {
                again: when count.result < 5 -> count
                done:  else -> end
              }
            }

            """,
        good: """
            automation "Count"
            START begin -> count
            DATA_TRANSFORM count -> more {
              max_visits: 10
              prompt_template { value: count.?result.orValue(0) + 1 }
            }
            LOGIC_DECISION more {
              prompt_template {
                again: when count.result < 5 -> count
                done:  else -> end
              }
            }

            """),
    CodePage(
        .uncoveredDecision, "a decision that leaves cases out",
        "Where no condition holds the run would fail. A decision over a `one_of` that names every value needs no `else`.",
        bad: """
            automation "Route"
            input kind: one_of("bug", "billing", "other")
            START begin -> route
            LOGIC_DECISION route {
              prompt_template {
                bug:    when inputs.kind == "bug" -> end
                refund: when inputs.kind == "billing" -> end
              }
            }

            """,
        good: """
            automation "Route"
            input kind: one_of("bug", "billing", "other")
            START begin -> route
            LOGIC_DECISION route {
              prompt_template {
                bug:    when inputs.kind == "bug" -> end
                refund: when inputs.kind == "billing" -> end
                other:  else -> end
              }
            }

            """),
    CodePage(
        .branchNeverTaken, "a branch that is never taken",
        "Branches are asked in the order written; those before this one cover all that it could take.",
        bad: """
            automation "Route"
            input kind: one_of("bug", "billing")
            START begin -> route
            LOGIC_DECISION route {
              prompt_template {
                bug:    when inputs.kind == "bug" -> end
                refund: when inputs.kind == "billing" -> end
                other:  else -> end
              }
            }

            """,
        good: """
            automation "Route"
            input kind: one_of("bug", "billing")
            START begin -> route
            LOGIC_DECISION route {
              prompt_template {
                bug:    when inputs.kind == "bug" -> end
                refund: when inputs.kind == "billing" -> end
              }
            }

            """),
    CodePage(
        .maybeUnassigned, "a result read where its step may not have run",
        "Some path from START leads here past the step, and is shown. `name.?result.orValue(…)` says what counts then; behind `has(name.result)`, or a decision that asked it, the plain read is fine.",
        bad: """
            automation "Deep"
            input deep: bool
            START begin -> choose
            LOGIC_DECISION choose {
              prompt_template {
                yes: when inputs.deep -> search
                no:  else -> report
              }
            }
            DATA_TRANSFORM search -> report { prompt_template { value: "found" } }
            DATA_TRANSFORM report -> end { prompt_template { value: "Report: " + search.result } }

            """,
        good: """
            automation "Deep"
            input deep: bool
            START begin -> choose
            LOGIC_DECISION choose {
              prompt_template {
                yes: when inputs.deep -> search
                no:  else -> report
              }
            }
            DATA_TRANSFORM search -> report { prompt_template { value: "found" } }
            DATA_TRANSFORM report -> end {
              prompt_template { value: "Report: " + search.?result.orValue("nothing") }
            }

            """),
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
    CodePage(
        .edgeToStart, "an edge back to START",
        "START is where a run begins, once. A loop goes to the step behind it.",
        bad: """
            automation "Count"
            START begin -> count
            DATA_TRANSFORM count -> more {
              max_visits: 10
              prompt_template { value: count.?result.orValue(0) + 1 }
            }
            LOGIC_DECISION more {
              prompt_template {
                again: when count.result < 5 -> begin
                done:  else -> end
              }
            }

            """,
        good: """
            automation "Count"
            START begin -> count
            DATA_TRANSFORM count -> more {
              max_visits: 10
              prompt_template { value: count.?result.orValue(0) + 1 }
            }
            LOGIC_DECISION more {
              prompt_template {
                again: when count.result < 5 -> count
                done:  else -> end
              }
            }

            """),
    CodePage(
        .unchangingLoop, "a loop whose way out never changes",
        "The conditions that lead out of the loop read nothing that a step of the loop gives, so that each round asks the same: it ends at once, or at its bound.",
        bad: """
            automation "Draft"
            input topic: text
            input rounds: int
            START begin -> write
            LLM_CALL write -> enough {
              max_visits: 5
              timeout: 60s
              prompt_template { user: "Write about ${inputs.topic}. So far: ${write.?result.orValue("nothing")}" }
            }
            LOGIC_DECISION enough {
              prompt_template {
                again: when inputs.rounds > 1 -> write
                done:  else -> end
              }
            }

            """,
        good: """
            automation "Draft"
            input topic: text
            input rounds: int
            START begin -> write
            LLM_CALL write -> enough {
              max_visits: 5
              timeout: 60s
              prompt_template { user: "Write about ${inputs.topic}. So far: ${write.?result.orValue("nothing")}" }
            }
            LOGIC_DECISION enough {
              prompt_template {
                again: when write.results.size() < inputs.rounds -> write
                done:  else -> end
              }
            }

            """),
]

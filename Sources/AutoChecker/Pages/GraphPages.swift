import AutoSyntax
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
        "`max_visits` on any step of a loop bounds it. Without one the run stops at \(Defaults.visits) visits, with an error.",
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
    CodePage(
        .staleRead, "a result that may be of an earlier turn of a loop",
        "In a loop a step may run in one turn and be skipped in the next. `name.?result` is what its last visit gave, whenever that was; `name.?current` is there only when it ran in this turn.",
        bad: loopWithBranch(read: "check.?result"), good: loopWithBranch(read: "check.?current")),
]

/// A loop whose turns may skip `check`.
private func loopWithBranch(read: String) -> String {
    """
    automation "Review"
    input limit: int = 3
    START begin -> draft
    DATA_TRANSFORM draft -> route { max_visits: 5, prompt_template { value: draft.results.size() } }
    LOGIC_DECISION route {
      prompt_template {
        odd:  when draft.result % 2 == 1 -> check
        even: else -> note
      }
    }
    DATA_TRANSFORM check -> note { prompt_template { value: "checked ${draft.result}" } }
    DATA_TRANSFORM note -> more { prompt_template { value: \(read).orValue("not checked") } }
    LOGIC_DECISION more {
      prompt_template {
        again: when note.results.size() < inputs.limit -> draft
        done:  else -> end
      }
    }

    """
}

/// The text of an automation of forks in forks, `each`, questions, loops and branches that end, made by
/// chance.
struct RandomAutomation {
    private var dice: Dice
    private var count = 0
    private var lines: [String] = []

    /// - Parameter seed: the same one makes the same text.
    static func text(seed: Int) -> String {
        var automation = RandomAutomation(dice: Dice(seed: UInt64(seed)))
        let first = automation.name()
        automation.lines.append("START begin -> \(first)")
        automation.path(from: first, to: "last", depth: 0)
        // Branches that meet at the end only.
        automation.lines.append("DATA_TRANSFORM last -> [left, right] { prompt_template { value: 0 } }")
        automation.path(from: "left", to: "end", depth: 1)
        automation.path(from: "right", to: "end", depth: 1)
        return automation.lines.joined(separator: "\n")
    }

    private init(dice: Dice) { self.dice = dice }

    private mutating func name() -> String {
        count += 1
        return "s\(count)"
    }

    /// Steps that lead from one name to another.
    private mutating func path(from first: String, to last: String, depth: Int) {
        var here = first
        for _ in 0..<dice.roll(depth == 0 ? 4 : 2) {
            let next = name()
            block(here, next, depth)
            here = next
        }
        block(here, last, depth)
    }

    private mutating func block(_ here: String, _ next: String, _ depth: Int) {
        switch dice.roll(depth < 3 ? 7 : 5) {
        case 0:
            lines.append("GET_USER_INPUT \(here) -> \(next) { \(each())prompt_template { message: \"?\" } }")
        case 1, 2:
            let onError = dice.roll(2) == 0 ? "\n  on_error -> \(next)\n  " : ""
            lines.append(
                "LLM_CALL \(here) -> \(next) { \(each())\(onError)prompt_template { user: \"a\" } }")
        case 3: loop(here, next)
        case 4: lines.append("DATA_TRANSFORM \(here) -> \(next) { \(each())prompt_template { value: 0 } }")
        default: fork(here, next, depth)
        }
    }

    /// Nothing, or the settings of a step that runs for elements, perhaps for none.
    private mutating func each() -> String {
        guard dice.roll(2) == 0 else { return "" }
        let elements = (0..<dice.roll(5)).map { "\($0)" }.joined(separator: ", ")
        let onFailed = ["stop", "drop", "null"][dice.roll(3)]
        return
            "each: x in [7, \(elements)].filter(y, y < 7)\n  at_once: \(1 + dice.roll(3))\n  on_failed: \"\(onFailed)\"\n  "
    }

    private mutating func loop(_ here: String, _ next: String) {
        let (work, more) = (name(), name())
        lines.append("DATA_TRANSFORM \(here) -> \(work) { prompt_template { value: 0 } }")
        lines.append(
            "LLM_CALL \(work) -> \(more) { max_visits: 9\n  on_error -> \(more)\n  prompt_template { user: \"a\" } }"
        )
        lines.append(
            "LOGIC_DECISION \(more) { prompt_template {\n  again: when \(work).results.size() % 3 == 1 -> \(work)\n  done: else -> \(next) } }"
        )
    }

    private mutating func fork(_ here: String, _ next: String, _ depth: Int) {
        let branches = (0..<(2 + dice.roll(2))).map { _ in name() }
        lines.append(
            "DATA_TRANSFORM \(here) -> [\(branches.joined(separator: ", "))] { prompt_template { value: 0 } }"
        )
        for branch in branches { path(from: branch, to: next, depth: depth + 1) }
    }
}

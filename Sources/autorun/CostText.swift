import AutoRuntime
import Diagnostics
import TerminalUI
import Values

/// What a session's questions to models came to, as `autorun show --cost` prints it.
struct CostText {
    let costs: [StepCost]
    /// Whether models were asked of which the session's trace does not tell.
    let isUntold: Bool
    /// Whether questions began of which it is not known what came.
    var hasOpen = false
    /// How wide the table is at the most.
    var columns = 80

    /// A table: a row for each step and model, and their sum.
    var lines: [String] {
        guard !costs.isEmpty else {
            return [
                isUntold
                    ? "nothing is known of model calls: recorded without a trace" : "no model was asked"
            ]
        }
        let total = costs.total
        let rows =
            [["step", "model", "calls", "tokens in", "cached", "tokens out", "reasoning", "dollars"]]
            + costs.map { [safe($0.step), safe($0.model)] + cells($0.cost) } + [
                ["together", ""] + cells(total)
            ]
        // Behind the dollars may stand words.
        let table = TextTable(
            [.text, .text, .number, .number, .number, .number, .number, .text], rows: rows)
        let shown = table.lines(width: columns)
        let widest = shown.joined().map(displayWidth(of:)).max() ?? 0
        let lines =
            shown.dropLast().flatMap(\.self) + [String(repeating: "-", count: widest)] + (shown.last ?? [])
        return lines + remarks(total).flatMap { wrapped($0, columns: columns) }
    }

    private func remarks(_ total: ModelCost) -> [String] {
        var lines: [String] = []
        if total.remembered > 0 {
            lines.append(
                "\(total.remembered) more \(total.remembered == 1 ? "reply was" : "replies were") remembered, and cost nothing"
            )
        }
        if total.isEstimated {
            lines.append(
                "some tokens are counted by us, four bytes for one: a provider did not say, or a call was broken off"
            )
        }
        if hasOpen {
            lines.append(
                "of a call that is under way, or was lost with its process, it is not known what it used and cost"
            )
        }
        if total.unpriced > 0 {
            lines.append(
                "a price that is not known is told by [prices] of autorun.toml, for calls from then on")
        }
        return lines
    }

    private func cells(_ cost: ModelCost) -> [String] {
        [cost.calls, cost.input, cost.cached, cost.output, cost.reasoning].map(String.init)
            + [cost.dollarsText]
    }

    var json: Value {
        .record([
            (
                "steps",
                .list(
                    costs.map { row in
                        .record(
                            [("step", .string(row.step)), ("model", .string(row.model))] + row.cost.fields)
                    })
            ), ("total", .record(costs.total.fields)),
        ])
    }
}

import OrderedCollections
import Values

/// What this language adds to CEL.
let additions: [Overload] = [
    paying("json", isMethod: false, [.dyn], .string) { (v, frame) throws(EvaluationError) in
        try frame.make(v[0])
        guard let text = JSON.text(v[0], frame.limit) else {
            throw EvaluationError(.stopped, "the evaluation was stopped")
        }
        return .string(text)
    },
    function("parse_json", [.string], .dyn) { (v) throws(EvaluationError) in
        do throws(JSONError) {
            return try JSON.parse(text(v, 0))
        } catch {
            throw EvaluationError(.invalidArgument, "parse_json: \(error.message) at byte \(error.offset)")
        }
    },
    paying("markdown_table", isMethod: false, [.list(.dyn)], .string) { (v, frame) throws(EvaluationError) in
        try frame.make(v[0])
        return .string(try markdownTable(v[0].asList ?? [], &frame))
    },
]

/// A list of records as a Markdown table, its columns in the order in which fields are first seen.
private func markdownTable(_ rows: [Value], _ frame: inout Frame) throws(EvaluationError) -> String {
    let columns = try columns(of: rows, for: "markdown_table", &frame)
    guard !columns.isEmpty else { return "" }
    var lines = [columns.map { cell(JSON.keyText($0)) }, columns.map { _ in "---" }]
    for row in rows {
        var cells: [String] = []
        // Rows that have few of the columns still have a cell for each.
        try frame.make(columns.count * 4)
        for column in columns {
            let value = row.asMap?[key: column] ?? .null
            cells.append(value.isNull ? "" : cell(try textOf(value)))
        }
        lines.append(cells)
    }
    return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
}

private func cell(_ text: String) -> String {
    String(
        text.unicodeScalars.flatMap { scalar -> [Character] in
            switch scalar {
            case "|": ["\\", "|"]
            case "\n": [" "]
            case "\r": []
            default: [Character(scalar)]
            }
        })
}

import OrderedCollections

/// What this language adds to CEL.
let additions: [Overload] = [
    function("json", [.dyn], .string) { .string(JSON.text($0[0])) },
    function("parse_json", [.string], .dyn) { (v) throws(EvaluationError) in
        do throws(JSONError) {
            return try JSON.parse(text(v, 0))
        } catch {
            throw EvaluationError(.invalidArgument, "parse_json: \(error.message) at byte \(error.offset)")
        }
    },
    function("markdown_table", [.list(.dyn)], .string) { (v) throws(EvaluationError) in
        .string(try markdownTable(v[0].asList ?? []))
    },
]

/// A list of records as a Markdown table, its columns in the order in which fields are first seen.
private func markdownTable(_ rows: [Value]) throws(EvaluationError) -> String {
    var columns: [String] = []
    for row in rows {
        guard let map = row.asMap else {
            throw EvaluationError(
                .noSuchOverload, "markdown_table takes a list of records, found \(row.typeName) in it")
        }
        for key in map.entries.keys where !columns.contains(JSON.keyText(key)) {
            columns.append(JSON.keyText(key))
        }
    }
    guard !columns.isEmpty else { return "" }
    var lines = [columns.map(cell), columns.map { _ in "---" }]
    for row in rows {
        var cells: [String] = []
        for column in columns {
            let value = row.asMap?[column] ?? .null
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

import OrderedCollections
import Values

/// Comma-separated values.
let csvFunctions: [Overload] = [
    paying("parse_csv", isMethod: false, [.string], .list(.map(.string, .string))) {
        (v, frame) throws(EvaluationError) in
        .list(try records(text(v, 0), separator: CSV.separator(in: text(v, 0)), &frame))
    },
    paying("parse_csv", isMethod: false, [.string, .string], .list(.map(.string, .string))) {
        (v, frame) throws(EvaluationError) in
        .list(try records(text(v, 0), separator: separator(text(v, 1)), &frame))
    },
    paying("csv", isMethod: false, [.list(.dyn)], .string) { (v, frame) throws(EvaluationError) in
        try frame.make(v[0])
        return .string(try csv(v[0].asList ?? [], &frame))
    },
]

private func separator(_ text: String) throws(EvaluationError) -> UInt8 {
    guard let byte = text.utf8.first, text.utf8.count == 1, byte < 0x80, ![0x22, 0x0A, 0x0D].contains(byte)
    else {
        throw EvaluationError(
            .invalidArgument, "what stands between two fields is one character, such as `;`, no quotes")
    }
    return byte
}

/// The rows of a text as records, named by its first row.
private func records(
    _ text: String, separator: UInt8, _ frame: inout Frame
) throws(EvaluationError) -> [Value] {
    try frame.make(text.utf8.count)
    let records: [Value]
    do throws(CSVError) {
        records = try CSV.records(text, separator: separator, frame.limit).map(\.record)
    } catch {
        switch error.kind {
        case .stopped: throw EvaluationError(.stopped, "the evaluation was stopped")
        case .tooLarge: throw EvaluationError(.tooLarge, "parse_csv: the text is too large, \(error.message)")
        case .malformed: break
        }
        throw EvaluationError(.invalidArgument, "parse_csv: \(error.message), in line \(error.line)")
    }
    try frame.spend(records.count * (records.first?.asMap?.count ?? 0))
    try frame.check(records.count * 16)
    return records
}

/// A list of records as comma-separated values, the names of the columns in the first line.
private func csv(_ rows: [Value], _ frame: inout Frame) throws(EvaluationError) -> String {
    let columns = try columns(of: rows, for: "csv", &frame)
    guard !columns.isEmpty else { return "" }
    var text = CSV.line(columns.map(JSON.keyText))
    for row in rows {
        var cells: [String] = []
        for column in columns {
            let value = row.asMap?[key: column] ?? .null
            cells.append(value.isNull ? "" : try textOf(value))
        }
        let line = CSV.line(cells)
        // Rows that have few of the columns still have a separator for each.
        try frame.spend(line.utf8.count / 64 + columns.count / 8)
        text += line
        try frame.check(text.utf8.count)
    }
    return text
}

/// The keys of the fields of all records, in the order in which they are first seen.
///
/// - Parameter function: what is told where something else than a record is in the list.
func columns(
    of rows: [Value], for function: String, _ frame: inout Frame
) throws(EvaluationError) -> [Value] {
    var columns: OrderedSet<Value> = []
    for row in rows {
        guard let map = row.asMap else {
            throw EvaluationError(
                .noSuchOverload, "\(function) takes a list of records, found \(row.kindName) in it")
        }
        try frame.spend(map.count)
        columns.formUnion(map.entries.keys)
    }
    return Array(columns)
}

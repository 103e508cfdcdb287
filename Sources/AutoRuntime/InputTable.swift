package import AutoChecker
import OrderedCollections
package import StepKinds
package import Values

/// Why a text is no table of inputs.
package struct InputTableProblem: Error, Sendable {
    /// The line of the text, from 1; nil where it is the whole text.
    package let line: Int?
    /// A sentence without a full stop.
    package let message: String
}

/// A row of a table of inputs, as it is written: not fitted to the inputs' types yet.
package struct InputRow: Sendable {
    /// The line of the text, from 1; of a list in JSON the place in it, from 1.
    package let line: Int
    package let inputs: MapValue
}

/// Reads tables of inputs: with the names of the inputs in the first line, or as records.
///
/// - Parameters:
///   - form: CSV, TSV, JSON or JSON Lines; any other is none.
///   - declared: the inputs of the automation: a cell is read as its input's type.
/// - Throws: for what cannot be read, and for a row that is no record.
package func inputRows(_ text: String, as form: FileForm, for declared: [CheckedInput])
    throws(InputTableProblem) -> [InputRow]
{
    switch form {
    case .csv: return try cells(text, CSV.separator(in: text), declared)
    case .tsv: return try cells(text, UInt8(ascii: "\t"), declared)
    case .json:
        guard let items = try json(text, line: 1).asList else {
            throw InputTableProblem(line: nil, message: "it holds no list: a table is a list of records")
        }
        var rows: [InputRow] = []
        for (place, item) in items.enumerated() { rows.append(try row(item, place + 1)) }
        return rows
    case .jsonLines:
        var rows: [InputRow] = []
        // The carriage return and the line feed of a text from Windows are one character.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (place, line) in lines.enumerated() where line.contains(where: { !$0.isWhitespace }) {
            rows.append(try row(try json(String(line), line: place + 1), place + 1))
        }
        return rows
    case .toml, .xml, .yaml, .text:
        throw InputTableProblem(
            line: nil, message: "\(form.name) is no table of inputs: expected CSV, TSV, JSON or JSON Lines")
    }
}

private func json(_ text: String, line: Int) throws(InputTableProblem) -> Value {
    do throws(JSONError) { return try JSON.parse(text) } catch {
        let place = line + text.utf8.prefix(error.offset).count { $0 == 0x0A }
        throw InputTableProblem(line: place, message: "no valid JSON: \(error.message)")
    }
}

private func row(_ value: Value, _ line: Int) throws(InputTableProblem) -> InputRow {
    guard let record = value.asMap else {
        throw InputTableProblem(
            line: line, message: "expected a record with a field for each input, found \(describe(value))")
    }
    return InputRow(line: line, inputs: record)
}

/// The rows of a table in text; an empty cell is an input that is not given, where it has a default.
private func cells(_ text: String, _ separator: UInt8, _ declared: [CheckedInput])
    throws(InputTableProblem) -> [InputRow]
{
    let rows: [(line: Int, record: Value)]
    do throws(CSVError) { rows = try CSV.records(text, separator: separator) } catch {
        throw InputTableProblem(line: error.line, message: error.message)
    }
    return rows.map { row in
        var inputs = MapValue()
        for (name, cell) in row.record.asMap?.entries ?? [:] {
            let input = declared.first { $0.name == name.asText }
            let text = cell.asText ?? ""
            if text.isEmpty, input?.defaultValue != nil { continue }
            inputs[key: name] = value(text, separator, input?.type)
        }
        return InputRow(line: row.line, inputs: inputs)
    }
}

/// A cell's text, or where the input is no text the number or the JSON in it.
private func value(_ cell: String, _ separator: UInt8, _ type: DataType?) -> Value {
    switch type {
    case .int: CSV.number(cell, separator: separator, isWhole: true) ?? .string(cell)
    case .number: CSV.number(cell, separator: separator, isWhole: false) ?? .string(cell)
    case nil, .text, .url, .oneOf, .bytes: .string(cell)
    case .bool, .json, .list, .record: (try? JSON.parse(cell)) ?? .string(cell)
    }
}

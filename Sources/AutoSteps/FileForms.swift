import AutoChecker
import AutoRuntime
import CEL
import OrderedCollections
import StepKinds
import Values

extension FileForm {
    /// A result as the bytes of a file: text as it is, whatever the name; anything else in the form of the ending.
    ///
    /// - Parameter name: the file's, for what goes wrong.
    /// - Throws: kind `result` for what the form cannot hold.
    func bytes(of result: Value, _ name: String) throws(StepFailure) -> [UInt8] {
        switch result {
        case .string(let text): return Array(text.utf8)
        case .bytes(let bytes): return bytes
        case .null, .bool, .int, .uint, .double, .list, .map, .timestamp, .duration, .type, .optional: break
        }
        switch self {
        case .json: return Array((JSON.pretty(result) + "\n").utf8)
        case .jsonLines:
            guard let items = result.asList else { throw refusal(of: result, name, "a list") }
            var output: [UInt8] = []
            for item in items {
                JSON.append(item, to: &output)
                output.append(0x0A)
            }
            return output
        case .csv: return try table(result, UInt8(ascii: ","), name)
        case .tsv: return try table(result, UInt8(ascii: "\t"), name)
        case .toml, .xml, .yaml: throw refusal(of: result, name, "text, since \(self.name) is only read")
        case .text:
            guard result.asList == nil, result.asMap == nil, !result.isNull, let text = result.text else {
                throw refusal(of: result, name, "text")
            }
            return Array(text.utf8)
        }
    }

    private func refusal(of result: Value, _ name: String, _ wanted: String) -> StepFailure {
        StepFailure(
            .result, "the file `\(name)` takes \(wanted), found \(describe(result)); .json holds any value")
    }

    /// A list of records, with the names of all their fields in the first line.
    private func table(_ result: Value, _ separator: UInt8, _ name: String) throws(StepFailure) -> [UInt8] {
        guard let rows = result.asList else { throw refusal(of: result, name, "a list of records") }
        var columns: OrderedSet<Value> = []
        for row in rows {
            guard let record = row.asMap else { throw refusal(of: row, name, "a list of records") }
            columns.formUnion(record.entries.keys)
        }
        guard !columns.isEmpty else { return [] }
        var text = CSV.line(columns.map(JSON.keyText), separator: separator)
        for row in rows {
            var cells: [String] = []
            for column in columns {
                let value = row.asMap?[key: column] ?? .null
                guard let cell = value.isNull ? "" : value.text else {
                    throw refusal(of: value, name, "texts in its cells")
                }
                cells.append(cell)
            }
            text += CSV.line(cells, separator: separator)
            // Few rows may have many columns, each row others.
            guard text.utf8.count <= Program.largest * 4 else {
                throw StepFailure(
                    .tooLarge, "the file `\(name)` would be larger than \(Program.largest * 4 >> 20) MB")
            }
        }
        return Array(text.utf8)
    }
}

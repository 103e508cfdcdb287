import AutoChecker
import AutoRuntime
import Diagnostics
import Foundation
import OrderedCollections
import StepKinds
import Values

/// A row of a table of inputs.
struct BatchRow: Sendable {
    /// Where it stands, from 1; the names of the columns are not counted.
    let number: Int
    /// Fitted to their types, defaults filled in.
    let inputs: Value
    /// The same for these inputs, however the table's rows are moved; of equal rows each has its own.
    let key: String
}

/// Reads a table of inputs, and fits every row before the first one is run.
struct BatchTable {
    let rows: [BatchRow]

    private static let mostProblems = 10

    /// - Parameters:
    ///   - path: ends in .csv, .tsv, .json or .jsonl.
    ///   - declared: the inputs of the automation.
    ///   - name: of the batch: another one begins anew.
    /// - Throws: for what is no table, and with every row that does not fit, of many the first.
    init(_ path: String, _ declared: [CheckedInput], name: String) throws {
        var rows: [BatchRow] = []
        var problems: [String] = []
        var count: [Value: Int] = [:]
        let given = try BatchTable.read(path, declared)
        for (number, row) in given.enumerated() {
            do throws(InputProblem) {
                let inputs = try AutoRuntime.fittedInputs(declared, row.inputs)
                let earlier = count[inputs, default: 0]
                count[inputs] = earlier + 1
                let key = ID(name: [name, JSON.text(inputs), String(earlier)].joined(separator: "\n"))
                rows.append(BatchRow(number: number + 1, inputs: inputs, key: "batch/" + key.text))
            } catch {
                problems.append("\(path):\(row.line): \(error.message)")
            }
        }
        guard problems.isEmpty else {
            let more = problems.count - BatchTable.mostProblems
            let shown =
                problems.prefix(BatchTable.mostProblems) + (more > 0 ? ["… and \(more) more rows"] : [])
            throw CommandError(
                shown.joined(separator: "\n") + "\nnothing was run, since not every row fits",
                code: Exit.usage)
        }
        self.rows = rows
    }

    private static func read(_ path: String, _ declared: [CheckedInput]) throws -> [(
        line: Int, inputs: MapValue
    )] {
        let bytes = try readInput(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError("\(path) is no text in UTF-8: save it as UTF-8", code: Exit.usage)
        }
        switch FileForm(ofName: path) {
        case .csv: return try cells(text, UInt8(ascii: ","), path, declared)
        case .tsv: return try cells(text, UInt8(ascii: "\t"), path, declared)
        case .json:
            guard let items = try json(text, path, line: 1).asList else {
                throw CommandError("\(path) holds no list: a table is a list of records", code: Exit.usage)
            }
            return try items.enumerated().map { (line: $0 + 1, inputs: try record($1, path, $0 + 1)) }
        case .jsonLines:
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            return try lines.filter { $1.contains { !$0.isWhitespace } }.map { place, line in
                (place + 1, try record(try json(String(line), path, line: place + 1), path, place + 1))
            }
        case .toml, .xml, .yaml, .text:
            throw CommandError(
                "\(path): a table of inputs ends in .csv, .tsv, .json or .jsonl", code: Exit.usage)
        }
    }

    private static func json(_ text: String, _ path: String, line: Int) throws -> Value {
        do throws(JSONError) { return try JSON.parse(text) } catch {
            let place = line + text.utf8.prefix(error.offset).count { $0 == 0x0A }
            throw CommandError("\(path):\(place): no valid JSON: \(error.message)", code: Exit.usage)
        }
    }

    private static func record(_ value: Value, _ path: String, _ line: Int) throws -> MapValue {
        guard let record = value.asMap else {
            throw CommandError(
                "\(path):\(line): expected a record with a field for each input, found \(describe(value))",
                code: Exit.usage)
        }
        return record
    }

    /// The rows of a table in text; an empty cell is an input that is not given, where it has a default.
    private static func cells(_ text: String, _ separator: UInt8, _ path: String, _ declared: [CheckedInput])
        throws -> [(line: Int, inputs: MapValue)]
    {
        let rows: [(line: Int, record: Value)]
        do throws(CSVError) { rows = try CSV.records(text, separator: separator) } catch {
            throw CommandError("\(path):\(error.line): \(error.message)", code: Exit.usage)
        }
        return rows.map { row in
            var inputs = MapValue()
            for (name, cell) in row.record.asMap?.entries ?? [:] {
                let input = declared.first { $0.name == name.asText }
                let text = cell.asText ?? ""
                if text.isEmpty, input?.defaultValue != nil { continue }
                inputs[key: name] = value(text, input?.type)
            }
            return (row.line, inputs)
        }
    }

    /// A cell's text, or where the input is no text the JSON in it.
    private static func value(_ cell: String, _ type: DataType?) -> Value {
        switch type {
        case nil, .text, .url, .oneOf, .bytes: .string(cell)
        case .int, .number, .bool, .json, .list, .record: (try? JSON.parse(cell)) ?? .string(cell)
        }
    }
}

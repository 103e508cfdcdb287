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

    /// The key of the row's sessions: each that is not to count any more makes way for the next attempt, from 0.
    func sessionKey(_ attempt: Int) -> String { attempt == 0 ? key : key + "/\(attempt)" }
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

    private static func read(_ path: String, _ declared: [CheckedInput]) throws -> [InputRow] {
        let bytes = try readInput(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError("\(path) is no text in UTF-8: save it as UTF-8", code: Exit.usage)
        }
        let form = FileForm(ofName: path)
        switch form {
        case .csv, .tsv, .json, .jsonLines: break
        case .toml, .xml, .yaml, .text:
            throw CommandError(
                "\(path): a table of inputs ends in .csv, .tsv, .json or .jsonl", code: Exit.usage)
        }
        do throws(InputTableProblem) { return try inputRows(text, as: form, for: declared) } catch {
            let place = error.line.map { ":\($0)" } ?? ""
            throw CommandError("\(path)\(place): \(error.message)", code: Exit.usage)
        }
    }
}

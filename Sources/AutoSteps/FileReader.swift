import AutoChecker
import AutoRuntime
import CEL
import Computing
import Encodings
import Processes
import StepKinds
import Values

/// Reads the data files of an automation's folder, by the endings of their names.
struct FileReader: Sendable {
    let folder: Folder
    let workers: WorkerPool

    /// What a file holds.
    ///
    /// - Parameters:
    ///   - name: its path from the folder on.
    ///   - type: the type of the step's result, by which the texts of a table become numbers and truths; nil for texts.
    /// - Throws: where it is no file of the folder, kind `file` for what is not in the form that its ending says,
    ///   `too_large`.
    func value(of name: String, as type: DataType?, _ work: StepWork) async throws(StepFailure) -> Value {
        guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
            throw StepFailure(
                .refused, "`\(name)` leads outside the automation's folder, where steps read no files")
        }
        let bytes = try await folder.readAside(name)
        switch FileForm(ofName: name) {
        case .csv: return try await table(bytes, nil, name, type)
        case .tsv: return try await table(bytes, UInt8(ascii: "\t"), name, type)
        case .json:
            return try await aside(bytes) { (limit) throws(StepFailure) in
                try json(try fileText(bytes, name), from: 1, name, limit)
            }
        case .jsonLines:
            return try await aside(bytes) { (limit) throws(StepFailure) in
                try lines(try fileText(bytes, name), name, limit)
            }
        case .toml: return try await foreign(try fileText(bytes, name), "toml", name, work)
        case .yaml: return try await foreign(try fileText(bytes, name), "yaml", name, work)
        case .xml: return try await foreign(bytes, "xml", name, work)
        case .text:
            return try await aside(bytes) { (_) throws(StepFailure) in
                .string(String(decoding: try fileText(bytes, name), as: UTF8.self))
            }
        }
    }

    /// Forms whose readers are written in C are read in a worker, and those beside them.
    private func foreign(_ bytes: [UInt8], _ form: String, _ name: String, _ work: StepWork)
        async throws(StepFailure) -> Value
    {
        let request = WorkerRequest.data(bytes: bytes, form: form)
        switch try await workers.answer(to: request, "the file `\(name)`", work.step.timeout) {
        case .problem(let words, _), .unreadable(let words):
            throw StepFailure(.file, "the file `\(name)` cannot be used: \(words)")
        case .value(let bytes): return try await parsedJSON(bytes, .file, "the file `\(name)`")
        }
    }

    /// - Parameter separator: what stands between two fields; nil for what the first line shows.
    private func table(_ bytes: [UInt8], _ separator: UInt8?, _ name: String, _ type: DataType?)
        async throws(StepFailure) -> Value
    {
        try await aside(bytes) { (limit) throws(StepFailure) in
            let text = String(decoding: try fileText(bytes, name), as: UTF8.self)
            let separator = separator ?? CSV.separator(in: text)
            let rows = try rows(text, separator, name, limit)
            guard case .list(.record(let fields, _)) = type else { return .list(rows.map(\.record)) }
            let cells = TableCells(fields, separator: separator)
            var records: [Value] = []
            for row in rows {
                if limit.isOver { throw .cancelled }
                do throws(Misfit) {
                    if records.isEmpty { try cells.checkColumns(row.record) }
                    records.append(try cells.fitted(row.record))
                } catch {
                    throw StepFailure(
                        .result, "the file `\(name)` does not fit `result` at line \(row.line): \(error.text)"
                    )
                }
            }
            return .list(records)
        }
    }
}

/// The rows of a table as records of texts.
private func rows(_ text: String, _ separator: UInt8, _ name: String, _ limit: TimeLimit) throws(StepFailure)
    -> [(line: Int, record: Value)]
{
    do throws(CSVError) { return try CSV.records(text, separator: separator, limit) } catch {
        switch error.kind {
        case .stopped: throw .cancelled
        case .tooLarge: throw StepFailure(.tooLarge, "the file `\(name)` is too large: \(error.message)")
        case .malformed:
            throw StepFailure(
                .file, "the file `\(name)` is no table, at line \(error.line): \(error.message)")
        }
    }
}

/// The text of a file in UTF-8, without a byte-order mark; one that is written in UTF-16 says so by its mark.
///
/// - Throws: where some of its bytes belong to no character: data are whole or none.
func fileText(
    _ bytes: [UInt8], _ name: String, for field: String = DataTransform.read.name, _ kind: FailureKind = .file
) throws(StepFailure) -> [UInt8] {
    let mark = TextEncoding.marked(bytes)
    let encoding = mark?.encoding ?? .utf8
    let decoded = encoding.decode(mark.map { Array(bytes.dropFirst($0.length)) } ?? bytes)
    guard let fault = decoded.firstFault else { return decoded.utf8 }
    if let signature = FileSignature.of(bytes) {
        throw StepFailure(
            kind,
            "the file `\(name)` is \(signature.name), and `\(field)` takes text: save a table as CSV, anything else as text or JSON"
        )
    }
    let place = fault + (mark?.length ?? 0)
    let line = bytes[..<min(place, bytes.count)].count { $0 == 0x0A } + 1
    throw StepFailure(
        kind,
        "the file `\(name)` is no text in \(mark == nil ? "UTF-8" : encoding.rawValue): byte \(place + 1), in line \(line), belongs to no character; save it as UTF-8"
    )
}

/// - Parameter line: the line of the file at which the text begins, from 1.
private func json(_ text: some Collection<UInt8>, from line: Int, _ name: String, _ limit: TimeLimit)
    throws(StepFailure) -> Value
{
    let text = Array(text)
    do throws(JSONError) { return try JSON.parse(bytes: text, limit) } catch {
        switch error.kind {
        case .stopped: throw .cancelled
        case .tooLarge: throw StepFailure(.tooLarge, "the file `\(name)` is too large: \(error.message)")
        case .malformed, .cutShort: break
        }
        let place = line + text[..<min(error.offset, text.count)].count { $0 == 0x0A }
        throw StepFailure(.file, "the file `\(name)` is no JSON, at line \(place): \(error.message)")
    }
}

/// JSON, a value a line; empty lines are none.
private func lines(_ text: [UInt8], _ name: String, _ limit: TimeLimit) throws(StepFailure) -> Value {
    var values: [Value] = []
    var budget = 0
    for (number, line) in text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
        guard line.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { continue }
        let value = try json(line, from: number + 1, name, limit)
        budget += ValueBudget.value + value.size(atMost: ValueBudget.most)
        guard budget <= ValueBudget.most else {
            throw StepFailure(.tooLarge, "the file `\(name)` is too large: \(ValueBudget.refusal)")
        }
        values.append(value)
    }
    return .list(values)
}

/// Large files are looked through on a thread of their own.
private func aside(
    _ bytes: [UInt8], _ work: @escaping @Sendable (TimeLimit) throws(StepFailure) -> Value
) async throws(StepFailure) -> Value {
    guard bytes.count > 1 << 16 else { return try work(TimeLimit()) }
    let outcome = await onOwnThread { limit -> Result<Value, StepFailure> in
        do throws(StepFailure) { return .success(try work(limit)) } catch { return .failure(error) }
    }
    if Task.isCancelled { throw .cancelled }
    return try outcome.get()
}

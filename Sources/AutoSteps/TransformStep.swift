import AutoChecker
package import AutoRuntime
import CEL
import Computing
import OrderedCollections
package import Processes
import Programs
import StepKinds
package import Values

/// DATA_TRANSFORM by jq or by a regular expression, of a file, or into one; by `value` alone the interpreter does it
/// itself.
package struct TransformStep: StepExecutor {
    private let workers: WorkerPool
    private let files: FileReader
    private let output: OutputFolder

    /// - Parameters:
    ///   - folder: the automation's own, from which files are read.
    ///   - output: where files are written.
    package init(workers: WorkerPool, folder: Folder, output: OutputFolder) {
        self.workers = workers
        files = FileReader(folder: folder, workers: workers)
        self.output = output
    }

    /// Reads the file, and makes of it or of `input` what the fields say.
    ///
    /// - Throws: what is wrong with the file or the program.
    package func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let input = try await input(work)
        if let value = work.valueForInput { return .value(try await value(input)) }
        if let value = work.fields[DataTransform.value.name] { return .value(value) }
        if let program = work[DataTransform.jq] {
            return .value(try await jq(program, input, work.step.timeout))
        }
        guard let pattern = work[DataTransform.regex] else {
            guard work.fields[DataTransform.read] != nil else {
                throw StepFailure(.field, "there is neither `jq` nor `regex`")
            }
            return .value(input)
        }
        let fields = work.fields
        let outcome = await onOwnThread { limit -> Result<Value, StepFailure> in
            do throws(StepFailure) { return .success(try search(pattern, input, fields, limit)) } catch {
                return .failure(error)
            }
        }
        return .value(try outcome.get())
    }

    private func input(_ work: StepWork) async throws(StepFailure) -> Value {
        guard let name = work[DataTransform.read] else { return work[DataTransform.input] ?? .null }
        // A table that nothing is made of is read by the types of the step's result.
        let isAlone = !DataTransform.hasProgram(GivenFields(work.step.fields))
        return try await files.value(of: name, as: isAlone ? work.step.resultType : nil, work)
    }

    /// Writes the result into the file that `write` names.
    ///
    /// - Throws: where it cannot be written so; then there is no file, or the one that was there before.
    package func keep(_ result: Value, of work: StepWork) async throws(StepFailure) {
        guard let name = work[DataTransform.write] else { return }
        let output = output
        let outcome = await onOwnThread { _ -> Result<Void, StepFailure> in
            do throws(StepFailure) {
                return .success(
                    try output.write(try FileForm(ofName: name).bytes(of: result, name), to: name))
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
    }

    private func jq(_ source: String, _ input: Value, _ timeout: Int64?) async throws(StepFailure) -> Value {
        if let number = input.number(beyond: TransformStep.largestExact) {
            throw StepFailure(
                .jq,
                "the input holds \(JSON.text(number)), and jq computes with doubles, which hold whole numbers up to 2^53: pass it as text, or use `value`"
            )
        }
        var bytes: [UInt8] = []
        JSON.append(input, to: &bytes)
        let request = WorkerRequest.jq(program: source, input: bytes)
        switch try await workers.answer(to: request, "the jq program", timeout) {
        case .problem(let words, _), .unreadable(let words): throw StepFailure(.jq, words)
        case .value(let bytes):
            let outputs = try await parsedJSON(bytes, .jq, "what jq gave")
            if let number = outputs.number(beyond: TransformStep.largestExact) {
                throw StepFailure(
                    .jq,
                    "jq gave \(JSON.text(number)), a number beyond 2^53 or infinity, where doubles are rounded: give it as text"
                )
            }
            let values = outputs.asList ?? []
            return values.count == 1 ? values[0] : values.isEmpty ? .null : outputs
        }
    }

    /// Whole numbers up to here are the same as doubles.
    private static let largestExact: Int64 = (1 << 53) - 1
}

extension Value {
    /// A whole number that lies beyond a bound, or an infinity as jq writes it; nil when there is none.
    fileprivate func number(beyond bound: Int64) -> Value? {
        switch self {
        case .int(let int): return int > bound || int < -bound ? self : nil
        case .uint(let uint): return uint > UInt64(bound) ? self : nil
        case .double(let double):
            let isRounded = abs(double) > Double(bound) && abs(double) < 2e19 && double == double.rounded()
            return isRounded || abs(double) >= .greatestFiniteMagnitude ? self : nil
        case .list(let list):
            for item in list { if let found = item.number(beyond: bound) { return found } }
            return nil
        case .map(let map):
            for item in map.entries.values { if let found = item.number(beyond: bound) { return found } }
            return nil
        case .optional(let inner): return inner?.number(beyond: bound)
        case .null, .bool, .string, .bytes, .timestamp, .duration, .type: return nil
        }
    }
}

/// What a pattern finds in a text, or the text with its matches replaced.
private func search(_ pattern: String, _ input: Value, _ fields: MapValue, _ limit: TimeLimit)
    throws(StepFailure)
    -> Value
{
    let subject: [UInt8]
    do throws(EvaluationError) { subject = Array(try textOf(input).utf8) } catch {
        throw StepFailure(.input, error.text)
    }
    let all = fields[DataTransform.all] ?? false
    do throws(ProgramError) {
        let regex = try Regex(pattern)
        if let replacement = fields[DataTransform.replace] {
            return .string(try regex.replace(in: subject, with: replacement, all: all, limit))
        }
        if all {
            return .list(try regex.allMatches(in: subject, limit).map { value(of: $0, regex, subject) })
        }
        return try regex.match(in: subject, from: 0, limit).map { value(of: $0, regex, subject) } ?? .null
    } catch {
        throw error == .stopped ? .cancelled : StepFailure(.regex, "`regex`: \(error.message)")
    }
}

/// A record of the named groups, a list of numbered ones, or the whole match when there are none.
private func value(of match: [Range<Int>?], _ regex: Regex, _ subject: [UInt8]) -> Value {
    func text(_ group: Int) -> Value {
        match[group].map { .string(String(decoding: subject[$0], as: UTF8.self)) } ?? .null
    }
    if !regex.groupNames.isEmpty {
        var record = MapValue()
        for (name, _) in regex.groupNames where record[name] == nil {
            record[name] = regex.number(ofGroup: name, in: match).map(text) ?? .null
        }
        return .map(record)
    }
    return regex.groupCount > 0 ? .list((1...regex.groupCount).map(text)) : text(0)
}

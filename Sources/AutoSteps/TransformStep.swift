import AutoChecker
package import AutoRuntime
import CEL
import JQPrograms
import OrderedCollections
import Programs
import Synchronization

/// DATA_TRANSFORM by jq or by a regular expression; by `value` the interpreter does itself.
package final class TransformStep: StepExecutor {
    /// Compiling a jq program costs milliseconds, so each is compiled once a process.
    private let programs = Mutex<[String: JQ]>([:])

    package init() {}

    package func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let input = work.fields["input"] ?? .null
        if let program = work.fields["jq"]?.asText { return .value(try await jq(program, input)) }
        guard let pattern = work.fields["regex"]?.asText else {
            throw StepFailure("field", "there is neither `jq` nor `regex`")
        }
        return .value(try regex(pattern, input, work.fields))
    }

    private func jq(_ source: String, _ input: Value) async throws(StepFailure) -> Value {
        let program: JQ
        do throws(ProgramError) { program = try compiled(source) } catch {
            throw StepFailure("jq", "`jq` does not compile: \(error.message)")
        }
        let text = JSON.text(input)
        let outcome = await onOwnThread(limit: 10) { () -> Result<[String], ProgramError> in
            do throws(ProgramError) { return .success(try program.run(text)) } catch {
                return .failure(error)
            }
        }
        switch outcome {
        case nil:
            // The thread that still runs it holds it; another run gets one of its own.
            _ = programs.withLock { $0.removeValue(forKey: source) }
            throw StepFailure("timeout", "the jq program ran for more than 10 s")
        case .failure(let error): throw StepFailure("jq", "jq: \(error.message)")
        case .success(let outputs):
            var values: [Value] = []
            do throws(JSONError) { for output in outputs { values.append(try JSON.parse(output)) } } catch {
                throw StepFailure("jq", "jq gave what is no JSON: \(error.message)")
            }
            return values.count == 1 ? values[0] : values.isEmpty ? .null : .list(values)
        }
    }

    private func compiled(_ source: String) throws(ProgramError) -> JQ {
        if let known = programs.withLock({ $0[source] }) { return known }
        let program = try JQ(source)
        programs.withLock { $0[source] = program }
        return program
    }

    private func regex(_ pattern: String, _ input: Value, _ fields: MapValue) throws(StepFailure) -> Value {
        let subject: [UInt8]
        do throws(EvaluationError) { subject = Array(try textOf(input).utf8) } catch {
            throw StepFailure("input", error.text)
        }
        let all = fields["all"]?.asBool ?? false
        do throws(ProgramError) {
            let regex = try Regex(pattern)
            if let replacement = fields["replace"]?.asText {
                return .string(try regex.replace(in: subject, with: replacement, all: all))
            }
            if all { return .list(try regex.allMatches(in: subject).map { value(of: $0, regex, subject) }) }
            return try regex.match(in: subject, from: 0).map { value(of: $0, regex, subject) } ?? .null
        } catch {
            throw StepFailure("regex", "`regex`: \(error.message)")
        }
    }

    /// A record of the named groups, a list of numbered ones, or the whole match when there are none.
    private func value(of match: [Range<Int>?], _ regex: Regex, _ subject: [UInt8]) -> Value {
        func text(_ group: Int) -> Value {
            match[group].map { .string(String(decoding: subject[$0], as: UTF8.self)) } ?? .null
        }
        if !regex.groupNames.isEmpty { return .record(regex.groupNames.map { ($0.name, text($0.number)) }) }
        return regex.groupCount > 0 ? .list((1...regex.groupCount).map(text)) : text(0)
    }
}

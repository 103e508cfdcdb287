import AutoChecker
import Diagnostics
import StepKinds
import Values

/// What a person says to a tool that a model wants to use.
enum ToolApproval: Sendable {
    /// - Parameter arguments: what the tool is given; a person may have mended it.
    case allowed(arguments: MapValue)
    /// - Parameter words: what the model is told.
    case refused(words: String)
    /// Nobody has answered yet.
    ///
    /// - Parameter until: when the question runs out, in nanoseconds since 1970.
    case waiting(until: Int64?)
}

extension ToolBench {
    /// Asks a person whether a tool may be used: in a session of its own, so that the question is listed, answered and kept
    /// like each that a called automation asks.
    ///
    /// - Parameters:
    ///   - session: the session's id, the same after a crash.
    ///   - round: in which the model asks for it, from 1.
    func answer(to session: ID, about tool: UsableTool, _ arguments: MapValue, _ round: Int)
        async throws(RunStop) -> ToolApproval
    {
        let given = GivenCall(
            name: work.step.name,
            inputs: MapValue(record: [
                ("tool", .string(tool.name)), ("step", .string(work.step.name)),
                ("arguments", .string(JSON.pretty(.map(arguments)))),
                ("origins", .string(originsInWords(before: round))),
            ]))
        guard let automation = approvalAutomation() else {
            return .refused(words: "nobody can be asked whether the tool may be used")
        }
        switch try await run.call(work.step, session, automation, at: approvalFile, given) {
        case .finished(let value, _): return ToolApproval(value.asText ?? "", arguments)
        case .failed(let failure):
            if failure.kind == .cancelled { throw .failed(.cancelled, step: work.step.index) }
            return .refused(words: "nobody has allowed it: \(failure.message)")
        case .waiting(let until): return .waiting(until: until)
        }
    }
}

extension ToolApproval {
    /// - Parameters:
    ///   - answer: what the person has written.
    ///   - arguments: what the model wants the tool to be given.
    fileprivate init(_ answer: String, _ arguments: MapValue) {
        switch answer.lowercased().filter({ !$0.isWhitespace }) {
        case "yes", "y": self = .allowed(arguments: arguments)
        case "no", "n": self = .refused(words: "a person has not allowed it")
        default:
            if let mended = (try? JSON.parse(answer))?.asMap {
                self = .allowed(arguments: mended)
            } else {
                self = .refused(words: "a person has not allowed it, and says: \(answer)")
            }
        }
    }
}

/// The name under which the sessions stand in which persons are asked about tools.
let approvalFile = "tool-approval.auto"

/// The automation whose sessions ask.
func approvalAutomation() -> CheckedAutomation? {
    check(SourceText(name: approvalFile, bytes: Array(approvalText.utf8))).automation
}

private let approvalText = #"""
    automation "Tool approval"
    description "Asks a person whether a model may use a tool."

    input tool: text
    input step: text
    input arguments: text
    input origins: text

    START begin -> ask
    GET_USER_INPUT ask -> end {
      prompt_template {
        message: """
          The model of the step `${inputs.step}` wants to use the tool `${inputs.tool}` with

          ${inputs.arguments}

          ${inputs.origins}Answer yes, no, the arguments as you want them, or what the model shall do instead.
          """
      }
    }
    """#

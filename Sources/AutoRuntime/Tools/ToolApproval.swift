import AutoChecker
import Diagnostics
import StepKinds
package import Values

/// What a person says to a tool that a model wants to use.
package enum ToolApproval: Sendable, Hashable {
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
        case .givenBack: throw .givenBack
        }
    }
}

extension ToolApproval {
    private static let allowing = [
        "yes", "y", "ok", "okay", "true", "allow", "allowed", "approve", "approved", "yesplease",
    ]
    private static let refusing = [
        "no", "n", "false", "deny", "denied", "refuse", "refused", "reject", "rejected",
    ]

    /// What an answer means. Nothing but a plain yes, or arguments that can be read to their end, allows anything.
    ///
    /// - Parameters:
    ///   - answer: what the person has written.
    ///   - arguments: what the model wants the tool to be given.
    package init(_ answer: String, _ arguments: MapValue) {
        // People write `Yes.` and put what they were told to write in quotes; `yes?` is no yes.
        let word = answer.lowercased().filter { !$0.isWhitespace && !".!,\"'`".contains($0) }
        if Self.allowing.contains(word) {
            self = .allowed(arguments: arguments)
        } else if Self.refusing.contains(word) {
            self = .refused(words: "a person has not allowed it")
        } else if let mended = (try? JSON.parse(Self.withoutFence(answer)))?.asMap {
            self = .allowed(arguments: mended)
        } else if answer.first(where: { !$0.isWhitespace }) == "{" {
            self = .refused(
                words:
                    "a person has not allowed it as it is, and has written arguments that are no JSON, so that nothing was done: \(answer)"
            )
        } else {
            self = .refused(words: "a person has not allowed it, and says: \(answer)")
        }
    }

    /// What stands between the lines of three backquotes; the whole text where there are none.
    private static func withoutFence(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.count > 2, lines.first?.hasPrefix("```") == true, lines.last?.hasPrefix("```") == true
        else {
            return text
        }
        return lines.dropFirst().dropLast().joined(separator: "\n")
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

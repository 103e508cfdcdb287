import AutoSyntax
import CEL

/// PYTHON: runs code in a box.
package enum Python {
    package static let code = Key.program(
        "code", as: [.required, .code], "Python that leaves its value in `result`")
    package static let inputs = Key.record("inputs", "what the code finds in the dict `inputs`")
    package static let requirements = Key.list("requirements", "packages with versions")
    package static let memory = Key.numberOrText(
        "memory", usual: "\(usualMegabytes)MB", "the most memory, such as \"256MB\"")
    package static let cpu = Key.duration("cpu", usual: "\(usualSeconds)s", "the most processor time")

    /// How much memory the code may use where `memory` does not say, in MB of 1,048,576 bytes.
    package static let usualMegabytes = 512
    /// How long the code may keep a processor busy where `cpu` does not say, in seconds.
    package static let usualSeconds = 30

    package static let kind = StepKind(
        type: .python, summary: "Runs Python in a box; what it leaves in `result` is the result.",
        fields: [code.field, inputs.field, requirements.field, memory.field, cpu.field],
        gives: "what the code leaves in `result`",
        result: { _, _ in .dyn },
        wayOut: { given, _ in given.has(requirements) ? .packages : nil },
        assumedResult: { _ in 2_000 },
        work: { _, _ in "runs code" },
        sample: """
            PYTHON shout -> end {
              timeout: 10s
              prompt_template {
                inputs: { name: "Ada" }
                code: 'result = inputs["name"].upper()'
              }
            }
            """)
}

import AutoSyntax
import CEL
package import Values

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

    /// The least memory that code can be given, in bytes: Python itself needs as much.
    package static let leastMemory = 16 << 20
    /// What `memory` may be, in words.
    package static let memoryRange = "`\(memory.name)` is a size from \"\(leastMemory >> 20)MB\""

    /// The bytes that a size stands for: `"256MB"`, `"1 GiB"`, or a number of bytes. Nil for what is no size.
    package static func bytes(of size: Value) -> Int? {
        if let bytes = size.asInt { return bytes }
        guard let text = size.asText?.uppercased().filter({ !$0.isWhitespace }) else { return nil }
        let digits = text.prefix { $0.isNumber || $0 == "." }
        guard let amount = Double(digits), amount < 1e9 else { return nil }
        switch text.dropFirst(digits.count) {
        case "", "B": return Int(amount)
        case "K", "KB", "KIB": return Int(amount * 1_024)
        case "M", "MB", "MIB": return Int(amount * 1_048_576)
        case "G", "GB", "GIB": return Int(amount * 1_073_741_824)
        default: return nil
        }
    }

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

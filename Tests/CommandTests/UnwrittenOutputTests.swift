import Foundation
import TestSupport
import Testing

/// What cannot be printed is told, and is no success: a script must not go on with half an export.
@Suite(.timeLimit(.minutes(1))) struct UnwrittenOutputTests {
    private static let commands = [
        ["autorun", "run", "FILE"], ["autorun", "export", "FILE"], ["autorun", "docs"],
        ["autorun", "--help"],
        ["autorun", "sessions", "--json"], ["autorun", "run", "FILE", "--events"],
        ["autorun", "eval", "1 + 1"],
        ["autocheck", "--ast", "FILE"], ["autocheck", "--format", "json", "FILE"],
    ]

    #if os(Linux)
        @Test(arguments: commands)
        func aFullDisk(_ words: [String]) async throws {
            let result = try await run(words, to: "/dev/full")
            #expect(result.code == 3, "\(result)")
            #expect(result.errors.contains("standard output cannot be written"), "\(result)")
        }
    #endif

    @Test(arguments: commands)
    func nothingToReadIt(_ words: [String]) async throws {
        let result = try await run(words, to: "/dev/null")
        #expect(result.code == 0 && !result.errors.contains("standard output"), "\(result)")
    }

    private func run(_ words: [String], to path: String) async throws -> CommandResult {
        let command = try Command()
        defer { command.clean() }
        let file = try command.file(
            "a.auto",
            """
            automation "Says"
            START begin -> say
            DATA_TRANSFORM say -> end { prompt_template { value: "hi" } }
            """)
        let process = command.process(words[0], words.dropFirst().map { $0 == "FILE" ? file : $0 })
        let whole = [process.executableURL?.path ?? ""] + (process.arguments ?? [])
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "out=$1; shift; exec \"$@\" >\"$out\"", "sh", path] + whole
        return try await command.run(process)
    }
}

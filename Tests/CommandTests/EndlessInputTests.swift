import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct EndlessInputTests {
    @Test func aFileWithoutEndIsNoInput() async throws {
        let command = try Command()
        defer { command.clean() }
        let file = try command.file(
            "a.auto",
            """
            automation "Says"
            input text: text
            START begin -> say
            DATA_TRANSFORM say -> end { prompt_template { value: inputs.text } }
            """)
        let result = try await command.run("autorun", ["run", file, "--input", "text=@/dev/zero"])
        #expect(
            result.code == 3 && result.errors.contains("/dev/zero: it is a device, and no file"), "\(result)")
    }
}

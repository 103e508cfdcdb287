import CEL
import Testing

@Suite(.timeLimit(.minutes(1))) struct ProgramTextTests {
    private func program(_ source: String) throws -> ProgramText {
        let bytes = Array(source.utf8)
        var lexer = Lexer(bytes: bytes, range: bytes.indices, dialect: .automation)
        return try #require(try lexer.program())
    }

    private static let blocks: [(String, String)] = [
        ("'''\n    a = 1\n      b = 2\n'''", "a = 1\n  b = 2"),
        ("'''\n  if x:\n\n    y()\n \n  z()\n'''", "if x:\n\n  y()\n\nz()"),
        ("'''\n\ta\n\t\tb\n'''", "a\n\tb"), ("'''\n\ta\n  b\n'''", "\ta\n  b"), ("'  x = 1'", "x = 1"),
        ("'''\na\n  b\n'''", "a\n  b"), ("'''\n      a\n      b\n    '''", "a\nb"), ("''", ""),
        ("'''\n  \n'''", "  "),
        ("'''\n  a\r\n    b\r\n'''", "a\n  b"),
    ]

    @Test(arguments: ProgramTextTests.blocks)
    func linesLoseWhatAllOfThemBeginWith(source: String, text: String) throws {
        #expect(try program(source).withoutSharedIndentation.text == text)
    }

    /// Each letter of the program still stands where it is written in the source.
    @Test func placesStayThoseOfTheSource() throws {
        let source = "'''\n    a = 1\n\n      b = 2\n'''"
        let program = try program(source).withoutSharedIndentation
        let (text, bytes) = (Array(program.text.utf8), Array(source.utf8))
        for offset in text.indices where text[offset] != 0x0A {
            #expect(bytes[program.sourceOffset(of: offset)] == text[offset], "\(offset)")
        }
    }
}

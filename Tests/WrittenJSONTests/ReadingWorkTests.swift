import AutoChecker
import Computing
import Testing
import Values
import WrittenJSON

/// Any text is read with work in proportion to its length, and within its limit.
@Suite(.timeLimit(.minutes(1))) struct ReadingWorkTests {
    /// Pieces that, repeated, made readers look at the same bytes again and again.
    static let pieces = [
        "[\"", "[", "{", "{\"a\":", "{\"a\": [", "{\"a\": 1 x ", "```{\"a\": [", "\n```json\n{\"a\": \"\n",
        "\" ", ",\"",
        "['a", "[1, {a", "\"a,", "\"a\":\"b,", "x ", "//,\"a", "{\\\"", "\\", "{x} ", "{\"a\":1}",
        "[{\"a\":1}", "{\"a\";",
        "\"x\":{", "a'b ", "...", "+\"a\"", "f(", "(", "1_", "/*", "```", "{`", "[x", "{#", "\"} ", "<think>",
        "{\"a\",", "[1],", "[1}", "{a: b}\n", "a b c: ", "\"x\", y z, ", "\"a,\n {", "\"\"a\"\" ",
        "{\"a\":[1},",
        "\\\\\"", "{\"a\" \"b\",", "\n```{x```", "\"\"x\" y\",", "{\"a\":1}}, ", "]}", "\"x\"; ",
        "null false ",
        "don't\n}\n", "a #1 x ", "\"a\" = \"x\",", "{\"a\":\"x\"\nword ", "[ ",
        "{ ", "[\n{ ", "<!-- ", "1 <!-- ", "-- ", "\"x\"\n", "P(a=", "P(a=1,", "... more ", "\"x\"、",
        "\"x\" -> ",
        "a: b\n", "| a ", "- [ ] x\n", "\\u{", "\"a\", \"b\", ", "｛", "＂a＂：",
    ]

    @Test(arguments: pieces)
    func workIsBounded(piece: String) throws {
        for start in ["", "{\"a\": \"", "[", "{\"a\": ", "[\"", "```\n"] {
            let text = start + String(repeating: piece, count: 8_000 / piece.utf8.count)
            do throws(UnreadText) {
                let written = try WrittenText(text)
                #expect(written.steps <= 12 * text.utf8.count + 100_000)
            } catch {
                #expect(error == .tooTangled || error == .tooLarge)
            }
        }
    }

    @Test func bracketsBeforeTheValueAreGoneOver() {
        let brackets = String(repeating: "[", count: 100_000)
        #expect(read(brackets + " {\"a\": 1}") == #"[{"a":1}]"#)
        #expect(read(String(repeating: "[ ", count: 100_000) + " {\"a\": 1}") == #"[{"a":1}]"#)
        #expect(read(String(repeating: "{", count: 100_000) + "\"a\": 1}") == #"{"a":1}"#)
    }

    /// Of many labels each item is told by looking it up, not by going over all of them.
    @Test func manyItemsOfManyLabelsAreTold() throws {
        let labels = (0..<2_000).map { "label \($0)" }
        let items = (0..<20_000).map { "Label_\($0 % 2_000)" }
        let text = "[" + items.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        let values = try DataType.list(.oneOf(labels)).read(text, cut: .refused).value.asList
        #expect(values?.count == 20_000)
        #expect(values?.last == .string("label 1999"))
        let sentences = (0..<2_000).map { "\"It is label \($0).\"" }.joined(separator: ",")
        let told = try DataType.list(.oneOf(labels)).read("[" + sentences + "]", cut: .refused).value.asList
        #expect(told?.last == .string("label 1999"))
    }

    @Test func aStoppedReadingGivesNoPart() {
        let limit = TimeLimit()
        limit.cancel()
        let text = "[" + String(repeating: "{a: 1},", count: 5_000) + "]"
        #expect(throws: UnreadText.stopped) { try WrittenText(text, limit) }
    }

    /// Small records take a hundred times the memory of their text.
    @Test func tooManyValuesAreRefused() {
        let text = "[" + String(repeating: #"{"a":1},"#, count: 850_000) + "0]"
        #expect(throws: UnreadText.tooLarge) { try WrittenText(text) }
    }

    @Test func deepValuesAreRefusedAndNoPieceOfThemIsTaken() {
        let text = String(repeating: "[", count: 600) + "1" + String(repeating: "]", count: 600)
        #expect(reason(text) != nil)
    }
}

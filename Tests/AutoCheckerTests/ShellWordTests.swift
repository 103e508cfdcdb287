import AutoChecker
import Testing

/// Texts of the settings: commands, and values that name variables.
@Suite(.timeLimit(.minutes(1))) struct ShellWordTests {
    @Test(arguments: [
        ("", []), ("   ", []), ("a", ["a"]), (" a  b\tc\n", ["a", "b", "c"]), ("'a b' c", ["a b", "c"]),
        ("\"a b\"c", ["a bc"]), ("a'b c'd", ["ab cd"]), ("'' \"\"", ["", ""]), ("a\\ b", ["a b"]),
        ("'a\\'", ["a\\"]), ("\"a\\\"b\"", ["a\"b"]), ("\"a\\nb\"", ["a\\nb"]),
        ("\"$x\" $y `z`", ["$x", "$y", "`z`"]),
        ("a|b > c; d", ["a|b", ">", "c;", "d"]), ("ä'ö ü'", ["äö ü"]),
        ("\"it's\" 'a \"b\"'", ["it's", "a \"b\""]),
    ])
    func wordsAreCutAsByAShell(_ text: String, _ words: [String]) throws {
        #expect(try ShellWords.words(of: text) == words)
    }

    @Test(
        arguments: [("'a", "'"), ("a \"b c", "\""), ("a\\", "\\"), ("\"a'", "\"")] as [(String, Character)])
    func whatIsNotClosedIsTold(_ text: String, _ mark: Character) {
        let unclosed = #expect(throws: ShellWords.Unclosed.self) { try ShellWords.words(of: text) }
        #expect(unclosed?.mark == mark)
    }

    @Test(arguments: [
        ("plain", "plain"), ("${A}", "one"), ("Bearer ${A}!", "Bearer one!"), ("${A}${B_2}", "onetwo"),
        ("$A $", "$A $"),
        ("$${A}", "${A}"), ("$$${A}", "$${A}"), ("{A}", "{A}"), ("${A} $${B_2} ${B_2}", "one ${B_2} two"),
        ("", ""),
    ])
    func variablesAreFilledIn(_ text: String, _ filled: String) throws {
        let values = ["A": "one", "B_2": "two"]
        #expect(try VariableText(text).text { values[$0] } == filled)
        #expect(VariableText.misnamed(in: text) == nil)
    }

    @Test func whatIsNotSetIsTold() {
        let missing = #expect(throws: VariableText.MissingVariable.self) {
            try VariableText("${A}${B}").text { $0 == "A" ? "" : nil }
        }
        #expect(missing?.name == "B")
    }

    @Test(arguments: [
        ("${}", "${}"), ("a ${b c} d", "${b c}"), ("${1}", "${1}"), ("${A", "${A}"), ("$${x} ${ä}", "${ä}"),
        ("${A}${", "${}"),
    ])
    func whatNamesNoVariableIsFound(_ text: String, _ found: String) {
        #expect(VariableText.misnamed(in: text) == found)
    }
}

import DataFiles
import Programs
import Testing
import Values

@Suite(.timeLimit(.minutes(1)))
struct YAMLTests {
    @Test(
        arguments: [
            ("a: 1\nb: [x, 2.5, true, null, ~]", #"{"a":1,"b":["x",2.5,true,null,null]}"#),
            (
                "- yes\n- no\n- on\n- 01234\n- 0x1F\n- 0o17\n- 1_000",
                #"["yes","no","on","01234",31,15,"1_000"]"#
            ),
            (
                "a: '1'\nb: \"2\\n\"\nc: |\n  x\n  y\nd: >\n  x\n  y\n",
                #"{"a":"1","b":"2\n","c":"x\ny\n","d":"x y\n"}"#
            ),
            ("day: 2026-01-31", #"{"day":"2026-01-31"}"#),
            ("a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  j: 2", #"{"a":{"k":1},"b":{"k":1},"c":{"k":1,"j":2}}"#),
            ("<<: [{a: 1}, {a: 2, b: 3}]\nb: 4", #"{"a":1,"b":4}"#),
            ("1: a\ntrue: b", #"{"1":"a","true":"b"}"#),
            ("--- 1\n--- 2\n", "[1,2]"), ("", "null"), ("# nothing\n", "null"),
            ("- !!str 1\n- !!float 2\n- ! 3\n- -.5\n- 1e3\n- +7", #"["1",2.0,"3",-0.5,1000.0,7]"#),
            ("- 9223372036854775807\n- 92233720368547758070", "[9223372036854775807,9.223372036854776e+19]"),
        ])
    func reads(_ text: String, _ json: String) throws {
        #expect(JSON.text(try DataForm.yaml.value(of: Array(text.utf8))) == json)
    }

    @Test(
        arguments: [
            ("a: 1\na: 2", "line 2: the key \"a\" stands there twice"),
            ("a: *x", "line 1: `*x` is named by no"),
            ("a: &x [1, *x]", "`*x` stands inside of what it names"), ("a: [1", "at line"),
            ("- .inf", "`.inf` is a number that no JSON can say"), ("- !Ref x", "`!Ref`"),
            ("? [a]\n: 1", "a key is a text"), ("<<: 1", "`<<` takes a record"),
        ])
    func refuses(_ text: String, _ words: String) {
        #expect { try DataForm.yaml.value(of: Array(text.utf8)) } throws: { error in
            (error as? ProgramError)?.message.contains(words) == true
        }
    }

    /// Nine lines that stand for a thousand million values.
    @Test func refusesBombs() {
        var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1...9 {
            let alias = "*a\(level - 1)"
            text +=
                "a\(level): &a\(level) [" + Array(repeating: alias, count: 10).joined(separator: ", ") + "]\n"
        }
        #expect(throws: ProgramError.self) { try DataForm.yaml.value(of: Array(text.utf8)) }
    }

    @Test(arguments: ["[", "{a: ", "- "])
    func refusesDeepNesting(_ opening: String) {
        let text = String(repeating: opening, count: 50_000)
        #expect(throws: ProgramError.self) { try DataForm.yaml.value(of: Array(text.utf8)) }
    }

    /// Each alias is a hundred levels, which together are more than may be.
    @Test func countsTheLevelsOfAliases() {
        let deep = String(repeating: "[", count: 100)
        let text =
            "a: &a \(deep)1\(String(repeating: "]", count: 100))\nb: \(deep)*a\(String(repeating: "]", count: 100))"
        #expect(throws: ProgramError.self) { try DataForm.yaml.value(of: Array(text.utf8)) }
    }
}

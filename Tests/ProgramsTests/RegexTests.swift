import Computing
import Programs
import Testing

@Suite struct RegexTests {
    @Test func catastrophesEnd() throws {
        for pattern in ["(a+)+$", "(.*)*x", "(a|aa)+$", "([a-z]+)*\\d"] {
            let text = String(repeating: "a", count: 100_000) + "!"
            _ = try? Regex(pattern).matches(text)
        }
        #expect(throws: ProgramError.self) { try Regex("(").matches("a") }
    }

    @Test func replaces() throws {
        #expect(
            try Regex("(?<y>\\d+)-(\\d+)").replace(in: Array("1-2 3-4".utf8), with: "${y}/$2$$", all: true)
                == "1/2$ 3/4$")
        #expect(try Regex("").allMatches(in: Array("é".utf8)).count == 2)
    }
}

@Suite struct HostilePatternTests {
    /// PCRE2 counts its limits anew from each place; all places together have a limit, too.
    @Test(.timeLimit(.minutes(1)), arguments: [#"\s+$"#, #"(a|b|ab)*c"#, #"^(\s+)+$"#, #"(?=(\s*))\1+x$"#])
    func patternsEnd(pattern: String) throws {
        let text = String(repeating: " ", count: 100_000) + "x "
        _ = try? Regex(pattern).matches(text + "y")
    }

    @Test(.timeLimit(.minutes(1)))
    func verbsStayFirst() throws {
        #expect(try Regex("(*UCP)(*ANYCRLF)a.c").matches("abc"))
        #expect(try Regex("a|b").matches("xb"))
        #expect(try Regex("^b").matches("ab") == false)
        #expect(try Regex("(?<n>b)").allMatches(in: Array("abab".utf8)).count == 2)
    }

    @Test(.timeLimit(.minutes(1)))
    func groupsThatAreNotThere() throws {
        #expect(try Regex("(a)").missingGroup(in: "$7") != nil)
        #expect(try Regex("(a)").missingGroup(in: "$1 $0 $$") == nil)
    }
}

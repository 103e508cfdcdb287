import Computing
import Programs
import Testing

/// Patterns that match and replace as PCRE2 says.
@Suite(.timeLimit(.minutes(1))) struct RegexTests {
    @Test func replaces() throws {
        #expect(
            try Regex("(?<y>\\d+)-(\\d+)").replace(in: Array("1-2 3-4".utf8), with: "${y}/$2$$", all: true)
                == "1/2$ 3/4$")
        #expect(try Regex("b").replace(in: Array("abab".utf8), with: "-", all: false) == "a-ab")
        #expect(try Regex("x").replace(in: Array("abab".utf8), with: "-", all: true) == "abab")
    }

    /// An empty match goes on behind the next character, not behind its first byte.
    @Test func emptyMatchesStandBetweenCharacters() throws {
        #expect(try Regex("").allMatches(in: Array("é".utf8)).count == 2)
        #expect(try Regex("").replace(in: Array("é😀".utf8), with: "|", all: true) == "|é|😀|")
    }

    @Test func groupsThatTookNoPartAreNil() throws {
        let match = try #require(try Regex("(a)|(b)").match(in: Array("xb".utf8), from: 0))
        #expect(match == [1..<2, nil, 1..<2])
        #expect(try Regex("(a)|b").replace(in: Array("b".utf8), with: "[$1]", all: true) == "[]")
    }

    @Test func groupsHaveTheirNames() throws {
        let regex = try Regex("(?<second>b)?(?<first>a)(c)")
        #expect(regex.groupCount == 3)
        #expect(
            regex.groupNames.map(\.name) == ["second", "first"] && regex.groupNames.map(\.number) == [1, 2])
    }

    @Test(
        arguments: [("a(b", 3), ("[a", 2), ("a**", 2), ("(?<1a>x)", 3), ("\\C", 2)])
    func whatDoesNotCompileIsToldWithItsPlace(pattern: String, offset: Int) {
        let error = #expect(throws: ProgramError.self) { try Regex(pattern) }
        #expect(error?.offset == offset && error?.message.isEmpty == false, "\(String(describing: error))")
    }
}

/// Patterns and texts that would compute for hours: each ends soon, in words.
@Suite(.timeLimit(.minutes(1))) struct HostilePatternTests {
    private static let backtracking = ["(a+)+$", "(.*)*x", "(a|aa)+$", "([a-z]+)*\\d"]

    private func words(_ pattern: String, _ text: String, _ limit: TimeLimit = TimeLimit()) -> String? {
        do throws(ProgramError) {
            _ = try Regex(pattern).matches(text, limit)
            return nil
        } catch {
            return error.message
        }
    }

    @Test(arguments: backtracking) func catastrophesEnd(pattern: String) {
        let said = words(pattern, String(repeating: "a", count: 100_000) + "!")
        #expect(
            said == nil || said?.hasPrefix("the pattern takes too long on this text: ") == true,
            "\(said ?? "")")
    }

    /// PCRE2 counts its limits anew from each place; all places together have a limit, too.
    @Test(arguments: [#"\s+$"#, #"(a|b|ab)*c"#, #"^(\s+)+$"#, #"(?=(\s*))\1+x$"#])
    func manyPlacesEnd(pattern: String) {
        let said = words(pattern, String(repeating: " ", count: 100_000) + "x y")
        #expect(
            said == nil || said?.hasPrefix("the pattern takes too long on this text: ") == true,
            "\(said ?? "")")
    }

    /// Whoever wants the result no more is not told that the pattern is a bad one.
    @Test func whatIsCancelledSaysSo() {
        let limit = TimeLimit()
        limit.cancel()
        #expect(
            words("(a+)+$", String(repeating: "a", count: 100_000) + "!", limit)
                == ProgramError.stopped.message)
    }

    /// A short text can be made into one that no memory holds.
    @Test func replacementsHaveALargestSize() {
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        let error = #expect(throws: ProgramError.self) {
            try Regex("(?s)^.*").replace(in: text, with: String(repeating: "$0", count: 70), all: false)
        }
        #expect(error?.message == "the replaced text is larger than 64 MB")
    }

    @Test
    func verbsStayFirst() throws {
        #expect(try Regex("(*UCP)(*ANYCRLF)a.c").matches("abc"))
        #expect(try Regex("a|b").matches("xb"))
        #expect(try Regex("^b").matches("ab") == false)
        #expect(try Regex("(?<n>b)").allMatches(in: Array("abab".utf8)).count == 2)
    }

    @Test
    func groupsThatAreNotThere() throws {
        #expect(try Regex("(a)").missingGroup(in: "$7") != nil)
        #expect(try Regex("(a)").missingGroup(in: "$1 $0 $$") == nil)
    }
}

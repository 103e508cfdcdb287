import JQPrograms
import Programs
import Testing

/// jq programs that are harmless: what crashes the library or never ends is tested through a worker, in
/// AutoStepsTests.
@Suite(.timeLimit(.minutes(1))) struct JQTests {
    private func result(_ program: String, _ input: String = "null") throws -> String {
        String(decoding: try JQ(program).run(input), as: UTF8.self)
    }

    private func failure(_ program: String, _ input: String = "null") throws -> String {
        let compiled = try JQ(program)
        let error = #expect(throws: ProgramError.self) { try compiled.run(input) }
        return try #require(error).message
    }

    /// All outputs come as one list, none of them as an empty one.
    @Test(arguments: [
        (".", "{\"a\":[1,2]}", "[{\"a\":[1,2]}]"), (".a[]", "{\"a\":[1,2]}", "[1,2]"), ("empty", "1", "[]"),
        (".[] | select(. > 1)", "[1,2,3]", "[2,3]"), ("1, \"ä\\u0001\"", "null", "[1,\"ä\\u0001\"]"),
        ("# a comment\n.", "3", "[3]"), ("halt", "3", "[]"), ("[null, 1]", "3", "[[null,1]]"),
        (".", "\"<stripped: exceeds max depth>\"", "[\"<stripped: exceeds max depth>\"]"),
        ("reduce .[] as $n (0; . + $n)", "[1,2,3]", "[6]"),
    ])
    func outputsAreAList(program: String, input: String, expected: String) throws {
        #expect(try result(program, input) == expected)
    }

    /// A kept program is as good as new: after an error, after a halt, and when it gave more than one output.
    @Test func programsAreRunAgain() throws {
        let program = try JQ("if . == 0 then error(\"zero\") elif . == 1 then halt_error else (., .) end")
        for _ in 0..<3 {
            #expect(throws: ProgramError.self) { try program.run("0") }
            #expect(throws: ProgramError.self) { try program.run("1") }
            #expect(try program.run("2") == Array("[2,2]".utf8))
        }
    }

    @Test(arguments: [
        ("error(\"x\")", "x"), ("error({a: 1})", "{\"a\":1}"), ("error(null)", "null (null) was raised"),
        ("input", "there is one input only, and it is `.`"), (".[0]", "Cannot index number with number"),
        ("halt_error", "the program halted: 5"), ("halt_error(0)", "the program halted: 5"),
        ("error(\"\")", "an error without a message"),
        ("nan", "the program gave NaN, which is no number of JSON's"),
        ("[{a: null, b: [-1 | log]}]", "the program gave NaN, which is no number of JSON's"),
        ("\"nan\" | fromjson", "the program gave NaN, which is no number of JSON's"),
        (
            "reduce range(300) as $i (null; [.])",
            "the value nests deeper than the 256 levels that jq writes out"
        ),
        (
            "[] | .[-1] = 1",
            "an index is before the first element of its array, or beyond what an array holds"
        ),
    ])
    func errorsAreToldInWords(program: String, words: String) throws {
        #expect(try failure(program, "5") == words)
    }

    /// The library counts the room for an array in 32 bits: beyond that it would write where no array is.
    @Test(arguments: [
        ".[2147483647] = 1", ".[1500000000] = 1", ".[1431655764] |= 1", ".[0][2147483647] += 1",
        ".[2000000000].a = 1", "setpath([1e9 + 1]; 1)", ".[1999999999] //= 1",
    ])
    func indicesBeyondAnArrayAreRefused(program: String) throws {
        #expect(try failure(program, "[]") == "an index of at most 1000000000 fits into an array")
    }

    /// What is looked at on the way changes nothing else of what assignments do.
    @Test(arguments: [
        ("[1,2,3]", ".[] |= . + 1", "[2,3,4]"), ("[1,2,3]", "(.[] | select(. == 2)) |= empty", "[1,3]"),
        ("[]", ".[0:2] = [1]", "[1]"), ("{}", ".a.b[2] //= 3", "{\"a\":{\"b\":[null,null,3]}}"),
        ("{}", ". = 5", "5"), ("[3]", ".[-1] = 9", "[9]"), ("{}", ".[\"a\"]? = 1", "{\"a\":1}"),
        ("{\"a\":1}", ".a += 1 | .b = .a", "{\"a\":2,\"b\":2}"), ("[1]", "setpath([2]; 3)", "[1,null,3]"),
        ("[]", "reduce range(3) as $i (.; .[$i] = $i)", "[0,1,2]"), ("{}", "setpath([]; 7)", "7"),
        ("{\"a\":[1,2]}", "with_entries(.value |= add)", "{\"a\":3}"),
        ("[[1,2]]", ".[0][1] |= tostring", "[[1,\"2\"]]"),
    ])
    func assignmentsAreJQs(input: String, program: String, expected: String) throws {
        #expect(try result(program, input) == "[\(expected)]")
    }

    /// The environment of the process holds keys.
    @Test(arguments: ["$ENV", "env", "$ENV | keys", "[env | .[]]"])
    func theEnvironmentIsEmpty(program: String) throws {
        #expect(["[{}]", "[[]]"].contains(try result(program)))
    }

    /// jq computes with doubles: a number that it would change is refused where it comes out of a text.
    @Test(arguments: ["fromjson", "tonumber"]) func longNumbersAreRefused(function: String) throws {
        #expect(try failure(function, "\"9007199254740993\"").contains("would be rounded"))
        #expect(try result(function, "\"900719925474099\"") == "[900719925474099]")
    }

    /// Digits within a text are no number.
    @Test func longNumbersInTextsArePassedOn() throws {
        let card = #""{\"card\": \"no 1234567890123456 end, \\\" 1234567890123456\"}""#
        #expect(try result("fromjson | .card | length", card) == "[43]")
        let both = #""{\"card\": \"no 1234567890123456\", \"n\": 1234567890123456789}""#
        #expect(try failure("fromjson", both).contains("would be rounded"))
    }

    @Test func deepValuesAreNotStripped() throws {
        let deep = "reduce range(300) as $i (null; [.])"
        #expect(try failure(deep) == "the value nests deeper than the 256 levels that jq writes out")
        let input = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
        #expect(try failure(".", input) == "the input is no JSON that jq reads: it takes up to 256 levels")
    }

    @Test func outputsHaveALargestSize() throws {
        let program = try JQ("range(100000)")
        #expect(throws: ProgramError("jq gave more than 0 MB")) {
            try program.run("null", maximumBytes: 1_000)
        }
    }

    @Test(arguments: ["{", "", "nul", "[1,]"]) func whatIsNoJSONIsRefused(input: String) throws {
        #expect(try failure(".", input).hasPrefix("the input is no JSON that jq reads"))
    }

    @Test(arguments: [".a |", "foo", "$x", "{", "\"a"])
    func whatDoesNotCompileIsComplainedAbout(program: String) throws {
        let words = try #require(JQ.complaint(about: program))
        #expect(words.hasPrefix("jq: error") && words.contains("\n"))
        let error = #expect(throws: ProgramError.self) { try JQ(program) }
        #expect(error?.message.isEmpty == false && error?.message.contains("\n") == false)
        #expect(JQ.complaint(about: ".") == nil)
    }
}

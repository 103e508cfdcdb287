import AutoChecker
import Diagnostics
import Testing
import Values

/// Slips of people who come from other languages: each is one error at its place, and `--fix` writes what was meant.
@Suite(.timeLimit(.minutes(1))) struct OtherLanguageTests {
    /// A file with a list, a number and a step `my_step`, whose last step computes a value.
    private func file(
        inputs: String = "input items: list<text> = []", edge: String = "->", settings: String = "",
        value: String = "inputs.items.size() + size(my_step.result)"
    ) -> String {
        """
        automation "A"
        \(inputs)
        START begin \(edge) my_step
        DATA_TRANSFORM my_step -> last { prompt_template { value: "a" } }
        DATA_TRANSFORM last -> end {
          \(settings)
          prompt_template { value: \(value) }
        }

        """
    }

    private func expectMended(_ wrong: String, _ right: String, _ code: Code, at place: String) throws {
        let source = SourceText(name: "a.auto", text: wrong)
        let errors = check(source).findings.filter { $0.severity == .error }
        #expect(errors.map(\.code) == [code], "\(render(errors, in: source, as: .terminal))")
        let finding = try #require(errors.first)
        #expect(source.text(finding.span) == place)
        let (mended, count) = applyingFixes(of: errors, to: source.bytes)
        #expect(count == 1 && String(decoding: mended, as: UTF8.self) == right)
        let left = check(SourceText(name: "a.auto", bytes: mended)).findings
        #expect(!left.hasErrors, "\(render(left, in: source, as: .terminal))")
    }

    /// What a list is asked with `in`, a text is asked with `contains`.
    @Test(arguments: [
        ("inputs.items.includes(\"a\")", "\"a\" in inputs.items"),
        ("!inputs.items.includes(\"a\")", "!(\"a\" in inputs.items)"),
        ("{ x: inputs.items.includes(\"a\") && true }", "{ x: (\"a\" in inputs.items) && true }"),
        ("my_step.result.includes(\"a\")", "my_step.result.contains(\"a\")"),
        ("!my_step.result.includes(\"a\")", "!my_step.result.contains(\"a\")"),
        ("!inputs.items.isEmpty()", "!(size(inputs.items) == 0)"),
    ])
    func includesIsInOrContains(wrong: String, right: String) throws {
        let place = wrong.contains("isEmpty") ? "isEmpty" : "includes"
        try expectMended(file(value: wrong), file(value: right), .unknownFunction, at: place)
    }

    /// Where only a run knows what it is, both are told and nothing is changed.
    @Test func includesOfAnything() throws {
        let source = SourceText(
            name: "a.auto",
            text: file(inputs: "input items: json", value: "inputs.items.includes(\"a\")"))
        let finding = try #require(check(source).findings.first { $0.code == .unknownFunction })
        #expect(finding.fix == nil)
        #expect(
            finding.help
                == "write `\"a\" in inputs.items` where it is a list, `inputs.items.contains(\"a\")` where it is a text"
        )
    }

    @Test func eachOf() throws {
        try expectMended(
            file(settings: "each: x of inputs.items", value: "x"),
            file(settings: "each: x in inputs.items", value: "x"), .expected, at: "of")
    }

    /// A file that sends a key.
    private func sending(_ value: String, secret: String = "secret TOKEN") -> String {
        """
        automation "A"
        \(secret)
        START begin -> ask
        REST_API ask -> end {
          timeout: 10s
          prompt_template { url: "https://example.com/", headers: { Authorization: \(value) } }
        }

        """
    }

    /// A key of the environment is a secret here.
    @Test(arguments: [
        "env.TOKEN", "env[\"TOKEN\"]", "process.env.TOKEN", "process.env[\"TOKEN\"]", "os.environ[\"TOKEN\"]",
        "os.environ.get(\"TOKEN\")", "os.getenv(\"TOKEN\")", "getenv(\"TOKEN\")", "env(\"TOKEN\")",
        "ENV[\"TOKEN\"]",
        "Deno.env.get(\"TOKEN\")",
    ])
    func aKeyOfTheEnvironment(read: String) throws {
        try expectMended(sending(read), sending("secrets.TOKEN"), .unknownName, at: read)
        try expectMended(
            sending("\"Bearer ${\(read)}\""), sending("\"Bearer ${secrets.TOKEN}\""), .unknownName, at: read)
        let undeclared = check(SourceText(name: "a.auto", text: sending(read, secret: ""))).findings
        let errors = undeclared.filter { $0.severity == .error }
        #expect(
            errors.map(\.help) == ["declare it, `secret TOKEN`, and write `secrets.TOKEN`"]
                && errors.allSatisfy { $0.fix == nil }, "\(errors)")
    }

    @Test func aKeyOfTheShell() throws {
        try expectMended(sending("$TOKEN"), sending("secrets.TOKEN"), .badCharacter, at: "$")
        // Where it is not declared, the mend leads to the sentence that says so.
        let source = SourceText(name: "a.auto", text: sending("$TOKEN", secret: ""))
        let errors = check(source).findings.filter { $0.severity == .error }
        #expect(errors.map(\.code) == [.badCharacter, .unknownSecret], "\(errors)")
        #expect(errors.last?.help == "declare it: secret TOKEN")
        let (mended, _) = applyingFixes(of: errors, to: source.bytes)
        #expect(String(decoding: mended, as: UTF8.self) == sending("secrets.TOKEN", secret: ""))
        // Any other name is read as if the sign were not there.
        try expectMended(
            file(value: "$my_step.result"), file(value: "my_step.result"), .badCharacter, at: "$")
    }

    @Test func anEdgeWithoutItsDash() throws {
        try expectMended(file(edge: ">"), file(), .expected, at: ">")
    }

    @Test(arguments: [("\"a ${my_step.result\"", "\"a ${my_step.result}\"")])
    func aTextWhoseExpressionIsNotClosed(wrong: String, right: String) throws {
        try expectMended(file(value: wrong), file(value: right), .unclosedText, at: "${")
        try expectMended(
            file(value: "{ a: \(wrong), b: 1 }"), file(value: "{ a: \(right), b: 1 }"), .unclosedText,
            at: "${")
    }

    @Test(arguments: [("int", "3"), ("int", "-3"), ("number", "0.5"), ("bool", "true")])
    func aDefaultInQuotes(type: String, text: String) throws {
        try expectMended(
            file(inputs: "input n: \(type) = \"\(text)\"", value: "inputs.n"),
            file(inputs: "input n: \(type) = \(text)", value: "inputs.n"), .badDefault, at: "\"\(text)\"")
    }

    @Test(arguments: [("string[]", "list<text>"), ("[string]", "list<text>"), ("integer[]", "list<int>")])
    func aListOfAnotherLanguage(wrong: String, right: String) throws {
        try expectMended(
            file(inputs: "input items: \(wrong) = []", value: "inputs.items"),
            file(inputs: "input items: \(right) = []", value: "inputs.items"), .expected, at: wrong)
    }

    @Test func aNameWithADash() throws {
        try expectMended(
            file(value: "my-step.result"), file(value: "my_step.result"), .unknownName, at: "my-step")
    }

    @Test func aDifferenceIsNoName() {
        let text = file(inputs: "input n: int = 1\ninput my: int = 1", value: "inputs.n-inputs.my")
        #expect(!check(SourceText(name: "a.auto", text: text)).findings.hasErrors)
    }

    @Test func mapWithANumber() throws {
        try expectMended(
            file(value: "inputs.items.map(i, x, x + string(i))"),
            file(value: "inputs.items.transformList(i, x, x + string(i))"), .unknownName, at: "x")
    }

    @Test(arguments: ["\"yes\" | \"no\"", "[\"yes\", \"no\"]"])
    func aChoiceOfWords(wrong: String) throws {
        try expectMended(
            file(inputs: "input n: \(wrong)", value: "inputs.n"),
            file(inputs: "input n: one_of(\"yes\", \"no\")", value: "inputs.n"), .expected, at: wrong)
    }

    /// A size of memory that the step would refuse is found before it runs, and a good one is not.
    @Test(arguments: [
        ("\"1MB\"", false), ("\"lots\"", false), ("12", false), ("\"16MB\"", true), ("\"1 GiB\"", true),
        ("67108864", true),
    ])
    func memoryOfCode(size: String, isFine: Bool) {
        let text =
            "automation \"A\"\nSTART begin -> p\n"
            + "PYTHON p -> end { prompt_template { code: 'result = 1', memory: \(size) } }\n"
        let source = SourceText(name: "a.auto", text: text)
        let errors = check(source).findings.filter { $0.severity == .error }
        #expect(errors.map(\.code) == (isFine ? [] : [.badSetting]))
        #expect(errors.allSatisfy { $0.message.contains("from \"16MB\"") && source.text($0.span) == size })
    }

    /// Names of groups that PCRE2 refuses are told where they stand.
    @Test(arguments: [("(?<a-b>x)", 4), ("(?<a>x)(?<a>y)", 12), ("(?<1a>x)", 3)])
    func groupsOfRegularExpressions(pattern: String, offset: Int) throws {
        let head =
            "automation \"A\"\nSTART begin -> d\nDATA_TRANSFORM d -> end { prompt_template { input: \"x\", regex: '"
        let errors = check(SourceText(name: "a.auto", text: head + pattern + "' } }\n")).findings
            .filter { $0.severity == .error }
        #expect(errors.map(\.code) == [.badRegex])
        let start = try #require(errors.first).span.start - head.utf8.count
        #expect(abs(start - offset) <= 1)
    }

    /// What is written out for a function and would be refused by the run is told where it stands.
    @Test(arguments: [
        (#"regex.extract("a", "(")"#, Code.badRegex, ""),
        (#"regex.extractAll("a", "(a)(b)")"#, .badRegex, #""(a)(b)""#),
        (#"regex.replace("a", "(a)", "\\3")"#, .badRegex, #""\\3""#),
        (#"regex.replace("a", "[", "b")"#, .badRegex, #"""#),
        (#"regex.replace("a", inputs.items[0], "\\x")"#, .badRegex, #""\\x""#),
        // What is missing is missing at the pattern's end.
        (#""a".matches("[")"#, .badRegex, #"""#), (#"matches("a", "[")"#, .badRegex, #"""#),
        (#"format_time(session.started_at, "%Q")"#, .badSetting, #""%Q""#),
        (#"parse_time("1", "%Q")"#, .badSetting, #""%Q""#),
        (#"format_time(session.started_at, "%Y", "Europe/Berln")"#, .unknownZone, #""Europe/Berln""#),
        (#"session.started_at.getHours("Europe/Berln")"#, .unknownZone, #""Europe/Berln""#),
        ("chunk(inputs.items, 0)", .badSetting, "0"), ("chunk(inputs.items, -1)", .badSetting, "-1"),
    ])
    func argumentsThatTheRunRefuses(value: String, code: Code, place: String) throws {
        let source = SourceText(name: "a.auto", text: file(value: value))
        let errors = check(source).findings.filter { $0.severity == .error }
        #expect(errors.map(\.code) == [code], "\(render(errors, in: source, as: .terminal))")
        if !place.isEmpty { #expect(source.text(try #require(errors.first).span) == place) }
    }

    @Test(arguments: [
        #"regex.extract("a", "(a)")"#, #"regex.replace("a", "(a)", "\\1\\0")"#, "chunk(inputs.items, 1)",
        #"format_time(session.started_at, "%F %T", "+02:00")"#, #"session.started_at.getHours("UTC")"#,
        #"regex.extract("a", inputs.items[0])"#, #"format_time(session.started_at, "%Y", "Europe/Berlin")"#,
    ])
    func argumentsThatTheRunTakes(value: String) {
        #expect(!check(SourceText(name: "a.auto", text: file(value: value))).findings.hasErrors)
    }
}

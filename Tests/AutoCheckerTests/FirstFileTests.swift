import AutoChecker
import Diagnostics
import Testing
import Values

/// What first files hold: each slip is told once, and where only one thing can be meant, `--fix` writes it.
@Suite(.timeLimit(.minutes(1))) struct FirstFileTests: FirstFiles {
    // Commas

    @Test(arguments: [
        ("{ a: 1 b: \"x\" }", "{ a: 1, b: \"x\" }"), ("[1 \"x\"]", "[1, \"x\"]"),
        ("inputs.t.replace(\"a\" \"b\")", "inputs.t.replace(\"a\", \"b\")"),
        ("json({\"a\": 1 \"b\": 2})", "json({\"a\": 1, \"b\": 2})"),
        ("[{ a: 1 b: 2 }]", "[{ a: 1, b: 2 }]"), ("[1\n2]", "[1,\n2]"),
    ])
    func aMissingCommaInAValueIsToldOnce(wrong: String, right: String) throws {
        let result = checked(value(wrong))
        #expect(result.findings.filter { $0.severity == .error }.map(\.code) == [.missingComma])
        #expect(result.mended == value(right))
        #expect(!result.left.hasErrors)
    }

    @Test(arguments: [
        ("prompt_template { system: \"a\" user: \"b\" }", "prompt_template { system: \"a\", user: \"b\" }"),
        ("cache: true prompt_template { user: \"b\" }", "cache: true, prompt_template { user: \"b\" }"),
        (
            "retry: { attempts: 3 first_delay: 1s }, prompt_template { user: \"b\" }",
            "retry: { attempts: 3, first_delay: 1s }, prompt_template { user: \"b\" }"
        ),
        (
            "result: { a: text b: int }, prompt_template { user: \"b\" }",
            "result: { a: text, b: int }, prompt_template { user: \"b\" }"
        ),
        (
            "result: one_of(\"a\" \"b\"), prompt_template { user: \"b\" }",
            "result: one_of(\"a\", \"b\"), prompt_template { user: \"b\" }"
        ),
    ])
    func aMissingCommaInABlockIsToldOnce(wrong: String, right: String) throws {
        let result = checked(ask(wrong))
        #expect(result.findings.filter { $0.severity == .error }.map(\.code) == [.missingComma])
        #expect(result.mended == ask(right))
        #expect(!result.left.hasErrors)
    }

    /// The finding points between the two, where the comma belongs.
    @Test func theFindingStandsBetweenTheTwo() throws {
        let text = ask("prompt_template { system: \"a\" user: \"b\" }")
        let finding = try #require(check(SourceText(name: "a", text: text)).findings.first)
        let before = try #require(text.utf8.firstRange(of: Array(" user:".utf8)))
        let place = text.utf8.distance(from: text.startIndex, to: before.lowerBound)
        #expect(finding.span == Span(place, place + 1))
        #expect(finding.fix == FixIt(span: Span(place, place), replacement: ","))
    }

    @Test func aCommaIsMissingInForksTestsSelectorsAndPrograms() {
        let other =
            "DATA_TRANSFORM a -> end { prompt_template { value: 1 } }\nDATA_TRANSFORM b -> end { prompt_template { value: 1 } }\n"
        for text in [
            "automation \"A\"\nSTART begin -> [a b]\n\(other)",
            "automation \"A\"\nSTART s -> [a, b]\n\(other)test \"t\" { inputs: {} expect a.result == 1 }\n",
            "automation \"A\"\nSTART s -> p\nPYTHON p -> end { timeout: 3s, prompt_template { code: \"result = 1\" inputs: {} } }\n",
            "automation \"A\"\nSTART s -> p\nWEB_SCRAPE p -> end { timeout: 3s, prompt_template { html: \"\", select: { a: \"h1\" b: \"h2\" } } }\n",
        ] {
            let result = checked(text)
            #expect(result.findings.map(\.code) == [.missingComma], "\(text)")
            #expect(result.left.isEmpty, "\(result.mended)")
        }
    }

    // Signs and words of other languages, in a step's block.

    @Test(
        arguments: [
            ("prompt_template { user = \"b\" }", "prompt_template { user: \"b\" }"),
            ("prompt_template { user \"b\" }", "prompt_template { user: \"b\" }"),
            ("prompt_template { user := \"b\" }", "prompt_template { user: \"b\" }"),
            ("prompt_template: { user: \"b\" }", "prompt_template { user: \"b\" }"),
            ("prompt_template = { user: \"b\" }", "prompt_template { user: \"b\" }"),
            ("prompt_template { user: \"b\"; }", "prompt_template { user: \"b\" }"),
            ("prompt { user: \"b\" }", "prompt_template { user: \"b\" }"),
            ("\"prompt_template\" { user: \"b\" }", nil),
            (
                "retry: 3\nprompt_template { user: \"b\" }",
                "retry: { attempts: 3, first_delay: 1s }\nprompt_template { user: \"b\" }"
            ),
            ("prompt_template { prompt: \"b\" }", "prompt_template { user: \"b\" }"),
            ("prompt_template { user: Hello world }", "prompt_template { user: \"Hello world\" }"),
            (
                "prompt_template { user: \"say \"hi\" to\" }",
                "prompt_template { user: \"say \\\"hi\\\" to\" }"
            ),
            ("prompt_template { user: “hi” }", "prompt_template { user: \"hi\" }"),
            ("prompt_template { user: `hi x` }", "prompt_template { user: \"hi x\" }"),
            ("prompt_template { user: f\"hi\" }", "prompt_template { user: \"hi\" }"),
            ("prompt_template { user: ${inputs.x} }", "prompt_template { user: inputs.x }"),
            ("prompt_template { user: {{ inputs.x }} }", "prompt_template { user: inputs.x }"),
            ("prompt_template { user: \"one\ntwo\" }", "prompt_template { user: \"\"\"\none\ntwo\n\"\"\" }"),
            ("user: \"b\"", "prompt_template { user: \"b\" }"),
        ] as [(String, String?)])
    func slipsInABlock(wrong: String, right: String?) throws {
        let result = checked(ask(wrong))
        let errors = result.findings.filter { $0.severity == .error }
        #expect(errors.count == 1, "\(errors.map(\.message))")
        guard let right else { return }
        #expect(result.mended == ask(right))
        #expect(!result.left.hasErrors, "\(result.left.map(\.message))")
    }

    // Files

    @Test(arguments: [
        ("START begin: ask", "START begin -> ask"), ("START begin => ask", "START begin -> ask"),
        ("START begin → ask", "START begin -> ask"), ("START -> ask", "START begin -> ask"),
        ("start begin -> ask", "START begin -> ask"), ("START \"begin\" -> ask", "START begin -> ask"),
        ("START begin -> ask;", "START begin -> ask"),
        ("START begin -> ask // go", "START begin -> ask # go"),
        ("/* go */\nSTART begin -> ask", "# go\nSTART begin -> ask"),
    ])
    func slipsOfStart(wrong: String, right: String) {
        func file(_ start: String) -> String {
            "automation \"A\"\n\(start)\nLLM_CALL ask -> end { timeout: 3s, prompt_template { user: \"b\" } }\n"
        }
        let result = checked(file(wrong))
        #expect(result.findings.count == 1, "\(result.findings.map(\.message))")
        #expect(result.mended == file(right))
        #expect(result.left.isEmpty)
    }

    @Test(
        arguments: [
            ("automation: \"A\"", "automation \"A\""), ("automation My file", "automation \"My file\""),
            ("name \"A\"", "automation \"A\""), ("automation 'A'", nil),
            ("automation \"A\"\ninputs { x: text, y: int }", "automation \"A\"\ninput x: text\ninput y: int"),
            ("automation \"A\"\ninput x text", "automation \"A\"\ninput x: text"),
            ("automation \"A\"\ninput text x", "automation \"A\"\ninput x: text"),
            ("automation \"A\"\ninput x: string", "automation \"A\"\ninput x: text"),
            ("automation \"A\"\ninput x: text[]", "automation \"A\"\ninput x: list<text>"),
            ("automation \"A\"\ninput x: list of text", "automation \"A\"\ninput x: list<text>"),
            ("automation \"A\"\ninput x: [text]", "automation \"A\"\ninput x: list<text>"),
            ("automation \"A\"\ninput x: Array<text>", "automation \"A\"\ninput x: list<text>"),
            ("automation \"A\"\ninput x: \"a\" | \"b\"", "automation \"A\"\ninput x: one_of(\"a\", \"b\")"),
            (
                "automation \"A\"\ninput x: enum(\"a\", \"b\")",
                "automation \"A\"\ninput x: one_of(\"a\", \"b\")"
            ),
            ("automation \"A\"\ninput x: text default \"a\"", "automation \"A\"\ninput x: text = \"a\""),
            ("automation \"A\"\ninput x: bool = True", "automation \"A\"\ninput x: bool = true"),
            ("automation \"A\"\nsecret: KEY", "automation \"A\"\nsecret KEY"),
            ("automation \"A\"\ninput a: text input b: int", "automation \"A\"\ninput a: text\ninput b: int"),
        ] as [(String, String?)])
    func slipsOfDeclarations(wrong: String, right: String?) {
        func file(_ head: String) -> String { "\(head)\nSTART begin -> end\n" }
        let result = checked(file(wrong))
        let errors = result.findings.filter { $0.severity == .error }
        guard let right else {
            #expect(errors.isEmpty)
            return
        }
        #expect(errors.count == 1, "\(errors.map(\.message))")
        #expect(result.mended == file(right))
        #expect(!result.left.hasErrors, "\(result.left.map(\.message))")
    }

    @Test(arguments: [
        "LLM_CALL ask {\n  prompt_template { user: \"b\" }\n  -> end\n}",
        "LLM_CALL ask {\n  prompt_template { user: \"b\" }\n} -> end",
        "LLM_CALL ask {\n  prompt_template { user: \"b\" }\n  next: end\n}",
        "LLM_CALL ask -> end\n  prompt_template { user: \"b\" }",
        "LLM ask -> end { prompt_template { user: \"b\" } }",
        "step ask: LLM_CALL -> end { prompt_template { user: \"b\" } }",
        "LLM_CALL \"ask\" -> end { prompt_template { user: \"b\" } }",
        "LLM_CALL ask -> END { prompt_template { user: \"b\" } }",
    ])
    func slipsOfSteps(step: String) {
        let result = checked("automation \"A\"\nSTART begin -> ask\n\(step)\n")
        let errors = result.findings.filter { $0.severity == .error }
        #expect(errors.count == 1, "\(errors.map(\.message))")
        #expect(!result.left.hasErrors, "\(result.mended)\n\(result.left.map(\.message))")
    }

    @Test(arguments: [
        ("a: if inputs.n > 1 -> end\nb: else -> end", "a: when inputs.n > 1 -> end\nb: else -> end"),
        (
            "a: when inputs.n > 1 -> end\nb: else if inputs.n > 0 -> end\nc: else -> end",
            "a: when inputs.n > 1 -> end\nb: when inputs.n > 0 -> end\nc: else -> end"
        ),
        ("a: when inputs.n > 1 -> end\ndefault: -> end", "a: when inputs.n > 1 -> end\ndefault: else -> end"),
        ("a: when inputs.n = 1 -> end\nb: else -> end", "a: when inputs.n == 1 -> end\nb: else -> end"),
        ("a: when inputs.n === 1 -> end\nb: else -> end", "a: when inputs.n == 1 -> end\nb: else -> end"),
        (
            "a: when inputs.n > 1 and inputs.n < 3 -> end\nb: else -> end",
            "a: when inputs.n > 1 && inputs.n < 3 -> end\nb: else -> end"
        ),
        (
            "a: when not (inputs.n > 1) -> end\nb: else -> end",
            "a: when !(inputs.n > 1) -> end\nb: else -> end"
        ),
        ("a: when not inputs.n > 1 -> end\nb: else -> end", "a: when !(inputs.n > 1) -> end\nb: else -> end"),
        ("a: when inputs.n > 1 -> end\nelse -> end", "a: when inputs.n > 1 -> end\notherwise: else -> end"),
    ])
    func slipsOfDecisions(wrong: String, right: String) {
        func file(_ branches: String) -> String {
            "automation \"A\"\ninput n: int\nSTART begin -> d\nLOGIC_DECISION d { prompt_template {\n\(branches)\n} }\n"
        }
        let result = checked(file(wrong))
        let errors = result.findings.filter { $0.severity == .error }
        #expect(errors.count == 1, "\(errors.map(\.message))")
        #expect(result.mended == file(right))
        #expect(!result.left.hasErrors, "\(result.left.map(\.message))")
    }

    @Test(arguments: [
        ("1min", "1m"), ("30sec", "30s"), ("2hours", "2h"), ("1week", "7d"), ("250msec", "250ms"),
    ])
    func aUnitOfTimeInWordsIsMended(wrong: String, right: String) {
        let block = "  timeout: TIME\n  prompt_template { user: \"b\" }"
        func file(_ time: String) -> String {
            ask(block).replacing("timeout: 30s\n", with: "").replacing("TIME", with: time)
        }
        let result = checked(file(wrong))
        // It has a `timeout`: that it has none is not told.
        #expect(result.findings.map(\.code) == [.badLiteral], "\(result.findings)")
        #expect(result.mended == file(right) && !result.left.hasErrors)
    }

    /// What leads too far is no duration, and is not counted past what a number holds.
    @Test(arguments: ["99999999999999999weeks", "12abc"])
    func otherLettersBehindANumberAreNone(text: String) throws {
        let finding = try #require(checked(value(text)).findings.first { $0.severity == .error })
        #expect(finding.code == .badLiteral && finding.fix == nil)
    }

    @Test(arguments: [
        ("required input a: text\n", "input a: text\n"), ("export input a: text\n", "input a: text\n"),
        ("input a: text, \"What it is\"\n", "input a: text \"What it is\"\n"),
        ("input a: text, = \"x\"\n", "input a: text = \"x\"\n"),
        ("input:\n  a: text\n  b: int = 1\n", "input a: text\ninput b: int = 1\n"),
        ("inputs:\n  a: text \"What\"\n", "input a: text \"What\"\n"),
    ])
    func inputsOfOtherLanguagesAreMended(wrong: String, right: String) {
        let rest = "START begin -> d\nDATA_TRANSFORM d -> end { prompt_template { value: 1 } }\n"
        let result = checked("automation \"A\"\n" + wrong + rest)
        #expect(result.findings.filter { $0.severity == .error }.count == 1, "\(result.findings)")
        #expect(result.mended == "automation \"A\"\n" + right + rest)
    }

    /// The steps of a block are steps all the same: those that name them are right.
    @Test(arguments: ["try {", "if inputs.n > 1 {", "parallel {", "for item in inputs.items {"])
    func stepsInABlockOfStatementsAreRead(word: String) {
        let text = """
            automation "A"
            input n: int = 1
            START begin -> a
            \(word)
              DATA_TRANSFORM a -> b { prompt_template { value: inputs.n } }
              DATA_TRANSFORM b -> end { prompt_template { value: a.result } }
            }

            """
        let findings = checked(text).findings
        #expect(findings.map(\.code) == [.unknownDeclaration], "\(findings)")
    }

    @Test func aDefaultOfNullSaysWhatToDo() throws {
        let findings = checked(value("1", inputs: "input t: text = null\n")).findings
        let finding = try #require(findings.first { $0.severity == .error })
        #expect(finding.help?.contains("leave `= null` out") == true, "\(finding)")
    }

    @Test(arguments: ["yes: inputs.n > 1 -> end", "yes: inputs.n > 1 && true -> end"])
    func aConditionWithoutWhenIsToldOnce(branch: String) {
        let rest = "\n    no: else -> end\n  }\n}\n"
        let start =
            "automation \"A\"\ninput n: int = 1\nSTART begin -> d\nLOGIC_DECISION d {\n  prompt_template {\n    "
        let result = checked(start + branch + rest)
        #expect(result.findings.map(\.message) == ["a branch's condition stands behind `when`"])
        #expect(result.mended == start + branch.replacing("yes: ", with: "yes: when ") + rest)
        #expect(result.left.isEmpty, "\(result.left)")
    }

    @Test(arguments: [
        (
            "  temperature: 0.2\n  cache: true\n  prompt_template {\n    user: \"b\"\n  }",
            "  cache: true\n  prompt_template {\n    temperature: 0.2\n    user: \"b\"\n  }"
        ),
        (
            "  temperature: 0.2, prompt_template { user: \"b\" }",
            "  prompt_template { temperature: 0.2, user: \"b\" }"
        ),
    ])
    func aFieldAmongTheSettingsIsMoved(wrong: String, right: String) {
        let result = checked(ask(wrong))
        #expect(result.findings.filter { $0.severity == .error }.map(\.code) == [.unknownSetting])
        #expect(result.mended == ask(right))
    }

    @Test func aTestsFieldIsMendedAndReadOn() {
        let block = ask("  prompt_template { user: \"b\" }")
        func file(_ word: String) -> String {
            block
                + "test \"t\" {\n  \(word): { x: \"a\" }\n  replies: { ask: \"c\" }\n  expect ask.result == \"c\"\n}\n"
        }
        let result = checked(file("input"))
        #expect(result.findings.map(\.code) == [.unknownField] && result.mended == file("inputs"))
    }

    @Test func statementsInCapitalsAreNamed() throws {
        let text = "automation \"A\"\nSTART begin -> end\nFOR item in items {\n}\n"
        let finding = try #require(checked(text).findings.first { $0.code == .unknownDeclaration })
        #expect(finding.help?.contains("each: item in") == true)
    }

    @Test(arguments: ["[1, 2].map(x, y=x)", "size(value=inputs.t)", "[1].sortBy(x, key=x)"])
    func aNamedArgumentIsToldOnce(call: String) throws {
        let result = checked(value(call))
        #expect(
            result.findings.filter { $0.severity == .error }.map(\.message) == [
                "an argument has no name here"
            ])
        #expect(result.mended == value(call))
    }

    /// Two mends of one place: what is put around the branches, and a label in front of the first.
    @Test func branchesWithoutBlockAndLabelAreMendedOneAfterTheOther() {
        let steps = """
            START begin -> route
            LOGIC_DECISION route {
              when inputs.n == 1 -> one
              else -> end
            }
            DATA_TRANSFORM one -> end { prompt_template { value: 1 } }

            """
        let result = checked("automation \"A\"\ninput n: int = 1\n" + steps)
        #expect(!result.left.hasErrors, "\(result.mended) \(result.left)")
        #expect(result.mended.contains("to_one: when inputs.n == 1 -> one"), "\(result.mended)")
    }

    /// A name of one letter is near to each other one, and so to none.
    @Test func aNameOfOneLetterIsNotTakenForAnother() throws {
        let result = checked(value("m + k"))
        #expect(result.mended == value("m + k"))
        #expect(try #require(result.findings.first).help?.contains("did you mean") == false)
    }

    // Expressions

    @Test(arguments: [
        ("inputs.n > 1 ? True : False", "inputs.n > 1 ? true : false"),
        ("if inputs.n > 1 then \"a\" else \"b\"", "inputs.n > 1 ? \"a\" : \"b\""),
        ("\"a\" if inputs.n > 1 else \"b\"", "inputs.n > 1 ? \"a\" : \"b\""),
        ("[1, 2].map(x => x * 2)", "[1, 2].map(x, x * 2)"), ("\"a\" + inputs.n", "\"a\" + string(inputs.n)"),
        ("upper(inputs.t)", "inputs.t.upperAscii()"), ("inputs.t.toUpperCase()", "inputs.t.upperAscii()"),
        ("len(inputs.t)", "size(inputs.t)"), ("lenght(inputs.t)", "size(inputs.t)"),
        ("inputs.t.length", "inputs.t.size()"), ("inputs.t.length()", "size(inputs.t)"),
        ("inputs.t.startswith(\"a\")", "inputs.t.startsWith(\"a\")"),
        ("contains(inputs.t, \"a\")", "inputs.t.contains(\"a\")"), ("str(inputs.n)", "string(inputs.n)"),
        ("JSON.stringify(inputs)", "json(inputs)"), ("max(1, inputs.n)", "math.greatest(1, inputs.n)"),
        ("inputs.t.strip()", "inputs.t.trim()"), ("strip(inputs.t + \"x\")", "(inputs.t + \"x\").trim()"),
        ("[1].push(2)", "[1] + [2]"), ("sum([1])", "[1].sum()"), ("[1].unique()", "[1].distinct()"),
        ("max(1, 2)", "math.greatest(1, 2)"), ("max([1, 2])", "[1, 2].max()"),
        ("sorted([2, 1])", "[2, 1].sort()"),
        ("[1].average()", "[1].avg()"), ("[1].sort_by(x, x)", "[1].sortBy(x, x)"),
        ("isEmpty(inputs.t)", "size(inputs.t) == 0"),
        ("steps.begin.output", "begin.result"),
    ])
    func slipsOfExpressions(wrong: String, right: String) {
        let result = checked(value(wrong))
        let errors = result.findings.filter { $0.severity == .error }
        #expect(
            wrong.hasPrefix("steps") || errors.count == (wrong.contains("True") ? 2 : 1),
            "\(errors.map(\.message))")
        #expect(result.mended == value(right))
        #expect(!result.left.hasErrors, "\(result.left.map(\.message))")
    }

    /// What has no counterpart is answered with what to use instead, and is not mended by guessing.
    @Test(arguments: [
        ("now()", "has no clock"), ("random()", "can be repeated"), ("now()", "session.started_at"),
        ("print(inputs.t)", "in the records"), ("[1].orderBy(1)", "sortBy(x, x.field)"),
        ("upper()", "upperAscii"),
    ])
    func whatIsNotThere(wrong: String, word: String) throws {
        let findings = check(SourceText(name: "a", text: value(wrong))).findings.filter {
            $0.severity == .error
        }
        #expect(findings.map(\.code) == [.unknownFunction])
        #expect(try #require(findings.first?.help).contains(word))
        #expect(findings.first?.fix == nil)
    }
}

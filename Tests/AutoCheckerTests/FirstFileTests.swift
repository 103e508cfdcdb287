import AutoChecker
import Diagnostics
import Testing
import Values

/// What first files hold: each slip is told once, and where only one thing can be meant, `--fix` writes it.
@Suite(.timeLimit(.minutes(1))) struct FirstFileTests {
    private struct Checked {
        let findings: [Diagnostic]
        /// The file with its safe mends, applied until none is left.
        let mended: String
        let left: [Diagnostic]
    }

    private func checked(_ text: String) -> Checked {
        let findings = check(SourceText(name: "first.auto", text: text)).findings
        var bytes = Array(text.utf8)
        for _ in 0..<5 {
            let now = check(SourceText(name: "first.auto", bytes: bytes)).findings
            let (next, count) = applyingFixes(of: now, to: bytes)
            guard count > 0 else { break }
            bytes = next
        }
        let left = check(SourceText(name: "first.auto", bytes: bytes)).findings
        return Checked(findings: findings, mended: String(decoding: bytes, as: UTF8.self), left: left)
    }

    private func ask(_ block: String) -> String {
        "automation \"A\"\ninput x: text = \"\"\nSTART begin -> ask\nLLM_CALL ask -> end {\n  timeout: 30s\n\(block)\n}\n"
    }

    private func value(_ value: String, inputs: String = "input n: int = 1\ninput t: text = \"\"\n") -> String
    {
        "automation \"A\"\n\(inputs)START begin -> d\nDATA_TRANSFORM d -> end { prompt_template { value: \(value) } }\n"
    }

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

    // Texts

    @Test(arguments: [
        ("\"{x} y\"", "${inputs.x}"), ("\"$x y\"", "${inputs.x}"), ("\"{{x}} y\"", "${inputs.x}"),
        ("\"{inputs.x} y\"", "${inputs.x}"), ("'${inputs.x} y'", "\"${inputs.x} y\""),
    ])
    func foreignInterpolationsAreWarnedOf(text: String, mend: String) throws {
        let findings = check(SourceText(name: "a", text: ask("prompt_template { user: \(text) }"))).findings
        #expect(findings.map(\.code) == [.looksLikeExpression])
        #expect(try #require(findings.first?.fix).replacement == mend)
    }

    /// Prose, JSON and prices are none.
    @Test(arguments: ["\"{y} $5 $ {}\"", "\"{ \\\"x\\\": 1 }\"", "'${y}'", "\"\\\\{a} $y\""])
    func otherBracesAreLeftAlone(text: String) {
        let findings = check(SourceText(name: "a", text: ask("prompt_template { user: \(text) }"))).findings
        #expect(!findings.contains { $0.code == .looksLikeExpression })
    }

    @Test(arguments: [
        ("\"chart.png\"", false), ("\"https://example.org/a.png\"", true),
        ("\"data:image/png;base64,aa\"", true), ("3", false),
        ("\"file:chart.png\"", true), ("b\"GIF89a\"", true), ("\"data:image/png\"", false),
        ("\"data:image/png;base64,\"", false),
    ])
    func imagesAreLookedAt(image: String, isFine: Bool) {
        let text = ask("prompt_template { user: \"b\", images: [\(image)] }")
        let findings = check(SourceText(name: "a", text: text)).findings
        #expect(findings.contains { $0.code == .badSetting } == !isFine)
    }

    /// A list holds the texts themselves, and numbers are looked at as the search would.
    @Test(arguments: [
        ("documents: [\"a/*.md\", \"b/*.md\"]", Code.looksLikeExpression),
        ("documents: \"a/*.md\", top_k: 0", .badSetting), ("documents: \"a/*.md\", top_k: -2", .badSetting),
        ("documents: \"a/*.md\", chunk: 3", .badSetting),
    ])
    func searchesAreLookedAt(fields: String, code: Code) {
        let text =
            "automation \"A\"\nSTART a -> b\nEMBEDDING_SEARCH b -> end { prompt_template { query: \"q\", \(fields) } }"
        #expect(check(SourceText(name: "a", text: text)).findings.contains { $0.code == code })
    }

    @Test(arguments: [
        "documents: [\"5 * 3.\", \"**bold**\", \"a/b\"]", "documents: \"a/*.md\", top_k: 1, chunk: 0",
        "documents: \"a/*.md\", chunk: 50",
    ])
    func otherSearchesAreLeftAlone(fields: String) {
        let text =
            "automation \"A\"\nSTART a -> b\nEMBEDDING_SEARCH b -> end { prompt_template { query: \"q\", \(fields) } }"
        let findings = check(SourceText(name: "a", text: text)).findings
        #expect(!findings.contains { $0.code == .looksLikeExpression || $0.code == .badSetting })
    }

    /// What a read is to be replaced by is no null, which nothing can be added to.
    @Test func noNullIsOfferedForAnUnknownValue() throws {
        let findings = check(SourceText(name: "a", text: value("d.result + 1"))).findings
        let finding = try #require(findings.first { $0.code == .maybeUnassigned })
        #expect(finding.help?.contains(".orValue(") == true, "\(finding)")
        #expect(finding.help?.contains("null") == false, "\(finding)")
    }

    @Test func aWordOfTheFieldIsMeantBeforeAStepNearIt() throws {
        let text =
            "automation \"A\"\nSTART a -> get\nREST_API get -> end { prompt_template { url: \"https://example.org/\", method: GET } }"
        let findings = check(SourceText(name: "a", text: text)).findings
        let finding = try #require(findings.first { $0.code == .unknownName })
        #expect(finding.fix?.replacement == "\"GET\"", "\(finding)")
    }

    @Test func aFailureWithoutAMessageIsToldApart() throws {
        let text =
            ask("prompt_template { user: \"b\" }")
            + "\ntest \"t\" {\n  replies: { ask: { error: { kind: \"network\" } } }\n  expect true\n}\n"
        let findings = check(SourceText(name: "a", text: text)).findings
        let finding = try #require(findings.first { $0.code == .badTestValue })
        #expect(
            finding.help
                == "a failure says what went wrong: { error: { kind: \"network\", message: \"…\" } }")
    }

    // Broken files

    /// Files with signs put in and taken out: every finding and every mend lies inside the file, and a file that is mended
    /// can be checked again.
    @Test(arguments: 0..<40)
    func damagedFilesAreReadToTheirEnd(seed: Int) {
        var state = UInt64(seed + 1)
        func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(count))
        }
        let signs = Array("=;:{}[](),\"'->|$#/\n xnotif".utf8)
        var bytes = Array(
            (ask("  retry: { attempts: 3, first_delay: 1s }\n  prompt_template { user: \"a ${inputs.x} b\" }")
                + value("inputs.n > 1 ? [1, 2].map(x, x * 2) : [size(inputs.t)]")).utf8)
        for _ in 0..<(1 + next(4)) {
            let place = next(bytes.count)
            switch next(3) {
            case 0: bytes.remove(at: place)
            case 1: bytes.insert(signs[next(signs.count)], at: place)
            default: bytes = Array(bytes.prefix(max(place, 80)))
            }
        }
        let findings = check(SourceText(name: "a", bytes: bytes)).findings
        for finding in findings {
            #expect(finding.span.start <= finding.span.end && finding.span.end <= bytes.count)
            if let fix = finding.fix {
                #expect(fix.span.start <= fix.span.end && fix.span.end <= bytes.count)
            }
        }
        let (mended, _) = applyingFixes(of: findings, to: bytes)
        _ = check(SourceText(name: "a", bytes: mended)).findings
    }
}

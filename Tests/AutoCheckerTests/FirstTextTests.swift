import AutoChecker
import Diagnostics
import Testing

/// Texts in first files: what other languages fill in, and files that are damaged.
@Suite(.timeLimit(.minutes(1))) struct FirstTextTests: FirstFiles {
    /// What an f-string fills in is filled in: without the letter alone the text would be another one.
    @Test(arguments: [
        ("f\"Hi {inputs.t} and {inputs.n + 1}\"", "\"Hi ${inputs.t} and ${inputs.n + 1}\""),
        ("f'Hi {inputs.t}, {{braces}}'", "\"Hi ${inputs.t}, {braces}\""),
        ("[1].map(n, f\"Hi {n}\")", "[1].map(n, \"Hi ${n}\")"),
        ("f\"Hi\"", "\"Hi\""), ("u\"Hi {x}\"", "\"Hi {x}\""),
    ])
    func whatAnFStringFillsInIsMended(wrong: String, right: String) {
        let result = checked(value(wrong))
        #expect(result.findings.filter { $0.severity == .error }.count == 1, "\(result.findings)")
        #expect(result.mended == value(right))
        #expect(!result.left.hasErrors, "\(result.left)")
    }

    /// What says more than the value is not mended by half.
    @Test(arguments: ["f\"{inputs.n:.2f}\"", "f\"{inputs.n!r}\"", "f\"{inputs.n=}\"", "f\"a\\n{inputs.n}\""])
    func anotherFStringIsToldAlone(text: String) throws {
        let result = checked(value(text))
        let finding = try #require(result.findings.first)
        #expect(
            finding.fix == nil && finding.help?.contains("`${expression}` for each") == true, "\(finding)")
        #expect(result.mended == value(text))
    }

    @Test(arguments: [
        ("`Hi ${inputs.t}`", "\"Hi ${inputs.t}\""),
        ("`Hi ${inputs.t == \"\" ? \"you\" : inputs.t}`", "\"Hi ${inputs.t == \"\" ? \"you\" : inputs.t}\""),
        ("`say \"hi\", ${inputs.t}`", "\"say \\\"hi\\\", ${inputs.t}\""),
    ])
    func aTextInBackquotesIsMended(wrong: String, right: String) {
        let result = checked(value(wrong))
        #expect(result.findings.filter { $0.severity == .error }.count == 1, "\(result.findings)")
        #expect(result.mended == value(right))
        #expect(!result.left.hasErrors, "\(result.left)")
    }

    @Test func aTextOfSeveralLinesInBackquotesIsNamed() throws {
        let finding = try #require(checked(value("`Hi\n  ${inputs.t}\n`")).findings.first)
        #expect(finding.message == "backquotes hold a name, and no text of several lines", "\(finding)")
        #expect(finding.help?.contains("\"\"\"") == true)
    }

    @Test(arguments: ["\"${new Date().toISOString()}\"", "new Date()", "await inputs.t", "typeof inputs.t"])
    func aWordBeforeAnExpressionIsNamed(text: String) throws {
        let finding = try #require(checked(value(text)).findings.first)
        #expect(finding.message.hasPrefix("an expression has no `") && finding.help != nil, "\(finding)")
    }

    @Test(arguments: [
        ("inputs.t.?length", "inputs.t.size()"), ("inputs.t?.length", "inputs.t.size()"),
        ("inputs.t.length", "inputs.t.size()"),
    ])
    func aLengthIsMendedOnce(wrong: String, right: String) {
        let result = checked(value(wrong))
        #expect(result.mended == value(right) && !result.left.hasErrors, "\(result.mended) \(result.left)")
    }

    @Test(arguments: ["{{ steps.ask.output }}", "{{outputs.ask}}", "{{ steps.ask.outputs.text }}"])
    func anotherToolsStepsAreKnown(read: String) throws {
        let text =
            ask("prompt_template { user: \"b\" }").replacing("-> end", with: "-> last")
            + "LLM_CALL last -> end { timeout: 5s, prompt_template { user: \"Read \(read) now\" } }\n"
        let finding = try #require(checked(text).findings.first { $0.code == .looksLikeExpression })
        #expect(finding.help == "write ${ask.result}")
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

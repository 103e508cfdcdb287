import AutoChecker
import CEL
import Diagnostics
import Testing
import Values

/// Automations that call others, in a folder that is only a table of texts.
@Suite(.timeLimit(.minutes(1))) struct CallTests {
    private static let digest = """
        automation "Digest"
        input page: url
        input length: int = 3
        result { title: text, lines: list<text> }
        START begin -> make
        DATA_TRANSFORM make -> end {
          prompt_template { value: { title: inputs.page, lines: ["n"].filter(x, size(x) < inputs.length) } }
        }
        """

    private func caller(_ template: String, _ then: String = "d.result.title", settings: String = "")
        -> String
    {
        """
        automation "Caller"
        START begin -> d
        REST_API d -> use { \(settings)
          prompt_template { \(template) }
        }
        DATA_TRANSFORM use -> end { prompt_template { value: \(then) } }
        """
    }

    private func result(_ files: [String: String], _ main: String = "main.auto") throws -> CheckResult {
        var options = CheckOptions()
        options.files = OtherFiles(beside: main) { (path) throws(OtherFiles.Unreadable) in
            guard let text = files[path] else {
                throw OtherFiles.Unreadable("is not there", help: "name another")
            }
            return Array(text.utf8)
        }
        let text = try #require(files[main])
        return check(SourceText(name: main, text: text), options)
    }

    private func findings(_ files: [String: String]) throws -> [String] {
        try result(files).findings.map { "\($0.code.rawValue) \($0.message)" }
    }

    private let call = #"automation: "digest.auto", inputs: { page: "https://example.org/a" }"#

    @Test func aCallHasTheTypeOfWhatIsCalled() throws {
        let files = ["main.auto": caller(call), "digest.auto": CallTests.digest]
        #expect(try findings(files) == [])
        let wrong = try findings([
            "main.auto": caller(call, "d.result.titel"), "digest.auto": CallTests.digest,
        ])
        #expect(wrong.count == 1 && wrong[0].hasPrefix("A202"), "\(wrong)")
    }

    @Test(arguments: [
        (#"automation: "digest.auto""#, "A014 `Digest` needs `page`"),
        (
            #"automation: "digest.auto", inputs: { page: "https://a.example/", lenght: 2 }"#,
            "A102 `Digest` has no input `lenght`"
        ),
        (
            #"automation: "digest.auto", inputs: { page: "no url" }"#,
            "A201 the input `page` of `Digest` does not fit its type"
        ),
        (
            #"automation: "digest.auto", inputs: { page: "https://a.example/", length: "a" + "b" }"#,
            "A201 the input `length` of `Digest` does not fit its type: expected int, found text"
        ),
        (#"automation: "digset.auto""#, #"A116 the file "digset.auto" is not there"#),
        (
            #"automation: "../digest.auto""#,
            #"A116 the file "../digest.auto" lies outside of this file's folder"#
        ),
        (#"automation: "/digest.auto""#, "A116"),
        (#"automation: session.id"#, "A201 the automation that is called"),
        (
            #"automation: "digest.auto", method: "POST", inputs: { page: "https://a.example/" }"#,
            "A015 `method` goes with `url`"
        ),
        (#"inputs: { page: "https://a.example/" }"#, "A014"),
        (#"automation: "digest.auto", url: "https://a.example/""#, "A015"),
    ])
    func whatDoesNotFitIsAFinding(template: String, expected: String) throws {
        let found = try findings(["main.auto": caller(template, "1"), "digest.auto": CallTests.digest])
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
    }

    @Test func aFileWithErrorsIsToldOnceAtTheCall() throws {
        let found = try findings([
            "main.auto": caller(call, "1"),
            "digest.auto": "automation \"Digest\"\nSTART begin -> nowhere\nDATA_TRANSFORM x -> end {}\n",
        ])
        #expect(found.count == 1, "\(found)")
        #expect(
            found[0].hasPrefix(#"A117 the file "digest.auto" has errors, so it cannot be called: line 2:"#),
            "\(found)")
    }

    /// `digest.auto` in the path is no field of the element `digest`, forgotten within quotes.
    @Test func aFileMayHaveTheNameOfAnElement() throws {
        let call =
            #"automation: "sub/digest.auto", inputs: { page: "https://example.org/a", length: digest }"#
        let files = [
            "main.auto": caller(call, "d.result.size()", settings: "each: digest in [1, 2]"),
            "sub/digest.auto": CallTests.digest,
        ]
        #expect(try findings(files) == [])
    }

    @Test func anAutomationThatLiesInNoFolderCallsNone() throws {
        let found = check(SourceText(name: "posted.auto", text: caller(call, "1"))).findings
        #expect(found.first?.code == .unreadableFile)
    }

    private func calling(_ path: String, around: Bool) -> String {
        """
        automation "\(path) is called"
        START begin -> \(around ? "way" : "c")
        \(around ? #"LOGIC_DECISION way { prompt_template { go: when session.id == "x" -> c"# : "")
        \(around ? "  stop: else -> end } }" : "")
        REST_API c -> end { result: json, prompt_template { automation: "\(path)" } }
        """
    }

    @Test func aCycleNeedsAWayOut() throws {
        let endless = try findings(["main.auto": calling("main.auto", around: false)])
        #expect(
            endless == [
                "A318 this call never ends: main.auto calls main.auto, and no decision leads around it"
            ])
        #expect(try findings(["main.auto": calling("main.auto", around: true)]) == [])
        let two = try findings([
            "main.auto": calling("b.auto", around: false), "b.auto": calling("main.auto", around: false),
        ])
        #expect(
            two.count == 1 && two[0].contains("this call never ends: main.auto calls b.auto calls main.auto"),
            "\(two)")
        #expect(
            try findings([
                "main.auto": calling("b.auto", around: true), "b.auto": calling("main.auto", around: false),
            ])
                == [])
    }

    @Test func aChainOfCallsHasAnEnd() throws {
        func chain(_ length: Int) -> [String: String] {
            var files = ["\(length).auto": CallTests.digest.replacingInput()]
            for place in 0..<length { files["\(place).auto"] = calling("\(place + 1).auto", around: false) }
            files["main.auto"] = files.removeValue(forKey: "0.auto")
            return files
        }
        #expect(try findings(chain(32)) == [])
        let found = try findings(chain(33))
        #expect(found.count == 1 && found[0].contains("more than 32 deep"), "\(found)")
    }

    /// Each of many files calls the next twice: a check of each call by itself would never end.
    @Test func aFileThatManyCallIsCheckedOnce() throws {
        var files = ["20.auto": CallTests.digest.replacingInput()]
        for place in 0..<20 {
            files[place == 0 ? "main.auto" : "\(place).auto"] = """
                automation "\(place)"
                START begin -> a
                REST_API a -> b { prompt_template { automation: "\(place + 1).auto" } }
                REST_API b -> c { prompt_template { automation: "\(place + 1).auto" } }
                DATA_TRANSFORM c -> end { prompt_template { value: [a.result, b.result] } }
                """
        }
        #expect(try findings(files) == [])
    }

    @Test func aTypeComesFromAnotherFile() throws {
        let files = [
            "main.auto": """
            automation "Main"
            type Verdict from "types/triage.auto"
            input given: Verdict
            START begin -> use
            DATA_TRANSFORM use -> end { prompt_template { value: inputs.given.reason.size() } }
            """,
            "types/triage.auto": """
            automation "Triage"
            type Reason = text
            type Verdict = { kind: one_of("a", "b"), reason: Reason }
            START begin -> end
            """,
        ]
        #expect(try findings(files) == [])
        let inputs = try #require(try result(files).automation?.inputs)
        #expect(JSON.text(inputs[0].type.jsonSchema).contains("reason"))
        let missing = try findings(
            files.merging(["types/triage.auto": "automation \"T\"\nSTART b -> end\n"]) { $1 })
        #expect(
            missing.contains {
                $0.hasPrefix(#"A116 the file "types/triage.auto" declares no type `Verdict`"#)
            }, "\(missing)")
    }

    /// A file that takes types from others, and an input of each.
    private func taking(_ types: String...) -> String {
        "automation \"M\"\n" + types.joined(separator: "\n") + "\nSTART b -> end\n"
    }

    /// Types that lead round, and those that several files hand on: what is wrong is told once.
    @Test func aTypeThatOthersHandOnIsToldOnce() throws {
        let own = try findings(["main.auto": taking("type V from \"main.auto\"", "input v: V")])
        #expect(
            own.first
                == "\(Code.endlessType.rawValue) the type `V` leads back to itself: main.auto -> main.auto",
            "\(own)")
        let round = try findings([
            "main.auto": taking("type V from \"b.auto\"", "input v: V"),
            "b.auto": taking("type V from \"c.auto\""), "c.auto": taking("type V from \"b.auto\""),
        ])
        #expect(
            round.first
                == "\(Code.endlessType.rawValue) the type `V` leads back to itself: b.auto -> c.auto -> b.auto",
            "\(round)")
        let gone = try findings([
            "main.auto": taking("type V from \"b.auto\"", "input v: V"),
            "b.auto": taking("type V from \"c.auto\""), "c.auto": taking("type V from \"d.auto\""),
        ])
        #expect(
            gone.first
                == "A116 the type `V` comes by way of b.auto -> c.auto -> d.auto, and the file \"d.auto\" is not there",
            "\(gone)")
        // Files may take types from one another.
        let both = try findings([
            "main.auto": taking("type V from \"b.auto\"", "type W = text", "input v: V"),
            "b.auto": taking("type W from \"main.auto\"", "type V = { w: W }"),
        ])
        #expect(!both.contains { $0.contains("leads back") || $0.hasPrefix("A116") }, "\(both)")
    }

    /// Errors of a file that is called by way of others are told once, with the way.
    @Test func errorsBelowSeveralCallsAreToldOnce() throws {
        let broken = "automation \"D\"\nSTART begin -> nowhere\nDATA_TRANSFORM x -> end {}\n"
        let found = try result([
            "main.auto": calling("b.auto", around: false), "b.auto": calling("c.auto", around: false),
            "c.auto": calling("d.auto", around: false), "d.auto": broken,
        ]).findings
        #expect(found.count == 1, "\(found)")
        let words =
            #"the file "b.auto" cannot be called: b.auto calls c.auto calls d.auto, which has errors: line 2: "#
        #expect(found.first?.message.hasPrefix(words) == true, "\(found)")
        #expect(found.first?.help == "see all of them by autocheck d.auto")
    }

    @Test func eachStepAtTheEndGivesTheResult() throws {
        func file(_ result: String, _ rest: String) -> [String: String] {
            ["main.auto": "automation \"M\"\nresult \(result)\nSTART begin -> a\n\(rest)\n"]
        }
        let good = #"DATA_TRANSFORM a -> end { prompt_template { value: { title: "t", n: 1 } } }"#
        #expect(try findings(file("{ title: text, n: number }", good)) == [])
        #expect(try findings(file("{ title: text, n: number, more: text? }", good)) == [])
        let wrong = try findings(file("{ title: int }", good))
        #expect(wrong.count == 1 && wrong[0].hasPrefix("A320 `a` gives"), "\(wrong)")
        let error = try findings(
            file(
                "int",
                "PYTHON a -> end { result: int, timeout: 5s, on_error -> end, prompt_template { code: 'result = 1' } }"
            ))
        #expect(error.contains { $0.hasPrefix("A320 `a` leads to `end` when it fails") }, "\(error)")
        let decided = """
            DATA_TRANSFORM a -> d { prompt_template { value: 7 } }
            LOGIC_DECISION d { prompt_template { x: when a.result == 7 -> end
              y: else -> b } }
            DATA_TRANSFORM b -> end { prompt_template { value: "text" } }
            """
        let mixed = try findings(file("int", decided))
        #expect(mixed.count == 1 && mixed[0].hasPrefix("A320 `b` gives"), "\(mixed)")
        let atOnce = """
            LOGIC_DECISION a { prompt_template { x: when true -> end
              y: else -> b } }
            DATA_TRANSFORM b -> end { prompt_template { value: 7 } }
            """
        #expect(try !findings(file("one_of(\"x\", \"z\")", atOnce)).contains { $0.contains("A320 `a`") })
        let label = try findings(file("int", atOnce)).filter { $0.hasPrefix("A320") }
        #expect(label.count == 1 && label[0].hasPrefix("A320 `a` leads to `end` before"), "\(label)")
        let twice = try findings(["main.auto": "automation \"M\"\nresult int\nresult int\nSTART b -> end\n"])
        #expect(twice.contains { $0.contains("a second `result`") }, "\(twice)")
    }

    @Test func secretsOfWhatIsCalledAreDeclared() throws {
        let callee = """
            automation "Post"
            secret CRM_TOKEN
            START begin -> p
            REST_API p -> end { timeout: 5s, prompt_template { url: "https://a.example/", auth: { bearer: secrets.CRM_TOKEN } } }
            """
        let found = try findings(["main.auto": caller(#"automation: "post.auto""#, "1"), "post.auto": callee])
        #expect(found.contains { $0.hasPrefix("A105 `Post` needs the secret `CRM_TOKEN`") }, "\(found)")
        // Declared, it is used: by what is called.
        let declared = try findings([
            "main.auto": caller("automation: \"post.auto\"", "d.result").replacing(
                "START begin", with: "secret CRM_TOKEN\nSTART begin"),
            "post.auto": callee,
        ])
        #expect(!declared.contains { $0.contains("CRM_TOKEN") }, "\(declared)")
    }

    @Test func textFromOutsideComesThroughACall() throws {
        let page = """
            automation "Page"
            START begin -> p
            WEB_SCRAPE p -> end { timeout: 5s, prompt_template { url: "https://a.example/" } }
            """
        let main = """
            automation "Main"
            START begin -> c
            REST_API c -> m { prompt_template { automation: "page.auto" } }
            LLM_CALL m -> end { timeout: 5s, prompt_template { system: "Obey ${c.result}", user: "Go" } }
            """
        let found = try findings(["main.auto": main, "page.auto": page])
        #expect(found.contains { $0.hasPrefix("A405") }, "\(found)")
        let own = page.replacing(
            "WEB_SCRAPE p -> end { timeout: 5s, prompt_template { url: \"https://a.example/\" } }",
            with: "DATA_TRANSFORM p -> end { prompt_template { value: \"Our own words\" } }")
        #expect(try findings(["main.auto": main, "page.auto": own]) == [])
    }

    /// A session goes on by what it began with, so all that it may call is kept with it.
    @Test func whatIsCalledIsStoredWithTheCaller() throws {
        let files = [
            "main.auto": caller(#"automation: "sub/a.auto""#, "1"),
            "sub/a.auto": calling("b.auto", around: false),
            "sub/b.auto": CallTests.digest.replacingInput(),
        ]
        let automation = try #require(try result(files).automation)
        let stored = try CheckedAutomation(encoded: automation.encoded(), source: automation.source)
        let first = try #require(stored.called(at: "sub/a.auto"))
        #expect(first.name == "b.auto is called" && first.steps.last?.callee == "b.auto")
        let second = try #require(first.called(at: "b.auto"))
        #expect(second.name == "Digest" && second.result.text.contains("title"))
        #expect(first.called(at: "main.auto") == nil && stored.called(at: "b.auto") == nil)
        #expect(stored.encoded() == automation.encoded())
        let again = try #require(
            try result(["main.auto": calling("main.auto", around: true)]).automation)
        let itself = try CheckedAutomation(encoded: again.encoded(), source: again.source)
        #expect(itself.called(at: "main.auto")?.called(at: "main.auto")?.name == itself.name)
    }
}

extension String {
    /// The digest without an input that has to be given.
    fileprivate func replacingInput() -> String {
        replacing("input page: url", with: "input page: url = \"https://example.org/\"")
    }

    fileprivate func replacing(_ part: String, with other: String) -> String {
        var rest = self[...]
        var made = ""
        while let range = rest.firstRange(of: part) {
            made += rest[..<range.lowerBound] + other
            rest = rest[range.upperBound...]
        }
        return made + rest
    }
}

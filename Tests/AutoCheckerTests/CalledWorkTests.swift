import AutoChecker
import Diagnostics
import StepKinds
import Testing
import Values

/// What a run can come to counts what the automations come to that it calls.
@Suite(.timeLimit(.minutes(1))) struct CalledWorkTests {
    private static let digest = """
        automation "Digest"
        input page: text
        result text
        START begin -> fetch
        REST_API fetch -> think { timeout: 5s, prompt_template { url: "https://example.org/" } }
        LLM_CALL think -> end {
          timeout: 5s
          retry: { attempts: 2 }
          prompt_template { user: inputs.page, model: "gpt-4o", max_tokens: 100 }
        }
        """

    private func caller(_ header: String = "", each: String = "", automation: String = "digest.auto")
        -> String
    {
        """
        automation "Caller"
        \(header)
        input pages: list<text>
        START begin -> d
        REST_API d -> end {
          \(each)
          prompt_template { automation: "\(automation)", inputs: { page: "x" } }
        }
        """
    }

    private func files(_ texts: [String: String]) -> CheckOptions {
        var options = CheckOptions()
        options.files = OtherFiles(beside: "main.auto") { (path) throws(OtherFiles.Unreadable) in
            guard let text = texts[path] else { throw OtherFiles.Unreadable("is not there", help: "") }
            return Array(text.utf8)
        }
        return options
    }

    private func plan(_ main: String, _ others: [String: String]) throws -> RunPlan {
        let texts = others.merging(["main.auto": main]) { $1 }
        return try #require(RunPlan(SourceText(name: "main.auto", text: main), inputs: [:], files(texts)))
    }

    private func findings(_ main: String, _ others: [String: String]) -> [Diagnostic] {
        let texts = others.merging(["main.auto": main]) { $1 }
        return check(SourceText(name: "main.auto", text: main), files(texts)).findings.filter {
            $0.code == .overMaxCost
        }
    }

    @Test func callsMultiply() throws {
        let main = caller(each: #"each: w in ["a", "b", "c"]"#)
        let steps = try plan(main, ["digest.auto": CalledWorkTests.digest]).steps
        #expect(steps.map(\.name) == ["begin", "d", "d.begin", "d.fetch", "d.think"])
        #expect(steps.last?.bound.calls == 6)
        #expect(steps.first { $0.name == "d.fetch" }?.wayOut == .server)
    }

    @Test func eachTryOfACallCounts() throws {
        let main = caller(each: "retry: { attempts: 4 }")
        let steps = try plan(main, ["digest.auto": CalledWorkTests.digest]).steps
        #expect(steps.last?.bound.calls == 8)
    }

    @Test func callsGoOnThroughSeveralFiles() throws {
        let between = caller(each: #"each: w in ["a", "b"]"#).replacing(
            "input pages: list<text>", "input page: text")
        let main = caller(each: #"each: w in ["a", "b", "c"]"#, automation: "between.auto")
        let steps = try plan(main, ["digest.auto": CalledWorkTests.digest, "between.auto": between]).steps
        #expect(steps.last?.name == "d.d.think" && steps.last?.bound.calls == 12)
    }

    @Test func aListOfAnyLengthLeavesItOpen() throws {
        let main = caller("max_cost 9", each: "each: w in inputs.pages")
        let steps = try plan(main, ["digest.auto": CalledWorkTests.digest]).steps
        #expect(steps.last?.bound.calls == nil)
        let found = findings(main, ["digest.auto": CalledWorkTests.digest])
        #expect(
            found.count == 1 && found[0].message.hasPrefix("how many model calls a run makes has no bound"))
        #expect(
            found.first?.notes.first?.label.hasPrefix("this asks in `d.think` once for each element") == true)
    }

    @Test func maxCostCountsWhatIsCalled() {
        let found = findings(caller("max_cost 1"), ["digest.auto": CalledWorkTests.digest])
        #expect(found.map(\.message) == ["a run can make 2 model calls, and `max_cost` allows 1"])
        #expect(found.first?.notes.first?.label == "2 of them in `d.think`: 1 visits, 2 calls each")
        #expect(findings(caller("max_cost 2"), ["digest.auto": CalledWorkTests.digest]).isEmpty)
    }

    @Test func dollarsCountWhatIsCalled() {
        let found = findings(caller("max_cost $0.0001"), ["digest.auto": CalledWorkTests.digest])
        #expect(found.count == 1 && found[0].message.hasPrefix("a run's model calls can cost $"), "\(found)")
        #expect(found.first?.notes.first?.label.contains("of them in `d.think`: 2 calls") == true)
    }

    /// Nothing but the depth of calls bounds a recursion, and that is no bound to reckon with.
    @Test func aRecursionHasNoBound() throws {
        let main = """
            automation "Again"
            max_cost 5
            input more: bool = false
            START begin -> think
            LLM_CALL think -> d { timeout: 5s, prompt_template { user: "x", max_tokens: 9 } }
            LOGIC_DECISION d { prompt_template { yes: when inputs.more -> again
              no: else -> end } }
            REST_API again -> end { prompt_template { automation: "main.auto", inputs: { more: false } } }
            """
        #expect(try plan(main, [:]).recursions == ["again"])
        let found = findings(main, [:])
        #expect(
            found.count == 1 && found[0].message.hasPrefix("how many model calls a run makes has no bound"))
        #expect(
            found.first?.notes.first?.label == "`again` calls an automation that leads back to itself")
        let asking = main.replacing(
            #"LLM_CALL think -> d { timeout: 5s, prompt_template { user: "x", max_tokens: 9 } }"#,
            "DATA_TRANSFORM think -> d { prompt_template { value: 1 } }")
        #expect(findings(asking, [:]).isEmpty)
    }

    /// Files that call one another twice each, thirty deep, come to a thousand million steps.
    @Test func doublingIsCut() throws {
        var others: [String: String] = [:]
        for number in 0..<30 {
            others["f\(number).auto"] = """
                automation "F\(number)"
                START begin -> a
                REST_API a -> b { prompt_template { automation: "f\(number + 1).auto" } }
                REST_API b -> end { prompt_template { automation: "f\(number + 1).auto" } }
                """
        }
        others["f30.auto"] = """
            automation "Last"
            START begin -> think
            LLM_CALL think -> end { timeout: 5s, prompt_template { user: "x", max_tokens: 9 } }
            """
        let main = others.removeValue(forKey: "f0.auto") ?? ""
        let plan = try self.plan(main, others)
        #expect(plan.hasMoreSteps && plan.steps.count == 1_000)
    }
}

extension String {
    fileprivate func replacing(_ part: String, _ other: String) -> String {
        guard let range = firstRange(ofText: part) else { return self }
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}

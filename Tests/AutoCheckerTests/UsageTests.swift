import AutoChecker
import Diagnostics
import Testing

/// What is told of as used by nobody.
@Suite(.timeLimit(.minutes(1))) struct UsageTests {
    private func findings(_ texts: [String: String]) throws -> [Diagnostic] {
        var options = CheckOptions()
        options.files = OtherFiles(beside: "main.auto") { (path) throws(OtherFiles.Unreadable) in
            guard let text = texts[path] else { throw OtherFiles.Unreadable("is not there", help: "") }
            return Array(text.utf8)
        }
        return check(SourceText(name: "main.auto", text: try #require(texts["main.auto"])), options).findings
    }

    private static let caller = """
        automation "Caller"
        START begin -> call
        REST_API call -> last { prompt_template { automation: "part.auto" } }
        DATA_TRANSFORM last -> end { prompt_template { value: 1 } }
        """

    private static func part(_ step: String) -> String {
        """
        automation "Part"
        START begin -> only
        \(step)
        """
    }

    /// A call whose result nobody reads may be made for what it does.
    @Test(arguments: [
        #"REST_API only -> end { timeout: 5s, prompt_template { method: "POST", url: "https://example.org/" } }"#,
        #"DATA_TRANSFORM only -> end { prompt_template { value: "x", write: "x.txt" } }"#,
        #"GET_USER_INPUT only -> end { prompt_template { message: "Is it done?" } }"#,
    ])
    func aCallMayBeMadeForItsEffect(step: String) throws {
        #expect(try findings(["main.auto": UsageTests.caller, "part.auto": UsageTests.part(step)]).isEmpty)
    }

    @Test func aCallThatOnlyComputesIsMadeForItsResult() throws {
        let part = UsageTests.part("DATA_TRANSFORM only -> end { prompt_template { value: 2 } }")
        let found = try findings(["main.auto": UsageTests.caller, "part.auto": part])
        #expect(found.map(\.code) == [.unusedResult])
    }
}

import AutoChecker
import AutoRuntime
import Diagnostics
import Testing

/// The checker stands below the records and lists their statuses again, for what `expect` may compare.
@Suite(.timeLimit(.minutes(1))) struct StatusTests {
    private func comparison(with status: String) -> Diagnostic? {
        let text = """
            automation "T"
            START begin -> end
            test "t" {
              expect session.status == "\(status)"
            }

            """
        return check(SourceText(name: "t.auto", text: text)).findings.first { $0.code == .constantComparison }
    }

    @Test(arguments: Status.allCases) func eachCanBeExpected(status: Status) {
        #expect(comparison(with: status.rawValue) == nil)
    }

    @Test func othersCanNot() throws {
        let finding = try #require(comparison(with: "DONE"))
        let statuses = inWords(Status.allCases.map(\.rawValue), quoted: "\"")
        #expect(finding.help == "it is one of \(statuses)")
    }
}

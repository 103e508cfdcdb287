import AutoChecker
import AutoRuntime
import Diagnostics
import Values

/// Results of tests, written out.
struct TestReport {
    let suites: [TestSuite]
    let showsCoverage: Bool
    let colour: Bool
    /// How wide the terminal is; nil where there is none.
    let columns: Int?

    private var all: [TestOutcome] { suites.flatMap(\.outcomes) }

    /// Whether the files have tests, run or not.
    private var hasTests: Bool { suites.contains { !$0.automation.tests.isEmpty } }

    /// Whether the files have tests of which none was to run.
    var leavesAllOut: Bool { hasTests && all.isEmpty }

    var terminal: String {
        var out = ""
        for suite in suites {
            if suite.outcomes.isEmpty { continue }
            out += "\(safe(suite.file))\n"
            for outcome in suite.outcomes {
                let mark = outcome.passed ? paint("ok  ", "32") : paint("FAIL", "1;31")
                out += "  \(mark) \(safe(outcome.test.name)) (\(time(outcome)))\n"
                for failure in outcome.failures {
                    out += fittingLines(lines(failure, suite), columns: columns)
                }
            }
            if showsCoverage { out += fittingLines(coverage(suite), columns: columns) }
        }
        if showsCoverage { out += fittingLines(untested, columns: columns) }
        let failed = all.filter { !$0.passed }.count
        if leavesAllOut { return out + "no test ran\n" }
        if all.isEmpty {
            return out + "no test ran: write `test \"what it shows\" { … }` into a file\n"
        }
        return out + "\(all.count - failed) passed, \(failed) failed\n"
    }

    private func lines(_ failure: TestOutcome.Failure, _ suite: TestSuite) -> String {
        let place = suite.automation.source.position(at: failure.span.start)
        let text = failure.text.split(separator: "\n").joined(separator: " ")
        var out = "       \(safe(suite.file)):\(place.line):\(place.column): \(safe(text))\n"
        for line in failure.seen { out += "         \(safe(line))\n" }
        return out
    }

    private func coverage(_ suite: TestSuite) -> String {
        let coverage = suite.coverage
        var out = "  \(coverage.taken) of \(coverage.total) steps, branches and error edges are taken\n"
        for gap in coverage.gaps {
            let place = suite.automation.source.position(at: gap.span.start)
            out += "       \(safe(suite.file)):\(place.line):\(place.column): no test takes \(gap.name)\n"
        }
        return out
    }

    /// Files without tests are counted: that nothing of them is taken would say no more, on many lines.
    private var untested: String {
        let files = suites.filter(\.automation.tests.isEmpty).map { safe($0.file) }
        if files.isEmpty { return "" }
        return files.count == 1
            ? "1 file has no tests: \(files[0])\n"
            : "\(files.count) files have no tests: \(files.joined(separator: ", "))\n"
    }

    /// Milliseconds below a tenth of a second, since most tests take no longer; else as any other time.
    private func time(_ outcome: TestOutcome) -> String {
        let whole = milliseconds(outcome)
        return whole < 100 ? "\(whole) ms" : durationText(seconds: Double(whole) / 1_000)
    }

    private func milliseconds(_ outcome: TestOutcome) -> Int64 { outcome.duration / 1_000_000 }

    private func paint(_ text: String, _ code: String) -> String {
        colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// The XML that CI servers read: a suite a file.
    var junit: String {
        let failed = all.filter { !$0.passed }.count
        var out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        out += "<testsuites tests=\"\(all.count)\" failures=\"\(failed)\" time=\"\(seconds(all))\">\n"
        for suite in suites where !suite.outcomes.isEmpty {
            let failures = suite.outcomes.filter { !$0.passed }.count
            out +=
                "  <testsuite name=\"\(xml(suite.file))\" tests=\"\(suite.outcomes.count)\" failures=\"\(failures)\" time=\"\(seconds(suite.outcomes))\">\n"
            for outcome in suite.outcomes { out += testCase(outcome, suite) }
            out += "  </testsuite>\n"
        }
        return out + "</testsuites>\n"
    }

    private func testCase(_ outcome: TestOutcome, _ suite: TestSuite) -> String {
        let place = suite.automation.source.position(at: outcome.test.span.start)
        let head =
            "    <testcase classname=\"\(xml(suite.file))\" name=\"\(xml(outcome.test.name))\" file=\"\(xml(suite.file))\" line=\"\(place.line)\" time=\"\(seconds([outcome]))\""
        guard !outcome.passed else { return head + "/>\n" }
        let failures = outcome.failures.map { failure in
            "      <failure message=\"\(xml(failure.text))\">\(xml(failure.seen.joined(separator: "\n")))</failure>\n"
        }
        return head + ">\n" + failures.joined() + "    </testcase>\n"
    }

    private func seconds(_ outcomes: [TestOutcome]) -> String {
        let milliseconds = outcomes.reduce(0) { $0 + $1.duration } / 1_000_000
        return "\(milliseconds / 1_000).\(String(milliseconds % 1_000).leftPadded(to: 3))"
    }

    /// Text in XML; characters that XML has no way to write are left out.
    private func xml(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "\n": out += "&#10;"
            case "\t": out += " "
            default:
                if scalar.value >= 0x20, scalar.value != 0xFFFE, scalar.value != 0xFFFF {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        return out
    }

    var json: Value {
        .record([
            ("passed", .int(Int64(all.filter(\.passed).count))),
            ("failed", .int(Int64(all.filter { !$0.passed }.count))),
            ("files", .list(suites.map(fileJSON))),
        ])
    }

    private func fileJSON(_ suite: TestSuite) -> Value {
        var fields: [(String, Value)] = [
            ("file", .string(suite.file)),
            ("tests", .list(suite.outcomes.map { testJSON($0, suite) })),
        ]
        if showsCoverage, !suite.outcomes.isEmpty {
            fields.append(
                (
                    "coverage",
                    .record([
                        ("taken", .int(Int64(suite.coverage.taken))),
                        ("total", .int(Int64(suite.coverage.total))),
                        ("gaps", .list(suite.coverage.gaps.map { .string($0.name) })),
                    ])
                ))
        }
        return .record(fields)
    }

    private func testJSON(_ outcome: TestOutcome, _ suite: TestSuite) -> Value {
        .record([
            ("name", .string(outcome.test.name)), ("passed", .bool(outcome.passed)),
            ("milliseconds", .int(milliseconds(outcome))),
            (
                "failures",
                .list(
                    outcome.failures.map { failure in
                        let place = suite.automation.source.position(at: failure.span.start)
                        return .record([
                            ("line", .int(Int64(place.line))), ("column", .int(Int64(place.column))),
                            ("text", .string(failure.text)),
                            ("seen", .list(failure.seen.map(Value.string))),
                        ])
                    })
            ),
        ])
    }
}

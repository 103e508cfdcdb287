import AutoChecker
import Diagnostics
import Testing

/// DATA_TRANSFORM steps that read and write files, in a folder that holds `rates.csv`.
@Suite(.timeLimit(.minutes(1))) struct FileCheckTests {
    private func result(_ fields: String, settings: String = "", before: String = "") -> CheckResult {
        var options = CheckOptions()
        options.files = OtherFiles(
            beside: "main.auto",
            read: { (_) throws(OtherFiles.Unreadable) in throw OtherFiles.Unreadable("is not there", help: "")
            },
            lookUp: { (path) throws(OtherFiles.Unreadable) in
                guard path == "rates.csv" else {
                    throw OtherFiles.Unreadable(
                        "is not there", help: "did you mean \"rates.csv\"?", meant: "rates.csv")
                }
            })
        let text = """
            automation "Main"
            \(before.isEmpty ? "START begin -> t" : before)
            DATA_TRANSFORM t -> end { \(settings)
              prompt_template {
                \(fields)
              }
            }
            """
        return check(SourceText(name: "main.auto", text: text), options)
    }

    private func findings(_ fields: String, settings: String = "", before: String = "") -> [String] {
        result(fields, settings: settings, before: before).findings.map {
            "\($0.code.rawValue) \($0.message)"
        }
    }

    @Test(arguments: [
        "read: \"rates.csv\"", "read: \"./rates.csv\"", "read: \"rates.csv\", value: input.map(r, r.rate)",
        "read: \"rates.csv\", jq: '.[0]'", "input: [1], value: input[0] + 1",
        "value: \"x\", write: \"a/b.md\"",
        "value: {'a': [1]}, write: \"a.json\"", "value: [{'a': 1}], write: \"a.csv\"",
        "value: \"x\", write: \"a.yaml\"", "read: \"rates.csv\", write: \"copy.tsv\"",
        // What another step writes may come to be.
        "read: \"made.json\", write: \"made.json\"",
    ])
    func soundStepsHaveNoFindings(_ fields: String) { #expect(findings(fields) == []) }

    @Test(arguments: [
        ("read: \"rate.csv\"", "A116 the file \"rate.csv\" is not there"),
        ("read: \"../rates.csv\"", "A116 the file \"../rates.csv\" lies outside of this file's folder"),
        ("read: \"/etc/passwd\"", "A116 the file \"/etc/passwd\" lies outside of this file's folder"),
        ("read: \"rates.csv\", input: 1, value: input", "A013 `read` and `input` exclude each other"),
        ("input: 1", "A013 DATA_TRANSFORM needs `jq`, `regex`, `value` or `read`"),
        ("jq: '.'", "A013 `jq` needs `input` to work on"),
        ("value: \"x\", write: \"../a.md\"", "A207 `../a.md` lies outside the output folder"),
        ("value: \"x\", write: \"q.auto\"", "A207 `q.auto` would be an automation"),
        ("value: [1], write: \"a.md\"", "A201 the step gives list<int>, and a file of that name holds text"),
        ("value: {'a': 1}, write: \"a.csv\"", "A201 the step gives"),
        ("value: [1], write: \"a.xml\"", "A201 the step gives list<int>, and XML is only read"),
        (
            "read: \"rates.csv\", value: input, write: \"${input}.json\"",
            "A110 `input` is what `value` works on"
        ),
        ("read: \"rates.csv\", value: inputt", "A110"), ("value: input", "A110"),
        ("read: \"rates.csv\", value: input.map(r, r.rate * 2)", "A203"),
    ])
    func saysWhatIsWrong(_ fields: String, _ words: String) {
        let found = findings(fields)
        // A code may be another one: what counts is that it is told, and in which words.
        let wanted = words.dropFirst(words.hasPrefix("A013") ? 5 : 0)
        #expect(found.contains { $0.contains(wanted) }, "\(found)")
    }

    @Test func aMisspeltNameIsMended() throws {
        let fix = try #require(result("read: \"rate.csv\"").findings.first?.fix)
        #expect(fix.replacement == "\"rates.csv\"")
    }

    /// Whoever wrote the page or the message would choose the file; what the run is started with is its owner's choice.
    @Test func textFromOutsideInANameIsTold() {
        let ask = """
            START begin -> ask
            GET_USER_INPUT ask -> t { prompt_template { message: "Which?" } }
            """
        #expect(findings("read: ask.result", before: ask).contains { $0.hasPrefix("A413") })
        #expect(
            findings("value: \"x\", write: \"n/${ask.result}.md\"", before: ask).contains {
                $0.hasPrefix("A413")
            })
        let given = "input day: text\nSTART begin -> t"
        #expect(findings("value: \"x\", write: \"n/${inputs.day}.md\"", before: given) == [])
        let closed = ask.replacing("-> t {", with: "-> t { result: one_of(\"a\", \"b\")\n")
        #expect(findings("value: \"x\", write: \"n/${ask.result}.md\"", before: closed) == [])
    }

    @Test func theTypeIsThatOfTheEnding() throws {
        let use = """
            START begin -> t
            DATA_TRANSFORM use -> end { prompt_template { value: t.result.rate } }
            """
        let text =
            "automation \"M\"\n" + use + "\nDATA_TRANSFORM t -> use { prompt_template { read: \"a.csv\" } }"
        let found = check(SourceText(name: "m", text: text)).findings
        #expect(found.contains { $0.code == .noSuchField || $0.code == .noOverload }, "\(found)")
        let step = try #require(result("read: \"rates.csv\", write: \"a.json\"").automation?.steps.last)
        #expect(step.resultType == nil)
    }

    @Test func aPlanListsTheFiles() throws {
        let text = """
            automation "M"
            input day: text
            START begin -> t
            DATA_TRANSFORM t -> end {
              prompt_template { read: "a.csv", write: "out-${inputs.day}.json" }
            }
            """
        let plan = try #require(RunPlan(SourceText(name: "m", text: text), inputs: [:]))
        let step = try #require(plan.steps.last)
        #expect(step.reads == "a.csv" && step.writes == "out-${inputs.day}.json" && step.wayOut == nil)
    }
}

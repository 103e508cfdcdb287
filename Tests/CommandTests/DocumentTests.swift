import CEL
import Foundation
import TestSupport
import Testing
import Values

private func page(_ path: String) -> String {
    (try? String(contentsOfFile: Command.root + "/" + path, encoding: .utf8)) ?? ""
}

/// What stands on a page between fences of a language.
private func blocks(_ language: String, in text: String) -> [String] {
    text.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
        $0.components(separatedBy: "\n```").first
    }
}

private func examples(_ path: String) -> [String] {
    blocks("auto", in: page(path)).filter { !$0.hasPrefix("# wrong") }
}

/// A section of the page of recipes: lines of one file, and commands with what they print.
private struct Recipe: CustomTestStringConvertible {
    let title: String
    let text: String

    var testDescription: String { title }

    /// The file, seen from the project's root.
    var file: String {
        text.components(separatedBy: "](../").dropFirst().first?.components(separatedBy: ")")[0] ?? ""
    }

    static let all: [Recipe] = page("Docs/recipes.md").components(separatedBy: "\n### ").dropFirst().map {
        Recipe(title: $0.components(separatedBy: "\n")[0], text: $0)
    }
}

/// What stands in the documents is run, where it can: its tests, or itself when it needs nothing from
/// outside.
@Suite(.timeLimit(.minutes(1))) struct DocumentTests {
    @Test func examplesAreFound() { #expect(examples("Grammar/README.md").count > 5) }

    @Test(
        arguments: ["Grammar/README.md", "Docs/first-hour.md", "Docs/not-here.md", "Docs/triggers.md"]
            .flatMap(examples))
    func exampleRuns(block: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("example.auto", block + "\n")
        _ = try command.file("stock.csv", "article,pieces\nlamp,3\n")
        if block.contains("\ntest \"") {
            let tested = try await command.run("autorun", ["test", path, "--coverage"])
            #expect(tested.code == 0, "\(tested)")
        }
        let plan = try await command.run("autorun", ["plan", path, "--json"])
        let steps = try #require(JSON.parse(plan.output).asMap?["steps"]?.asList)
        let staysHere = steps.allSatisfy { $0.asMap?["leaves_machine"] == .bool(false) }
        let tree = try await command.run("autocheck", ["--ast", path])
        let inputs = try #require(JSON.parse(tree.output).asMap?["inputs"]?.asList)
        guard staysHere, inputs.allSatisfy({ $0.asMap?["default"] != .null }) else { return }
        // What it writes goes where it runs, and away with the command.
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let ran = try await command.run("autorun", ["run", path, "--store", ":memory:"], folder: folder)
        #expect(ran.code == 0, "\(block)\n\(ran)")
    }

    @Test(arguments: examples("README.md"))
    func firstExampleHasNoErrors(block: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("example.auto", block + "\n")
        let checked = try await command.run("autocheck", ["--format", "short", path])
        #expect(checked.code == 0, "\(checked.output)")
    }

    /// The expressions that stand in place of other languages' functions give what the page says.
    @Test func expressionsGiveWhatIsShown() async throws {
        let table = page("Docs/not-here.md").components(separatedBy: "| you look for | write | gives |")
        let rows = try #require(table.last).components(separatedBy: "\n\n")[0].components(separatedBy: "\n")
            .map { $0.components(separatedBy: " | ") }.filter { $0.count == 3 }
        #expect(rows.count > 10)
        for row in rows {
            let parts = row[1...].map { $0.components(separatedBy: "`") }.filter { $0.count == 3 }.map {
                $0[1]
            }
            try #require(parts.count == 2, "\(row)")
            let command = try Command()
            defer { command.clean() }
            let given = try await command.run("autorun", ["eval", parts[0]])
            #expect(given.output == parts[1] + "\n", "\(parts[0])\n\(given)")
        }
    }

    /// The README's picture of a finding shows what the checker writes today.
    @Test func findingIsReal() async throws {
        let wrong = page("Docs/images/triage.auto")
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("triage.auto", wrong)
        let checked = try await command.run("autocheck", [path])
        let lines = page("Docs/images/finding.svg").components(separatedBy: "\n").filter {
            $0.hasPrefix("<text")
        }
        var shown = lines.map { $0.replacing(/<[^>]*>/, with: "") }.joined(separator: "\n")
        for (escaped, letter) in [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&amp;", "&"),
        ] {
            shown = shown.replacingOccurrences(of: escaped, with: letter)
        }
        let written = checked.output.replacingOccurrences(of: path, with: "triage.auto")
        #expect(shown == written.trimmingCharacters(in: .newlines), "make it anew by Docs/picture.py")
    }
}

/// The page of recipes does not drift from the files and the commands that it shows.
@Suite(.timeLimit(.minutes(1))) struct RecipeTests {
    @Test func thirtyRecipesAndMore() { #expect(Recipe.all.count >= 30) }

    @Test func everyFileHasItsSection() {
        let shown = Set(Recipe.all.map(\.file))
        for path in automations(in: "Examples/recipes") {
            #expect(shown.contains(path), "Docs/recipes.md has no section for \(path)")
        }
    }

    @Test(arguments: Recipe.all)
    private func linesAreInTheFile(recipe: Recipe) {
        let file = page(recipe.file)
        let shown = blocks("auto", in: recipe.text)
        #expect(!file.isEmpty && !shown.isEmpty, "\(recipe.file)")
        for part in shown.flatMap({ $0.components(separatedBy: "\n\n") }) {
            #expect(("\n" + file).contains("\n" + part + "\n"), "not in \(recipe.file):\n\(part)")
        }
    }

    @Test(arguments: Recipe.all)
    private func commandsPrintWhatIsShown(recipe: Recipe) async throws {
        let shown = blocks("console", in: recipe.text)
        #expect(!shown.isEmpty)
        for block in shown {
            #expect(block.hasPrefix("$ autorun ") && block.contains(recipe.file))
            let command = try Command()
            defer { command.clean() }
            try await expectPrinted(block, by: command, in: Command.root)
        }
    }
}

/// Runs the commands of a block, one after the other: each ends well and prints what stands below it.
private func expectPrinted(_ block: String, by command: Command, in folder: String) async throws {
    let parts = ("\n" + block).components(separatedBy: "\n$ ")
    try #require(parts.count > 1 && parts[0].isEmpty)
    for part in parts.dropFirst() {
        let lines = part.components(separatedBy: "\n")
        let words = lines[0].components(separatedBy: " ")
        let ran = try await command.run(words[0], Array(words.dropFirst()), folder: folder)
        #expect(ran.code == 0, "\(lines[0])\n\(ran)")
        #expect(lasting(ran.output) == lasting(lines.dropFirst()), "\(lines[0])")
    }
}

private func lasting(_ lines: some Sequence<String>, id: String? = nil) -> String {
    lasting(lines.joined(separator: "\n"), id: id)
}

/// What of a text is the same in each run: durations and times of day are left out of it, and the session's id.
private func lasting(_ text: String, id: String? = nil) -> String {
    let timeless = text.trimmingCharacters(in: .newlines).replacing(/\d+(\.\d+)? (ms|s)\b/, with: "DURATION")
        .replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d/, with: "TIME")
    return id.map { timeless.replacing($0, with: "ID") } ?? timeless
}

/// The first hour goes as its page tells, as far as it can be gone without a terminal.
@Suite(.timeLimit(.minutes(1))) struct FirstHourTests {
    private let text = page("Docs/first-hour.md")

    /// What is shown of a command that runs in a terminal, ids and all.
    private func shown(_ start: String) throws -> [String] {
        try #require(blocks("text", in: text).first { $0.hasPrefix(start) }).components(separatedBy: "\n")
    }

    /// A state with the page's automation in it.
    private func begun() throws -> Command {
        let command = try Command()
        _ = try command.file("expenses.auto", try #require(blocks("auto", in: text).first) + "\n")
        return command
    }

    private func run(
        _ arguments: [String], _ command: Command, environment: [String: String] = [:]
    ) async throws -> CommandResult {
        try await command.run("autorun", arguments, environment: environment, folder: command.state)
    }

    @Test(arguments: blocks("console", in: page("Docs/first-hour.md")))
    func commandsPrintWhatIsShown(block: String) async throws {
        let command = try begun()
        defer { command.clean() }
        try await expectPrinted(block, by: command, in: command.state)
    }

    @Test func theSlipIsFound() async throws {
        let command = try begun()
        defer { command.clean() }
        let right = try #require(blocks("auto", in: text).first)
        let path = try command.file(
            "expenses.auto", right.replacingOccurrences(of: "== \"approve\"", with: "== \"aprove\"") + "\n")
        let checked = try await command.run("autocheck", [path])
        let expected = try shown("error[").joined(separator: "\n")
        #expect(
            checked.output.replacingOccurrences(of: path, with: "expenses.auto")
                .trimmingCharacters(in: .newlines) == expected)
    }

    @Test func whatWaitsIsListedAndAnswered() async throws {
        let command = try begun()
        defer { command.clean() }
        let inputs = ["--input", "who=Grace", "--input", "amount=800", "--input", "reason=desk"]
        let ran = try await run(["run", "expenses.auto"] + inputs, command)
        #expect(ran.code == 4, "\(ran)")
        let id = try #require(ran.errors.firstMatch(of: /session ([0-9a-f]{6,12}) waits/)).1
        let wait = try shown("$ autorun run expenses.auto --input who=Grace").dropFirst()
        #expect(lasting(ran.errors, id: String(id)) == lasting(wait, id: "5b0e21"))
        let later = try shown("$ autorun sessions --waiting")
        try #require(later.count == 6 && later[3] == "$ autorun answer 5b0e21 approve")
        let list = try await run(["sessions", "--waiting"], command)
        #expect(lasting(list.output, id: String(id)) == lasting(later[1...2], id: "5b0e21"))
        let answered = try await run(["answer", String(id), "approve"], command)
        #expect(answered.output == later[4] + "\n", "\(answered)")
        #expect(lasting(answered.errors, id: String(id)) == lasting([later[5]], id: "5b0e21"))
    }

    @Test func whatFailedIsTold() async throws {
        let command = try begun()
        defer { command.clean() }
        let fail = try shown("$ export OPENAI_API_KEY=")
        try #require(fail.count > 3 && fail[2] == "…")
        let inputs = ["--input", "who=Ada", "--input", "amount=640", "--input", "reason=taxi"]
        let ran = try await run(
            ["run", "expenses.auto", "--answer", "ask=reject"] + inputs, command,
            environment: ["OPENAI_API_KEY": "none", "OPENAI_BASE_URL": "http://127.0.0.1:9"])
        #expect(ran.code == 1)
        let id = try #require(ran.errors.firstMatch(of: /session ([0-9a-f]{6,12}) failed/)).1
        // Who was asked in the terminal need not give the answer again.
        let told = ran.errors.replacing(" --answer ask=reject", with: "")
        // Where nothing is drawn, the step's line and the last word are one.
        let words = fail[4...].prefix { $0.hasPrefix(" ") }
        let last = try #require(fail.firstIndex { $0.hasSuffix(" failed") })
        let one =
            String(fail[last].dropLast(" failed".count)) + ": "
            + words.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
        #expect(lasting(told, id: String(id)) == lasting([one] + fail[(last + 1)...], id: "c41d07"))
    }
}

/// A link of a document leads to a file that is there, and to a heading that the file has.
@Suite(.timeLimit(.minutes(1))) struct LinkTests {
    private static let pages = [
        "README.md", "Docs/first-hour.md", "Docs/commands.md", "Docs/recipes.md", "Docs/not-here.md",
        "Deploy/scale.md", "Deploy/README.md", "Grammar/README.md", "CONTRIBUTING.md", "ARCHITECTURE.md",
        "SECURITY.md", "CHANGELOG.md",
    ]

    /// A heading as a link names it.
    private func anchor(_ heading: Substring) -> String {
        heading.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased().filter {
            $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_"
        }.replacingOccurrences(of: " ", with: "-")
    }

    @Test(arguments: pages)
    func linksLeadSomewhere(path: String) throws {
        let text = page(path)
        #expect(!text.isEmpty)
        let folder = URL(fileURLWithPath: Command.root + "/" + path).deletingLastPathComponent()
        let prose = text.components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 0 }.map(
            \.element)
        for match in prose.joined().matches(of: /\]\(([^)\s]+)\)/) where !match.1.contains("://") {
            let parts = match.1.split(separator: "#", omittingEmptySubsequences: false)
            let target =
                parts[0].isEmpty ? Command.root + "/" + path : folder.appending(path: String(parts[0])).path
            #expect(FileManager.default.fileExists(atPath: target), "\(path) links to \(match.1)")
            guard parts.count == 2, target.hasSuffix(".md") else { continue }
            let headings = try String(contentsOfFile: target, encoding: .utf8).split(separator: "\n")
                .filter { $0.hasPrefix("#") }.map(anchor)
            #expect(headings.contains(String(parts[1])), "\(path) links to \(match.1)")
        }
    }
}

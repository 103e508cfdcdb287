import AutoChecker
import AutoSyntax
import Compilers
import Diagnostics
import Foundation
import Processes
import Testing
import Values

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

private func text(_ path: String) -> String {
    String(
        decoding: FileManager.default.contents(atPath: root.appendingPathComponent(path).path) ?? Data(),
        as: UTF8.self)
}

private struct Production: CustomTestStringConvertible {
    let name: String
    let kind: String
    let example: String
    var testDescription: String { name }
}

/// The productions of the grammar with their examples.
private func productions() -> [Production] {
    var result: [Production] = []
    var name = ""
    let lines = text("Grammar/auto.ebnf").components(separatedBy: "\n")
    var index = (lines.firstIndex { $0.hasSuffix("*)") } ?? 0) + 1
    while index < lines.count {
        let line = lines[index]
        index += 1
        if let equals = line.range(of: " = "), line.first?.isLetter == true {
            name = String(line[..<equals.lowerBound])
        }
        guard let start = line.range(of: "(* e.g. ") else { continue }
        var body = String(line[start.upperBound...])
        while !body.hasSuffix("*)"), index < lines.count {
            body += "\n" + lines[index]
            index += 1
        }
        let parts = body.dropLast(2).split(separator: ":", maxSplits: 1)
        result.append(
            Production(
                name: name, kind: String(parts[0]), example: parts[1].trimmingCharacters(in: .whitespaces)))
    }
    return result
}

/// An example of the grammar as a whole file.
private func file(_ production: Production) -> String {
    let head = "automation \"Grammar\"\n"
    func value(_ field: String) -> String {
        head
            + "input amount: number\ninput pages: list<text>\nSTART begin -> t\nDATA_TRANSFORM t -> end {\n prompt_template {\n \(field)\n }\n}\n"
    }
    switch production.kind {
    case "file": return production.example + "\nSTART begin -> end\n"
    case "lines": return head + production.example + "\n"
    case "type": return head + "input x: \(production.example)\nSTART begin -> end\n"
    case "block":
        return head
            + "input pages: list<text>\nSTART begin -> t\nLLM_CALL t -> end {\n\(production.example)\n prompt_template { user: \"x\" }\n}\n"
    case "decision":
        return head + "START begin -> d\nLOGIC_DECISION d { prompt_template {\n\(production.example)\n} }\n"
    case "scrape":
        return head
            + "START begin -> t\nWEB_SCRAPE t -> end { prompt_template { html: \"\"\n\(production.example)\n} }\n"
    case "field", "transform": return value(production.example)
    default: return value("value: " + production.example)
    }
}

@Suite(.timeLimit(.minutes(1))) struct GrammarTests {
    @Test func everyProductionHasAnExample() {
        let found = productions()
        #expect(found.count > 50)
        let declared = text("Grammar/auto.ebnf").components(separatedBy: "\n")
            .compactMap { line in
                line.first?.isLetter == true
                    ? line.range(of: " = ").map { String(line[..<$0.lowerBound]) } : nil
            }
        #expect(Set(declared) == Set(found.map(\.name)))
        let kinds: Set = [
            "file", "lines", "type", "block", "decision", "scrape", "field", "transform", "value",
            "expression",
        ]
        #expect(Set(found.map(\.kind)).isSubset(of: kinds))
    }

    @Test(arguments: productions())
    fileprivate func exampleParses(production: Production) {
        let source = SourceText(name: "grammar.auto", text: file(production))
        let findings = parseAutomation(source).findings
        #expect(findings.isEmpty, "\(render(findings, in: source, as: .terminal))")
    }

    /// Every `auto` block of the documents is checked; one that begins with `# wrong` must have findings, others none.
    @Test(arguments: ["README.md", "Grammar/README.md"])
    func documentsHold(path: String) {
        let blocks = text(path).components(separatedBy: "```auto\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
        #expect(!blocks.isEmpty)
        for block in blocks {
            let source = SourceText(name: path, text: block + "\n")
            let findings = check(source, CheckOptions(), Compilers(workers: WorkerPool())).findings
            #expect(
                findings.isEmpty != block.hasPrefix("# wrong"),
                "\(render(findings, in: source, as: .terminal))")
        }
    }

    @Test func examplesHaveNoFindings() throws {
        let folder = root.appendingPathComponent("Examples")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".auto")
        }
        #expect(names.count >= 8)
        var options = CheckOptions()
        options.files = OtherFiles(beside: "example.auto") { (path) throws(OtherFiles.Unreadable) in
            Array(text("Examples/" + path).utf8)
        }
        for name in names {
            let source = SourceText(name: name, text: text("Examples/" + name))
            let findings = check(source, options, Compilers(workers: WorkerPool())).findings
            #expect(findings.isEmpty, "\(render(findings, in: source, as: .terminal))")
            #expect(
                format(source).text == text("Examples/" + name), "\(name) is not as autorun fmt writes it")
            #expect(source.text(Span(0, 8)) == "# Shows:", "\(name) says in its first line what it shows")
        }
    }
}

import AutoChecker
import Compilers
import Diagnostics
import Foundation
import Processes
import Testing
import Values

private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "Fixtures")

private func fixtures() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".auto") }.map { String($0.dropLast(5)) }.sorted()
}

/// Each `NAME.auto` has what the terminal shows of it beside it, in `NAME.expected`; `RECORD=1` writes them anew.
@Suite(.timeLimit(.minutes(1))) struct FixtureTests {
    @Test(arguments: fixtures())
    func findings(name: String) throws {
        let data = try #require(
            FileManager.default.contents(atPath: folder.appendingPathComponent(name + ".auto").path))
        let source = SourceText(name: name + ".auto", bytes: Array(data))
        var options = CheckOptions()
        options.files = OtherFiles(beside: name + ".auto") { (path) throws(OtherFiles.Unreadable) in
            guard let data = FileManager.default.contents(atPath: folder.appendingPathComponent(path).path)
            else { throw OtherFiles.Unreadable("is not there", help: "name another") }
            return Array(data)
        }
        let result = check(source, options, Compilers(workers: WorkerPool()))
        let shown = render(result.findings, in: source, as: .terminal)
        let expected = folder.appendingPathComponent(name + ".expected")
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try Data(shown.utf8).write(to: expected)
            Issue.record("recorded \(name): read the difference")
            return
        }
        #expect(
            shown
                == String(
                    decoding: FileManager.default.contents(atPath: expected.path) ?? Data(), as: UTF8.self))
        #expect((result.automation == nil) == result.findings.hasErrors)
    }

    @Test func hugeAndBrokenFiles() {
        let large = SourceText(name: "large", bytes: Array(repeating: 0x20, count: 17 << 20))
        #expect(check(large).findings.map(\.code) == [.tooLarge])
        let broken = SourceText(
            name: "broken", bytes: Array("automation \"T\"\nSTART a -> end\n# ".utf8) + [0xFF, 0xFE])
        #expect(check(broken).findings.first?.code == .badCharacter)
        #expect(broken.position(at: check(broken).findings[0].span.start).line == 3)
    }

    /// Texts in texts, thousands deep, are refused once and not tried again from each of them.
    @Test func deepTextsEndSoon() {
        for (open, close) in [("\"${", "}\""), ("{a: ", "}"), ("[", "]"), ("(", ")"), ("f(\"${", "}\")")] {
            let value = String(repeating: open, count: 3_000) + "1" + String(repeating: close, count: 3_000)
            let text =
                "automation \"T\"\nSTART a -> b\nDATA_TRANSFORM b -> end { prompt_template { value: \(value) } }\n"
            #expect(check(SourceText(name: "deep", text: text)).findings.hasErrors)
        }
    }

    /// A sign of another language within a text's `${…}` is met once, also where nothing around it is closed.
    @Test(arguments: [";", "\u{00A0}", "\u{2192}", "\u{2264}", "\u{201C}", "\u{00D7}", "$", "?"])
    func signsWithinTextsAreMetOnce(sign: String) {
        for opening in [
            "\"${a - \(sign) b", "\"${a - \(sign) b }", "\"\"\"\n  x = \"${a - \(sign) b", "[\"${\(sign)",
        ] {
            for rest in ["", " } }\n", "; c { d: \"x\" } }\n", "\n  e: 1\n}\n"] {
                let text =
                    "automation \"T\"\nSTART a -> b\nDATA_TRANSFORM b -> end { prompt_template { value: \(opening)\(rest)"
                #expect(check(SourceText(name: "signs", text: text)).findings.hasErrors)
            }
        }
    }

    /// A nesting of 200 is taken, one more is told.
    @Test(arguments: [
        ("(", "1", ")"), ("[", "1", "]"), ("{1: ", "2", "}"), ("true ? 1 : ", "2", ""),
        ("\"${", "1", "}\""),
    ])
    func nestingIsCountedExactly(open: String, middle: String, close: String) {
        func findings(_ depth: Int) -> [Diagnostic] {
            let value =
                String(repeating: open, count: depth) + middle + String(repeating: close, count: depth)
            return check(
                SourceText(
                    name: "deep",
                    text:
                        "automation \"T\"\nSTART a -> b\nDATA_TRANSFORM b -> end { prompt_template { value: [\(value)].size() } }\n"
                )
            ).findings
        }
        #expect(!findings(199).contains { $0.code == .tooDeep })
        #expect(findings(201).contains { $0.code == .tooDeep })
    }

    /// Types that double with each name, and comments without end, are told and cost no more than their letters.
    @Test func swollenFilesEndSoon() {
        let doubling = (0..<40).map { "type T\($0) = { a: T\($0 + 1), b: T\($0 + 1) }\n" }.joined()
        let types =
            "automation \"T\"\n\(doubling)type T40 = { x: text }\ninput t: T0\nSTART a -> b\nDATA_TRANSFORM b -> end { prompt_template { value: inputs.t.a } }\n"
        #expect(check(SourceText(name: "types", text: types)).findings.contains { $0.code == .tooDeep })
        let wide = (0..<2_000).map { "a\($0): T29" }.joined(separator: ", ")
        let inputs =
            types.replacingOccurrences(of: "input t: T0", with: "input t: { \(wide) }")
        #expect(check(SourceText(name: "wide", text: inputs)).findings.hasErrors)
        let ignores = "automation \"T\"\n" + String(repeating: "# autocheck: ignore A001\n", count: 50_000)
        #expect(check(SourceText(name: "ignores", text: ignores)).findings.count == 50_001)
    }

    /// What a file says can neither colour the terminal nor turn its lines around.
    @Test func controlCharactersAreNotWrittenOut() {
        let text = "automation \"T\"\nSTART a -> \u{9B}31m\n# \u{1B}[2J\u{202E}\ninput x: \"\u{1B}[2J\"\n"
        let source = SourceText(name: "evil\u{1B}[0m.auto", text: text)
        for format in [FindingFormat.terminal, .short, .json] {
            let shown = render(check(source).findings, in: source, as: format)
            #expect(!shown.unicodeScalars.contains { $0 != "\n" && isControl($0) } || format == .json)
            #expect(!shown.contains("\u{1B}"))
        }
    }

    /// A file cut anywhere, or with a piece taken out, is still checked to its end.
    @Test func damagedFilesEndWell() throws {
        let path = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Examples/support-triage.auto").path
        let bytes = Array(try #require(FileManager.default.contents(atPath: path)))
        for cut in stride(from: 0, to: bytes.count, by: 7) {
            _ = check(SourceText(name: "cut", bytes: Array(bytes[..<cut]))).findings
            _ =
                check(
                    SourceText(
                        name: "hole", bytes: Array(bytes[..<cut] + bytes[min(bytes.count, cut + 11)...]))
                ).findings
        }
        #expect(check(SourceText(name: "whole", bytes: bytes)).findings.isEmpty)
    }
}

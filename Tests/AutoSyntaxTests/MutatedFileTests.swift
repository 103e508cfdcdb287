import AutoSyntax
import CEL
import Diagnostics
import Testing
import Values

/// Files as they look in the middle of writing: whatever stands in them, reading ends, and soon.
@Suite(.timeLimit(.minutes(1))) struct MutatedFileTests {
    /// How often each byte may be gone over, at the most: looking ahead costs a part of it, and texts within texts another.
    private static let most = 100

    /// How many bytes reading goes over.
    private func work(reading text: String) -> Int {
        let work = ReadingWork()
        _ = parseAutomation(SourceText(name: "changed.auto", text: text), counting: work)
        return work.bytes
    }

    @Test(arguments: 0..<300)
    func readingEnds(seed: Int) throws {
        var random = SeededGenerator(seed: seed &* 7919 &+ 101)
        let files = projectFiles().filter { $0.name.hasSuffix(".auto") && $0.bytes.count < 6_000 }
        let file = try #require(files.randomElement(using: &random))
        let text = changed(String(decoding: file.bytes, as: UTF8.self), &random)
        #expect(work(reading: text) <= Self.most * (text.utf8.count + 100), "\(text)")
        let tree = parseAutomation(SourceText(name: "changed.auto", text: text)).tree
        #expect(tree.tokens.last?.kind == .endOfText)
    }

    /// What still parses is laid out the same however often it is laid out.
    @Test(arguments: 0..<300)
    func formattingTwiceIsFormattingOnce(seed: Int) throws {
        var random = SeededGenerator(seed: seed &* 7919 &+ 102)
        var generator = AutomationGenerator(seed: seed &* 7919 &+ 103)
        let text = changed(generator.file(), &random)
        guard let once = format(SourceText(name: "changed.auto", text: text)).text else { return }
        #expect(format(SourceText(name: "changed.auto", text: once)).text == once, "\(text)\n---\n\(once)")
    }

    /// The same slip many times costs so many times as much, and no more, on one line and on many.
    @Test(arguments: [
        "k: 1; ", "${a ", "{{ x }} ", "“a ", "\"x\" \"y\" ", "not a ", "f\"a\" ", "k: [1 2 ) ", "x => x, ",
        "/* ", "// ", "\"abc", "k: \"${a ", "k: \"x ${a{ \"", "k: \"\"\"${a ", "} ", "-> b ", "` ",
        "a ( ) b ",
        "if a then b else ", "\u{00A0}", "prompt { ", "k: 1, k: 1, ", "'''", "${a\" ",
        "${a\"] \"\"\" \"\"\" ",
    ])
    func aSlipCostsTheSameEachTime(slip: String) {
        for end in ["", "\n"] {
            let field = "START a -> b\nDATA_TRANSFORM b -> end {\n  prompt_template {\n    value: "
            for place in ["", field, field + "\"\"\"\n"] {
                let few = work(reading: place + String(repeating: slip + end, count: 1_000))
                let many = work(reading: place + String(repeating: slip + end, count: 4_000))
                #expect(many <= 6 * few + 10_000)
            }
        }
    }

    /// Each of several `${` in one text that lacks its `}` is told, and mended.
    @Test func severalBracesAreMissing() {
        let text = #"""
            automation "T"
            START a -> b
            DATA_TRANSFORM b -> end {
              prompt_template {
                value: """
                  ${inputs.x"], "total"
                  ${inputs.y"], "total"
                  """
              }
            }

            """#
        let findings = parseAutomation(SourceText(name: "t.auto", text: text)).findings
        #expect(findings.map(\.code) == [.unclosedText, .unclosedText])
        let (mended, _) = applyingFixes(of: findings, to: Array(text.utf8))
        let rest = parseAutomation(SourceText(name: "t.auto", bytes: mended)).findings
        #expect(rest.isEmpty, "\(rest)")
        #expect(String(decoding: mended, as: UTF8.self).contains("${inputs.y}\"]"))
    }

    /// A column in a long line counts scalars, also behind many of several bytes.
    @Test func columnsInALongLine() {
        let source = SourceText(name: "t", text: "a\n" + String(repeating: "é", count: 1_000) + "x\n")
        #expect(source.position(at: 2 + 2_000) == source.position(at: 2 + 1_999))
        #expect(source.position(at: 2 + 2_000).column == 1_001)
        #expect(source.position(at: 2_004).line == 3)
        #expect(SourceText(name: "t", text: "").position(at: 0).column == 1)
    }

    private func changed(_ text: String, _ random: inout SeededGenerator) -> String {
        let signs = [
            ";", "\"\"\"", "'''", "${", "}", "{", "->", "\"", "'", "[", "]", "(", ")", "//", "/*", "\\", "\n",
            "|",
            "\u{201C}", "\u{00A0}", "$", "?", "not ", "if ", "then ", "else ", "=", "<", "-", ",", ":", "`",
            "#",
        ]
        var pieces: [String] = []
        for character in text {
            let isPart = character.isLetter || character.isNumber
            if isPart, let last = pieces.last?.last, last.isLetter || last.isNumber {
                pieces[pieces.count - 1].append(character)
            } else {
                pieces.append(String(character))
            }
        }
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard let place = pieces.indices.randomElement(using: &random),
                let other = pieces.indices.randomElement(using: &random)
            else { break }
            switch Int.random(in: 0..<5, using: &random) {
            case 0: pieces.remove(at: place)
            case 1: pieces.insert(pieces[place], at: place)
            case 2: pieces.swapAt(place, other)
            case 3, 4: pieces.insert(signs.randomElement(using: &random) ?? ";", at: place)
            default: break
            }
        }
        return pieces.joined()
    }
}

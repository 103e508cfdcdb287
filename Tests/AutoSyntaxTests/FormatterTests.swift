import AutoSyntax
import Diagnostics
import Foundation
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct FormatterTests {
    /// Over made-up files: the meaning stays, the comments stay, and a second run changes nothing.
    @Test(arguments: 0..<400)
    func keepsMeaning(seed: Int) throws {
        var generator = AutomationGenerator(seed: seed &* 7919 &+ 13)
        let text = generator.file()
        let source = SourceText(name: "made.auto", text: text)
        let parsed = parseAutomation(source)
        try #require(
            parsed.findings.isEmpty, "\(text)\n\(render(parsed.findings, in: source, as: .terminal))")
        let once = try #require(format(source).text)
        let again = parseAutomation(SourceText(name: "made.auto", text: once))
        #expect(again.findings.isEmpty && again.automation.meaning == parsed.automation.meaning)
        #expect(format(SourceText(name: "made.auto", text: once)).text == once, "\(text)\n---\n\(once)")
        func comments(_ text: String) -> [Substring] {
            text.split(separator: "#").dropFirst().map { $0.prefix { !$0.isNewline } }
        }
        #expect(comments(once).count == comments(text).count, "a comment is lost in\n\(text)\n---\n\(once)")
        #expect(
            !once.contains("\t") && !once.contains("\r") && !once.contains(" \n") && !once.contains("\n\n\n"),
            "\(once)")
    }

    @Test func layout() {
        let text = """
            automation   "T"
            START a->b
            LLM_CALL b->end{timeout:60s,prompt_template{user:"Hi",temperature:-0.5}}
            LOGIC_DECISION c{prompt_template{
            yes:when 1==1?true:false->end
            no_way :else->[b,end]}}
            """
        #expect(
            format(SourceText(name: "t", text: text)).text == """
                automation "T"
                START a -> b
                LLM_CALL b -> end { timeout: 60s, prompt_template { user: "Hi", temperature: -0.5 } }

                LOGIC_DECISION c {
                  prompt_template {
                    yes:    when 1 == 1 ? true : false -> end
                    no_way: else -> [b, end]
                  }
                }

                """)
    }

    /// A list that is too long for its line has an element a line, wherever it stands.
    @Test func aLongListIsBroken() throws {
        let words = (0..<5).map { "\"" + String(repeating: "\($0)", count: 25) + "\"" }
        let list = "[" + words.joined(separator: ", ") + "]"
        let broken = words.joined(separator: ",\n        ")
        let head = "automation \"T\"\nSTART begin -> d\n\nDATA_TRANSFORM d -> end {\n  prompt_template {\n"
        let text = head + "    value: { names: \(list), b: [1, 2] }\n  }\n}\n"
        let once = try #require(format(SourceText(name: "t", text: text)).text)
        #expect(
            once == head
                + "    value: {\n      names: [\n        \(broken)\n      ]\n      b: [1, 2]\n    }\n  }\n}\n"
        )
        #expect(format(SourceText(name: "t", text: once)).text == once)
        let sum = head + "    value: \(list) + [\"and one more\"]\n  }\n}\n"
        #expect(format(SourceText(name: "t", text: sum)).text == sum)
    }

    /// A mend may leave a line too long, or a blank where none belongs: a file that was laid out stays so.
    @Test func aMendedFileKeepsItsLayout() {
        func kept(_ original: String, _ mended: String) -> String {
            let mended = SourceText(name: "t", text: mended)
            return keepingLayout(of: SourceText(name: "t", text: original), in: mended).text(
                Span(0, .max))
        }
        let head = "automation \"T\"\nSTART begin -> d\n\n"
        let step = "DATA_TRANSFORM d -> end { prompt_template { value: "
        let end = " } }\n"
        #expect(
            kept(head + step + "{ a: 1 b: 2 }" + end, head + step + "{ a: 1,b: 2 }" + end)
                == format(SourceText(name: "t", text: head + step + "{ a: 1, b: 2 }" + end)).text)
        // A layout of somebody's own stays theirs.
        let own = "automation   \"T\"\nSTART begin -> d\n"
        let mended = own + step + "{ a: 1,b: 2 }" + end
        #expect(kept(own + step + "{ a: 1 b: 2 }" + end, mended) == mended)
        // What is still broken is left alone.
        #expect(kept(head + step, head + step + "1") == head + step + "1")
    }

    @Test func brokenFilesAreLeftAlone() {
        let (text, findings) = format(SourceText(name: "t", text: "START a ->"))
        #expect(text == nil && findings.map(\.code) == [.expected])
    }

    /// Wherever a line may break a comment may stand, and none of them is lost.
    @Test(arguments: [
        "input  # one\n  x  # two\n  : text",
        "max_cost  # one\n  :  # two\n  40",
        "max_cost  # one\n  :  # two\n  $0.40",
        "DATA_TRANSFORM a -> end { prompt_template { value:  # one\n  1 + 2 } }",
        "DATA_TRANSFORM a ->  # one\n  end { prompt_template { input:  # two\n  { x: 1 }, value: 2 } }",
        "DATA_TRANSFORM a -> end { prompt_template { value: 1  # one\n  , input: 2  # two\n  } }",
    ])
    func commentsAreKept(text: String) throws {
        let source = SourceText(name: "t", text: text + "\n")
        let parsed = parseAutomation(source)
        try #require(parsed.findings.isEmpty, "\(render(parsed.findings, in: source, as: .terminal))")
        let once = try #require(format(source).text)
        let again = SourceText(name: "t", text: once)
        #expect(once.filter { $0 == "#" }.count == text.filter { $0 == "#" }.count, "\(once)")
        #expect(parseAutomation(again).automation.meaning == parsed.automation.meaning, "\(once)")
        #expect(format(again).text == once)
    }

    @Test func signsStandByWhatTheyBelongTo() throws {
        let text =
            "DATA_TRANSFORM a -> end { prompt_template { value: "
            + "[ - 1,! x,a  . ? b,l [ ? 0 ],-f( 1 )-2,x==.y,p?{'k':1}:- 2 ] } }"
        let formatted = try #require(format(SourceText(name: "t", text: text)).text)
        let expected = "[-1, !x, a.?b, l[?0], -f(1) - 2, x == .y, p ? { 'k': 1 } : -2]"
        #expect(formatted.contains(expected), "\(formatted)")
    }
}

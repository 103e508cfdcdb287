import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Testing
import Values

extension StepKind: CustomTestStringConvertible {
    package var testDescription: String { type.rawValue }
}

/// The only step of that type in a file that holds the sample of the type.
private func file(_ kind: StepKind) -> SourceText {
    let start = kind.type == .start ? "" : "START begin -> \(name(kind.sample))\n"
    return SourceText(
        name: "sample.auto", text: "automation \"Sample\"\ninput amount: number = 1\n\(start)\(kind.sample)\n"
    )
}

private func name(_ sample: String) -> String {
    sample.split(separator: " ").dropFirst().first.map(String.init) ?? ""
}

@Suite(.timeLimit(.minutes(1))) struct KindTests {
    @Test func everyTypeHasItsKind() {
        #expect(StepKind.all.map(\.type) == StepType.allCases)
    }

    @Test(arguments: StepKind.all)
    func itsPartsFitTogether(kind: StepKind) {
        let names = kind.fields.map(\.name)
        #expect(Set(names).count == names.count)
        let mentioned =
            kind.groups.flatMap(\.names) + kind.companions.flatMap { [$0.name, $0.other] }
        #expect(Set(mentioned).isSubset(of: names))
        for field in kind.fields {
            #expect(!field.documentation.isEmpty && !field.documentation.hasSuffix("."))
        }
        #expect(kind.summary.hasSuffix("."))
    }

    /// A sample is a file of the language: its findings could only be that nothing reads `amount`.
    @Test(arguments: StepKind.all)
    func samplesHaveNoFindings(kind: StepKind) {
        let source = file(kind)
        let findings = check(source).findings.filter { $0.code != .unusedInput }
        #expect(findings.isEmpty, "\(render(findings, in: source, as: .terminal))")
    }

    /// The parser takes the same fields letter for letter.
    @Test(arguments: StepKind.all)
    func theParserKnowsThePrograms(kind: StepKind) throws {
        for field in kind.fields {
            let text = "\(kind.type.rawValue) t -> end { prompt_template { \(field.name): \"x\" } }\n"
            let source = SourceText(name: "t.auto", text: text)
            let step = try #require(parseAutomation(source).automation.steps.first)
            let isRaw = if case .program = step.field(field.name) { true } else { false }
            #expect(isRaw == (field.kind == .program || field.kind == .selector), "\(field.name)")
        }
    }

    @Test func fieldsAreReadByTheirKeys() {
        let fields = MapValue(record: [
            ("url", .string("https://example.org/")), ("main", .bool(true)), ("format", .null),
            ("links", .string("yes")),
        ])
        #expect(fields[WebScrape.url] == "https://example.org/")
        #expect(fields[WebScrape.main] == true)
        #expect(fields[WebScrape.format] == nil)
        #expect(fields[WebScrape.links] == nil)
        #expect(fields[WebScrape.html] == nil)
    }
}

@Suite(.timeLimit(.minutes(1))) struct FailureKindTests {
    @Test func wordsLeadBackToTheirKinds() {
        #expect(Set(FailureKind.words).count == FailureKind.fixed.count)
        for kind in FailureKind.fixed { #expect(FailureKind(word: kind.word) == kind) }
        #expect(FailureKind(word: "ValueError") == .raised("ValueError"))
        #expect(FailureKind.words == FailureKind.words.sorted())
    }

    @Test func onlyClassesAreOpen() {
        #expect(FailureKind.isKnown("timeout") && FailureKind.isKnown("ValueError"))
        #expect(!FailureKind.isKnown("timout") && !FailureKind.isKnown(""))
    }
}

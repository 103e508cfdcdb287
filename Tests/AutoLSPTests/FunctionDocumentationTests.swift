import CEL
import Diagnostics
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct FunctionDocumentationTests {
    @Test func everyFunctionHasItsDocumentation() {
        let table = FunctionTable.standard
        let names =
            (table.names(isMethod: false) + table.names(isMethod: true)).filter { !$0.contains("@") }
            + MacroKind.allCases.map(\.rawValue) + ["has"]
        let documented = FunctionDocumentation.all.map(\.name)
        #expect(Set(names).subtracting(documented) == [])
        #expect(Set(documented).subtracting(names) == [])
        #expect(documented.count == Set(documented).count)
    }

    @Test(arguments: FunctionDocumentation.all)
    func anExampleGivesWhatItSays(_ function: FunctionDocumentation) throws {
        let source = SourceText(name: "example", text: function.example)
        let program = Program(
            try parseExpression(source, dialect: .automation), names: [String: Int]())
        #expect(JSON.text(try program.evaluate(SlotValues([]))) == function.gives, "\(function.example)")
        let last = function.name.split(separator: ".").last.map(String.init) ?? ""
        #expect(function.example.contains(last + "("))
    }
}

import AutoSyntax
import CEL
import Diagnostics
import StepKinds

/// Texts with places to fill in, as the protocol writes them: `${1:name}`, `$0` where the cursor ends.
enum Snippets {
    /// A step with its edge and its block, made of the sample of its type.
    static func step(_ type: StepType) -> String {
        let tree = parseAutomation(SourceText(name: "", text: StepKind.of(type).sample)).tree
        let source = tree.source
        var snippet = ""
        var place = 0
        var number = 0
        func fill(_ span: Span) {
            number += 1
            snippet += escaped(source.text(Span(place, span.start)))
            snippet += "${\(number):\(escaped(source.text(span), inPlace: true))}"
            place = span.end
        }
        let names = tree.nodes.first { $0.kind == .step }.map { $0.tokens.lowerBound + 1 }
        let targets = Set(tree.nodes.filter { $0.kind == .target }.flatMap(\.tokens))
        for (index, token) in tree.tokens.enumerated() {
            if index == names || targets.contains(index) {
                fill(token.span)
            } else if token.isText, token.span.end - token.span.start > 2 {
                fill(Span(token.span.start + 1, token.span.end - 1))
            }
        }
        return snippet + escaped(source.text(Span(place, source.bytes.count))) + "$0"
    }

    static let test = """
        test "${1:what it shows}" {
          inputs: { $2 }
          replies: { $3 }
          expect ${4:session.status == "FINISHED"}
        }$0
        """

    static let template = "prompt_template {\n  $0\n}"

    /// A call with the documented parameters of a macro, or with the cursor in its parentheses.
    static func call(_ name: String) -> String {
        guard let macro = MacroKind(rawValue: name),
            let parameters = FunctionDocumentation.of(macro.rawValue)?.parameters
        else { return name + "($0)" }
        let places = parameters.enumerated().map { "${\($0.offset + 1):\($0.element)}" }
        return "\(name)(\(places.joined(separator: ", ")))$0"
    }

    private static func escaped(_ text: String, inPlace: Bool = false) -> String {
        text.map { character in
            switch character {
            case "\\", "$": "\\\(character)"
            case "}" where inPlace: "\\}"
            default: String(character)
            }
        }.joined()
    }
}

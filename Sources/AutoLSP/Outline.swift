import AutoChecker
import AutoSyntax
import Diagnostics
import Values

/// The numbers of the protocol's SymbolKind that are used here.
enum OutlineKind: Int64 {
    case method = 6
    case property = 7
    case key = 20
    case structure = 23
    case event = 24
}

/// A declaration, for the outline of its file and for the symbols of a folder.
struct OutlineSymbol {
    let name: String
    let detail: String
    let kind: OutlineKind
    let whole: Span
    let word: Span
}

/// The declarations of a file, kind by kind.
func symbols(of automation: Automation) -> [OutlineSymbol] {
    let source = automation.source
    return automation.inputs.map {
        OutlineSymbol(
            name: $0.name.text, detail: "\(DeclarationWord.input.rawValue): \(source.text($0.type.span))",
            kind: .property, whole: $0.span, word: $0.name.span)
    }
        + automation.secrets.map {
            OutlineSymbol(
                name: $0.name.text, detail: DeclarationWord.secret.rawValue, kind: .key, whole: $0.span,
                word: $0.name.span)
        }
        + automation.types.map {
            OutlineSymbol(
                name: $0.name.text, detail: DeclarationWord.type.rawValue, kind: .structure, whole: $0.span,
                word: $0.name.span)
        }
        + automation.steps.map {
            OutlineSymbol(
                name: $0.name.text, detail: $0.type?.rawValue ?? "?", kind: .method, whole: $0.span,
                word: $0.name.span)
        }
        + automation.tests.map {
            OutlineSymbol(
                name: $0.name.text, detail: DeclarationWord.test.rawValue, kind: .event, whole: $0.span,
                word: $0.name.span)
        }
}

func outline(_ document: Document) -> Value {
    guard let automation = document.model?.automation else { return .list([]) }
    return .list(
        symbols(of: automation).map { symbol in
            .record([
                ("name", .string(symbol.name.isEmpty ? "?" : symbol.name)),
                ("detail", .string(symbol.detail)), ("kind", .int(symbol.kind.rawValue)),
                ("range", document.range(symbol.whole.union(symbol.word))),
                ("selectionRange", document.range(symbol.word)),
            ])
        })
}

import CEL
import Diagnostics

/// Declarations of types: `type` and `result` of the header.
extension Parser {
    mutating func typeDeclaration() throws(Diagnostic) {
        let word = try tokens.take()
        let name = try identifier("the type's name")
        let body: TypeDeclaration.Body
        let end: Span
        if try takeWord("from") {
            let path = try plainText("the path of the file that declares it, in quotes")
            (body, end) = (.file(path), path.span)
        } else {
            _ = try tokens.expect(.assign, "or `from` after the type's name")
            let type = try typeNode()
            (body, end) = (.here(type), type.span)
        }
        automation.types.append(TypeDeclaration(name: name, body: body, span: word.span.union(end)))
        try endOfLine()
    }

    /// `result { title: text }`: what the automation gives.
    mutating func resultDeclaration() throws(Diagnostic) {
        let word = try tokens.take()
        try passSign(behind: "result")
        let type = try typeNode()
        if let first = automation.result {
            report(
                Diagnostic(
                    .duplicateName, "the file has a second `result`", at: word.span,
                    notes: [Note(first.span, "it is declared here already")], help: "leave one of them out"))
        }
        automation.result = ResultDeclaration(type: type, span: word.span.union(type.span))
        try endOfLine()
    }

    private mutating func takeWord(_ word: String) throws(Diagnostic) -> Bool {
        let token = try tokens.peek()
        guard case .identifier(word) = token.kind, !token.newlineBefore else { return false }
        try tokens.take()
        return true
    }
}

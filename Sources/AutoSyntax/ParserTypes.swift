import CEL
import Diagnostics

/// Declarations of types: `type` and `result` of the header.
extension Parser {
    mutating func typeDeclaration() throws(Diagnostic) {
        let word = try tokens.take()
        let name = try identifier("the type's name")
        let body: TypeDeclaration.Body
        let end: Span
        if try takeWord(.from) {
            let path = try plainText("the path of the file that declares it, in quotes")
            (body, end) = (.file(path), path.span)
        } else {
            if try tokens.peek().isSymbol(.openBrace) {
                let place = tokens.lastEnd
                tell(
                    "a type's name and what it is are parted by `=`", at: name.span,
                    help: "write `type \(name.text) = {`", replacing: Span(place, place), by: " =")
            } else {
                _ = try tokens.expect(.assign, "or `from` after the type's name")
            }
            let type = try declaredType(name)
            (body, end) = (.here(type), type.span)
        }
        automation.types.append(TypeDeclaration(name: name, body: body, span: word.span.union(end)))
        try endOfLine()
    }

    /// The type behind a name; one that cannot be read is declared all the same, so that who uses it is not told that it
    /// is missing.
    private mutating func declaredType(_ name: Name) throws(Diagnostic) -> TypeNode {
        do throws(Diagnostic) { return try wholeType() } catch {
            let unknown = TypeNode(kind: .named(TypeWord.json.rawValue), span: name.span)
            automation.types.append(TypeDeclaration(name: name, body: .here(unknown), span: name.span))
            throw error
        }
    }

    /// `result { title: text }`: what the automation gives.
    mutating func resultDeclaration() throws(Diagnostic) {
        let word = try tokens.take()
        try passSign(behind: "result")
        let type = try wholeType()
        if let first = automation.result {
            report(
                Diagnostic(
                    .duplicateName, "the file has a second `result`", at: word.span,
                    notes: [Note(first.span, "it is declared here already")], help: "leave one of them out"))
        }
        automation.result = ResultDeclaration(type: type, span: word.span.union(type.span))
        try endOfLine()
    }

    private mutating func takeWord(_ word: JoiningWord) throws(Diagnostic) -> Bool {
        let token = try tokens.peek()
        guard token.kind == .identifier(word.rawValue), !token.newlineBefore else { return false }
        try tokens.take()
        return true
    }
}

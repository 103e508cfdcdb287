import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import Values

extension FolderFiles {
    /// Where the field is declared that an expression reads of what a called file gives, as `title` of
    /// `digest.result.title`; nil where none is read, or the file does not say what it gives.
    mutating func calledField(_ document: Document, _ offset: Int) -> Value? {
        guard let model = document.model, let (step, path) = readPath(model, offset),
            let number = model.stepNumber(step), let own = file(document.name),
            let callee = own.callee(of: model.automation.steps[number]), let called = file(callee),
            let type = called.automation.result?.type
        else { return nil }
        return place(of: path[...], in: type, of: called, depth: 0)
    }

    /// The step and the fields of its result that are read, up to the field at a place.
    private func readPath(_ model: SemanticModel, _ offset: Int) -> (step: String, fields: [String])? {
        var found: (String, [String])?
        model.forEachExpression(at: offset) { expression in
            guard case .select(_, _, let span, _) = expression.kind, span.holds(offset),
                let (step, fields) = chain(expression), fields.count > 1,
                ["result", "results", "current"].contains(fields[0])
            else { return }
            found = (step, Array(fields.dropFirst()))
        }
        return found
    }

    /// `a.b[0].c` as the name `a` with the fields `b` and `c`; nil for any other expression.
    private func chain(_ expression: Expression) -> (name: String, fields: [String])? {
        switch expression.kind {
        case .name(let name, _): return (name, [])
        case .select(let operand, let field, _, _):
            guard let (name, fields) = chain(operand) else { return nil }
            return (name, fields + [field])
        case .index(let operand, _, _): return chain(operand)
        case .literal, .text, .has, .call, .unary, .binary, .conditional, .list, .map, .macro: return nil
        }
    }

    /// Where the last field of a path is declared; types have names, and stand in other files too.
    private mutating func place(
        of path: ArraySlice<String>, in type: TypeNode, of file: FolderFile, depth: Int
    ) -> Value? {
        guard let name = path.first, depth < OtherFiles.deepest else { return nil }
        switch type.kind {
        case .list(let element): return place(of: path, in: element, of: file, depth: depth + 1)
        case .record(let fields):
            guard let field = fields.first(where: { $0.name.text == name }) else { return nil }
            guard path.count > 1 else { return file.location(field.name.span) }
            return place(of: path.dropFirst(), in: field.type, of: file, depth: depth + 1)
        case .named(let name):
            guard let declared = file.types[name] else { return nil }
            switch declared.body {
            case .here(let type): return place(of: path, in: type, of: file, depth: depth + 1)
            case .file(let written):
                guard let other = try? OtherFiles.path(of: written.text, namedIn: file.path),
                    let next = self.file(other), let type = next.types[name]?.type
                else { return nil }
                return place(of: path, in: type, of: next, depth: depth + 1)
            }
        case .oneOf: return nil
        }
    }
}

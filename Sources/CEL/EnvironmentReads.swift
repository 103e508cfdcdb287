import Diagnostics
import Values

/// How shells and other languages read a key from the environment: `$TOKEN`, `env.TOKEN`, `process.env.TOKEN`,
/// `os.environ["TOKEN"]`, `getenv("TOKEN")`. Here it is a secret, which is declared and read as `secrets.TOKEN`.
extension TokenStream {
    /// Tells of a `$` in front of a name, behind which reading goes on; false for any other.
    mutating func tellDollar(_ finding: Diagnostic) -> Bool {
        let start = finding.span.end
        var end = start
        while let byte = lexer.byte(at: end), isIdentifierStart(byte) || (end > start && isDigit(byte)) {
            end += 1
        }
        guard end > start else { return false }
        let name = String(decoding: lexer.bytes[start..<end], as: UTF8.self)
        let isVariable = isVariableName(name)
        tell(
            finding.code, finding.message, at: finding.span,
            help: isVariable ? "write `secrets.\(name)`" : "a name is written without `$`",
            by: isVariable ? "secrets." : "")
        return true
    }
}

extension Typer {
    /// The type of what other languages read from the environment, told with its mend; nil for anything else.
    mutating func typeOfVariable(_ expression: Expression) -> Type? {
        guard let name = variable(readBy: expression), let isDeclared = isSecret(name) else { return nil }
        let mend = "secrets.\(name)"
        report(
            .unknownName, "an expression reads no environment variable", expression.span,
            help: isDeclared ? "write `\(mend)`" : "declare it, `secret \(name)`, and write `\(mend)`",
            fix: isDeclared ? FixIt(span: expression.span, replacement: mend) : nil)
        return .string
    }

    /// The type of a `$TOKEN`, whose `$` has been told with its mend; nil for any other name.
    mutating func typeOfDollar(_ name: String, _ span: Span) -> Type? {
        guard span.start > 0, isVariableName(name), written(Span(span.start - 1, span.start)) == "$",
            let isDeclared = isSecret(name)
        else { return nil }
        if !isDeclared {
            report(
                .unknownSecret, "there is no secret `\(name)`", span, help: "declare it: secret \(name)")
        }
        return .string
    }

    /// Nil where no secrets can be read at all.
    private func isSecret(_ name: String) -> Bool? {
        guard case .record(let record) = scope.type("secrets"), record.role == .secrets else { return nil }
        return record[name] != nil
    }

    /// The environment variable that an expression of another language reads.
    private func variable(readBy expression: Expression) -> String? {
        switch expression.kind {
        case .select(let place, let field, _, optional: _):
            return ["env", "process.env"].contains(words(place)) ? field : nil
        case .index(let place, let key, optional: _):
            let isEnvironment = ["env", "ENV", "process.env", "os.environ"].contains(words(place))
            return isEnvironment ? name(key) : nil
        case .call(let function, _, let target, let arguments):
            let place = target.map { words($0).map { $0 + "." } } ?? ""
            guard let place, let first = arguments.first else { return nil }
            let functions = ["env", "getenv", "os.getenv", "os.environ.get", "Deno.env.get"]
            return functions.contains(place + function) ? name(first) : nil
        case .literal, .text, .name, .has, .unary, .binary, .conditional, .list, .map, .macro: return nil
        }
    }

    /// `process.env` as it is written; nil where it begins with something that is here.
    private func words(_ expression: Expression) -> String? {
        switch expression.kind {
        case .name(let name, rooted: _):
            let isKnown = scope.type(name) != nil || locals.contains { $0.name == name }
            return isKnown ? nil : name
        case .select(let operand, let field, _, optional: false):
            return words(operand).map { $0 + "." + field }
        case .literal, .text, .select, .has, .index, .call, .unary, .binary, .conditional, .list, .map,
            .macro:
            return nil
        }
    }

    /// A text in quotes that can be the name of a secret.
    private func name(_ key: Expression) -> String? {
        guard case .literal(.string(let text)) = key.kind, let first = text.utf8.first,
            isIdentifierStart(first),
            text.utf8.allSatisfy({ isIdentifierStart($0) || isDigit($0) })
        else { return nil }
        return text
    }
}

/// Whether a name is written like that of an environment variable.
func isVariableName(_ name: String) -> Bool {
    name.utf8.first.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) } == true
        && name.utf8.allSatisfy {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || isDigit($0) || $0 == UInt8(ascii: "_")
        }
}

import CEL
import Diagnostics
import Values

/// The value of an expression as JSON text, or the kind of its error.
func evaluated(_ text: String, _ variables: [String: Value] = [:]) -> String {
    var names: [String: Int] = [:]
    var values: [Value?] = []
    for (name, value) in variables {
        names[name] = values.count
        values.append(value)
    }
    do {
        let program = Program(try parseExpression(SourceText(name: "test", text: text)), names: names)
        return JSON.text(try program.evaluate(SlotValues(values)))
    } catch let error as EvaluationError {
        return "error: \(error.kind.rawValue)"
    } catch {
        return "syntax error"
    }
}

/// The static type of an expression in the language's words, or what is wrong with it.
func typed(_ text: String, _ types: [String: Type] = [:]) -> String {
    guard let expression = try? parseExpression(SourceText(name: "test", text: text)) else {
        return "syntax error"
    }
    var typer = Typer(scope: TypeScope(type: { types[$0] }, names: { types.keys.sorted() }))
    let type = typer.type(of: expression)
    return typer.findings.first?.message ?? type.widened.text
}

package import AutoSyntax
package import CEL
package import Diagnostics
import Values

/// What is known of a file, for editors: its tree, the type of each expression, every name with its places.
package struct SemanticModel: Sendable {
    let context: CheckContext

    init(_ context: CheckContext) { self.context = context }

    /// What the file says, as far as it could be read.
    package var automation: Automation { context.automation }

    /// The step that a place stands in.
    package func step(at offset: Int) -> Int? {
        automation.steps.firstIndex { $0.span.start <= offset && offset <= $0.span.end }
    }

    /// The place of a step among the file's steps, by its name; nil where none has it.
    package func stepNumber(_ name: String) -> Int? { context.stepIndex[name] }

    /// The automation that a step calls; nil where it calls none, or its file has errors.
    package func called(by step: Int) -> CalledAutomation? { context.calls[step]?.file.called }

    /// What a step gives, as expressions read it by `name.result`.
    package func result(of step: Int) -> Type { context.results[step] }

    /// The names that an expression of a step may use, with their types.
    package func names(in step: Int?) -> [(name: String, type: Type)] {
        var names: [(String, Type)] = step.map { context.variables(of: $0) } ?? []
        let scope = context.scope(of: step)
        for name in ["inputs", "secrets", "session"] + automation.offeredNames {
            if let type = scope.type(name) { names.append((name, type)) }
        }
        return names
    }

    /// The type of an expression as written, seen from a step; nil when it cannot be read.
    ///
    /// - Parameter place: Where in the text the expression ends that is asked for; left out, it is the whole text.
    /// - Parameter variables: The variables of macros around it.
    package func type(
        of text: String, at place: Int? = nil, in step: Int?, variables: [(String, Type)] = []
    ) -> Type? {
        guard let expression = try? parseExpression(SourceText(name: "", text: text), dialect: .automation)
        else { return nil }
        var typer = Typer(scope: context.scope(of: step).adding(variables))
        typer.probe = place ?? expression.span.end
        _ = typer.type(of: expression)
        return typer.probed?.type
    }

    /// The smallest expression at a place, and its type.
    package func expression(at offset: Int) -> (span: Span, type: Type)? {
        func probe(_ typer: Typer, _ expression: Expression) -> (span: Span, type: Type)? {
            guard expression.span.start <= offset, offset <= expression.span.end else { return nil }
            var typer = typer
            typer.probe = offset
            _ = typer.type(of: expression)
            return typer.probed
        }
        if let number = step(at: offset) {
            var found: (span: Span, type: Type)?
            automation.steps[number].forEachExpression { expression in
                found = found ?? probe(context.typer(for: number), expression)
            }
            return found
        }
        for test in automation.tests {
            for expectation in test.expectations {
                if let found = probe(Typer(scope: testScope(context)), expectation) { return found }
            }
        }
        return nil
    }

    /// Calls the body with every expression of the file that stands at a place, outer ones first.
    package func forEachExpression(at offset: Int, _ body: (Expression) -> Void) {
        func visit(_ expression: Expression) {
            guard expression.span.start <= offset, offset <= expression.span.end else { return }
            expression.walk { part in
                if part.span.start <= offset, offset <= part.span.end { body(part) }
            }
        }
        if let number = step(at: offset) { automation.steps[number].forEachExpression(visit) }
        for test in automation.tests where test.span.start <= offset && offset <= test.span.end {
            for expectation in test.expectations { visit(expectation) }
            for field in test.fields { field.value.forEachExpression(visit) }
        }
    }

    /// A declared type's fields and values in the language's words.
    package func declaredType(_ name: String) -> DataType? {
        guard let declaration = automation.types.first(where: { $0.name.text == name }) else { return nil }
        guard let type = declaration.type else {
            return context.types.declared(name)
        }
        var types = context.types
        return types.resolve(type)
    }

    /// The declared type of an input, by its name; nil where none has it.
    package func inputType(_ name: String) -> DataType? {
        automation.inputs.firstIndex { $0.name.text == name }.map { context.inputTypes[$0] }
    }
}

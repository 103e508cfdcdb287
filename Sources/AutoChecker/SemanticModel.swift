package import AutoSyntax
package import CEL
package import Diagnostics
import Values

/// Where an expression stands, which decides what names it may use.
package enum ExpressionSite: Sendable, Hashable {
    /// In a step, by its place among the file's steps.
    case step(Int)
    /// In what a test expects.
    case test
    /// Outside of both.
    case file
}

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

    /// The automation that is called, or given to a model, by the path that stands at a place, and the path's place; nil
    /// where none does, or its file has errors.
    package func called(at offset: Int) -> (path: Span, automation: CalledAutomation)? {
        guard let number = step(at: offset) else { return nil }
        let files = (context.calls[number].map { [$0] } ?? []) + (context.tools[number] ?? []).map(\.call)
        guard let call = files.first(where: { $0.path.span.start <= offset && offset <= $0.path.span.end }),
            let called = call.file.called
        else { return nil }
        return (call.path.span, called)
    }

    /// The automations that a step gives to its model, by the names under which the model knows them, with the names of
    /// their inputs.
    package func toolInputs(of step: Int) -> [(name: String, inputs: [String])] {
        context.toolAutomations(step).map { (toolName(of: $0.name), $0.inputs.map(\.name)) }
    }

    /// What a step gives, as expressions read it by `name.result`.
    package func result(of step: Int) -> Type { context.results[step] }

    private func scope(of site: ExpressionSite) -> TypeScope {
        switch site {
        case .step(let step): context.scope(of: step)
        case .test: testScope(context)
        case .file: context.scope(of: nil)
        }
    }

    /// The names that an expression may use where it stands, with their types; the variables of a step come first.
    package func names(in site: ExpressionSite) -> [(name: String, type: Type)] {
        var names: [(String, Type)] = []
        if case .step(let step) = site { names = context.variables(of: step) }
        let own = Set(names.map(\.0))
        let scope = scope(of: site)
        for name in scope.names() where !own.contains(name) {
            if let type = scope.type(name) { names.append((name, type)) }
        }
        return names
    }

    /// What the value of an input, a reply or an answer of a test has to be, by the name that the test gives it; nil
    /// where nothing has the name.
    package func testedType(_ name: String, in word: TestWord) -> DataType? {
        switch word {
        case .inputs: inputType(name)
        case .replies, .answers: if case .step(let step) = context.tested(name) { step.reply } else { nil }
        case .now, .expect: nil
        }
    }

    /// The type of an expression as written, seen from where it stands; nil when it cannot be read.
    ///
    /// - Parameter place: Where in the text the expression ends that is asked for; left out, it is the whole text.
    /// - Parameter variables: The variables of macros around it.
    package func type(
        of text: String, at place: Int? = nil, in site: ExpressionSite, variables: [(String, Type)] = []
    ) -> Type? {
        guard let expression = try? parseExpression(SourceText(name: "", text: text), dialect: .automation)
        else { return nil }
        var typer = Typer(scope: scope(of: site).adding(variables))
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
        context.inputIndex[name].map { context.inputTypes[$0] }
    }
}

import Diagnostics

extension TokenStream {
    /// The macro that a call spells, or nil when it is an ordinary call.
    func macro(
        _ name: String, _ nameSpan: Span, target: Expression?, _ arguments: [Expression], _ span: Span
    ) throws(Diagnostic) -> Expression? {
        guard let target else {
            return name == "has" && arguments.count == 1 ? try has(arguments[0], span) : nil
        }
        if name == "bind", case .name("cel", _) = target.kind, arguments.count == 3 {
            let variable = try self.variable(arguments[0], of: "cel.bind")
            return try macroNode(.bind, arguments[1], [variable], nil, arguments[2], span)
        }
        switch (name, arguments.count) {
        case ("all", 2), ("exists", 2), ("exists_one", 2), ("filter", 2), ("map", 2), ("existsOne", 2):
            return try oneVariable(name, target, arguments, nil, span)
        case ("map", 3):
            return try oneVariable(name, target, [arguments[0], arguments[2]], arguments[1], span)
        case ("all", 3), ("exists", 3), ("existsOne", 3), ("exists_one", 3), ("transformList", 3),
            ("transformMap", 3), ("transformMapEntry", 3):
            return try twoVariables(name, target, arguments, nil, span)
        case ("transformList", 4), ("transformMap", 4), ("transformMapEntry", 4):
            return try twoVariables(
                name, target, [arguments[0], arguments[1], arguments[3]], arguments[2], span)
        case ("optMap", 2), ("optFlatMap", 2), ("sortBy", 2):
            return try oneVariable(name, target, arguments, nil, span)
        default:
            return nil
        }
    }

    private func has(_ argument: Expression, _ span: Span) throws(Diagnostic) -> Expression {
        guard case .select(let operand, let field, let fieldSpan, optional: false) = argument.kind else {
            throw Diagnostic(
                .expected, "expected a field in `has(…)`, such as `has(x.field)`", at: argument.span,
                help: "`has` asks whether a field is there; for a key in a map write `key in map`")
        }
        return try node(.has(operand, field: field, fieldSpan: fieldSpan), span)
    }

    private func kind(_ name: String) -> MacroKind? {
        name == "existsOne" ? .existsOne : MacroKind(rawValue: name)
    }

    private func oneVariable(
        _ name: String, _ target: Expression, _ arguments: [Expression], _ condition: Expression?,
        _ span: Span
    ) throws(Diagnostic) -> Expression? {
        guard let kind = kind(name) else { return nil }
        let variable = try self.variable(arguments[0], of: name)
        return try macroNode(kind, target, [variable], condition, arguments[1], span)
    }

    private func twoVariables(
        _ name: String, _ target: Expression, _ arguments: [Expression], _ condition: Expression?,
        _ span: Span
    ) throws(Diagnostic) -> Expression? {
        guard let kind = kind(name) else { return nil }
        let first = try variable(arguments[0], of: name)
        let second = try variable(arguments[1], of: name)
        guard first.name != second.name else {
            throw Diagnostic(
                .duplicateName, "`\(name)` names both its variables `\(first.name)`", at: second.span)
        }
        return try macroNode(kind, target, [first, second], condition, arguments[2], span)
    }

    private func macroNode(
        _ kind: MacroKind, _ operand: Expression, _ variables: [MacroVariable], _ condition: Expression?,
        _ body: Expression, _ span: Span
    ) throws(Diagnostic) -> Expression {
        let macro = Macro(
            kind: kind, operand: operand, variables: variables, condition: condition, body: body)
        return try node(.macro(macro), span)
    }

    private func variable(_ expression: Expression, of macro: String) throws(Diagnostic) -> MacroVariable {
        guard case .name(let name, rooted: false) = expression.kind else {
            throw Diagnostic(
                .expected, "expected a plain name as the variable of `\(macro)`", at: expression.span,
                help: "for example `items.\(macro)(item, …)`")
        }
        return MacroVariable(name: name, span: expression.span)
    }
}

import Diagnostics
import Values

extension Typer {
    mutating func call(
        _ name: String, _ nameSpan: Span, _ target: Expression?, _ arguments: [Expression], _ span: Span
    ) -> Type {
        if let target, let path = path(target) {
            let qualified = path + "." + name
            let overloads = functions.overloads(qualified, isMethod: false)
            if !overloads.isEmpty { return apply(overloads, qualified, nil, arguments, span) }
            if let known = functions.foreignName(of: name, in: path) {
                reportUnknown(
                    known, as: qualified, target.span.union(nameSpan), span, nil, arguments)
                return .unknown
            }
            if let advice = functions.advice(for: qualified, in: path) {
                report(
                    .unknownFunction, "there is no function `\(qualified)`", nameSpan, help: advice)
                return .unknown
            }
        }
        let overloads = functions.overloads(name, isMethod: target != nil)
        guard !overloads.isEmpty else {
            var first = target.map { type(of: $0) }
            // The variable of a macro by another name is no name of its own.
            if arguments.count < 2 || !arguments[0].isPlainName {
                for argument in arguments {
                    let type = type(of: argument)
                    if first == nil { first = type }
                }
            }
            reportUnknown(name, nameSpan, span, target, arguments, first: first ?? .unknown)
            return .unknown
        }
        return apply(overloads, name, target, arguments, span)
    }

    private func path(_ expression: Expression) -> String? {
        guard case .name(let name, _) = expression.kind, !locals.contains(where: { $0.name == name }) else {
            return nil
        }
        return scope.type(name) == nil ? name : nil
    }

    /// - Parameters:
    ///   - name: what is looked for among the functions and among those of other languages.
    ///   - whole: how it is written, where that is more than the name.
    ///   - first: the type of the target, or of the first argument where there is none.
    private mutating func reportUnknown(
        _ name: String, as whole: String? = nil, _ nameSpan: Span, _ span: Span, _ target: Expression?,
        _ arguments: [Expression], first: Type = .unknown
    ) {
        let isMethod = target != nil
        let operands = (target.map { [$0] } ?? []) + arguments
        let texts = operands.compactMap(operandText)
        let isWritten = texts.count == operands.count
        let call = misplacedCall(name, texts, isMethod: isMethod)
        // `max(1, 2)` of other languages is not the method `max` of lists.
        let isOther = !isMethod && call == nil && functions.isKnown(name)
        if !functions.overloads(name, isMethod: !isMethod).isEmpty, !isOther {
            let mend = isWritten && !texts.isEmpty ? call : nil
            report(
                .unknownFunction,
                whole.map { "there is no function `\($0)`" }
                    ?? "`\(name)` is \(isMethod ? "a function, not a method" : "a method, not a function")",
                nameSpan,
                help: mend.map { "write `\($0)`" }
                    ?? (isMethod
                        ? "write `\(name)(…)` with the value inside"
                        : "write it after its value: `value.\(name)(…)`"),
                fix: mend.map { FixIt(span: span, replacement: $0) })
            return
        }
        if (MacroKind.allCases.map(\.rawValue) + ["has"]).contains(name) {
            report(
                .noOverload, "`\(name)` is written with other arguments", nameSpan,
                help: "for example `list.\(name)(x, …)`")
            return
        }
        let advice = functions.advice(
            for: name, isMethod: isMethod, operands: isWritten ? texts : nil, first: first)
        let rename = advice?.name.map { FixIt(span: nameSpan, replacement: $0) }
        report(
            .unknownFunction, "there is no function `\(whole ?? name)`", nameSpan, help: advice?.sentence,
            fix: rename ?? advice?.call.map { FixIt(span: span, replacement: closed($0, at: span)) })
    }

    /// What takes the place of a call, in parentheses where it has an operator and another one stands beside it.
    private func closed(_ text: String, at span: Span) -> String {
        let source = SourceText(name: "", text: text)
        guard let bytes = scope.source?.bytes, let parsed = try? parseExpression(source) else { return text }
        switch parsed.kind {
        case .binary, .unary, .conditional: break
        case .literal, .text, .name, .select, .has, .index, .call, .list, .map, .macro: return text
        }
        let blank = UInt8(ascii: " ")
        let before = bytes[..<min(span.start, bytes.count)].last { $0 != blank }
        let after = bytes[min(span.end, bytes.count)...].first { $0 != blank }
        let beside = Array("!+-*/%<>=.[?&|".utf8)
        return beside.contains { $0 == before || $0 == after } ? "(\(text))" : text
    }

    /// A method written as a function, or a function as a method, as it is to be written.
    private func misplacedCall(_ name: String, _ operands: [String], isMethod: Bool) -> String? {
        guard let first = operands.first else { return nil }
        if isMethod { return "\(name)(\(operands.joined(separator: ", ")))" }
        let fits = functions.overloads(name, isMethod: true).contains { $0.takes(operands.count) }
        return fits ? "\(first).\(name)(\(operands.dropFirst().joined(separator: ", ")))" : nil
    }

    /// An operand as it is written, in parentheses where it would fall apart; nil where the source is not known.
    private func operandText(_ operand: Expression) -> String? {
        guard let text = written(operand.span) else { return nil }
        switch operand.kind {
        case .binary, .unary, .conditional:
            return text.hasPrefix("(") && text.hasSuffix(")") ? text : "(\(text))"
        case .literal, .text, .name, .select, .has, .index, .call, .list, .map, .macro: return text
        }
    }

    private mutating func apply(
        _ overloads: [Overload], _ name: String, _ target: Expression?, _ arguments: [Expression],
        _ span: Span
    ) -> Type {
        let operands = (target.map { [$0] } ?? []) + arguments
        var types: [Type] = []
        for operand in operands { types.append(type(of: operand)) }
        if let target { tellNull(target) }
        if types.contains(.unknown) { return commonResult(overloads) }
        var results: [Type] = []
        for overload in overloads where overload.takes(types.count) {
            var bindings: [String: Type] = [:]
            let fits = types.enumerated().allSatisfy {
                unify($0.element, overload.parameter($0.offset), &bindings)
            }
            if fits { results.append(substituted(overload.result, bindings)) }
        }
        if let first = results.first {
            return resultType(of: name, types) ?? (results.allSatisfy { $0 == first } ? first : .dyn)
        }
        reportNoOverload(overloads, name, target != nil, types, span)
        return commonResult(overloads)
    }

    /// The type of a result that the forms of a function cannot say; nil where they do.
    private func resultType(of name: String, _ types: [Type]) -> Type? {
        switch name {
        case "math.greatest", "math.least":
            return types.dropFirst().allSatisfy { $0 == types[0] } && types[0].isNumber ? types[0] : .dyn
        case "flatten":
            // How deep is known only at run time where it is asked for.
            guard types.count == 1, case .list(let element) = types[0] else { return nil }
            if case .list = element { return element }
            return element.isOpen ? .list(.dyn) : types[0]
        default: return nil
        }
    }

    private func commonResult(_ overloads: [Overload]) -> Type {
        guard let first = overloads.first?.result, overloads.allSatisfy({ $0.result == first }) else {
            return .unknown
        }
        switch first {
        case .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration: return first
        case .dyn, .unknown, .null, .type, .list, .map, .optional, .record, .oneOf, .parameter:
            return .unknown
        }
    }

    private func unify(_ type: Type, _ wanted: Type, _ bindings: inout [String: Type]) -> Bool {
        switch (type, wanted) {
        case (_, .parameter(let name)):
            bindings[name] = bindings[name].map { $0.joined(with: type) } ?? type
            return true
        case (.optional(let inner), .optional(let wantedInner)): return unify(inner, wantedInner, &bindings)
        case (.list(let inner), .list(let wantedInner)): return unify(inner, wantedInner, &bindings)
        default: return type.fits(wanted)
        }
    }

    private func substituted(_ type: Type, _ bindings: [String: Type]) -> Type {
        switch type {
        case .parameter(let name): bindings[name] ?? .dyn
        case .optional(let inner): .optional(substituted(inner, bindings))
        case .list(let inner): .list(substituted(inner, bindings))
        case .dyn, .unknown, .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration,
            .type, .map,
            .record, .oneOf:
            type
        }
    }

    private mutating func reportNoOverload(
        _ overloads: [Overload], _ name: String, _ isMethod: Bool, _ types: [Type], _ span: Span
    ) {
        if isMethod, optionalMethods.contains(name), tellOptional(readBefore: span) { return }
        let given = types.dropFirst(isMethod ? 1 : 0).map(\.widened.text).joined(separator: ", ")
        let on = isMethod ? " on \(types[0].widened.text)" : ""
        let forms = overloads.prefix(4).map { overload -> String in
            let shown = overload.parameters.map(\.text)
            return isMethod
                ? "\(shown[0]).\(name)(\(shown.dropFirst().joined(separator: ", ")))"
                : "\(name)(\(shown.joined(separator: ", ")))"
        }
        var help = "there is " + inWords(forms)
        if isMethod, case .optional = types[0] {
            help = "say first what counts when it is absent: `.orValue(…)`"
        }
        if isMethod, name == "contains", types.count == 2, types[0].isList {
            help = "write `value in list`"
        }
        if isMethod, name == "slice", types[0].isText { help = "write `.substring(from, to)`" }
        report(.noOverload, "`\(name)(\(given))`\(on) does not exist", span, help: help)
    }

    /// Tells `list.map(i, x, …)`, whose second name is meant as the element: that is `transformList`. False for every
    /// other macro.
    private mutating func tellIndex(of macro: Macro, _ operand: Type) -> Bool {
        guard macro.kind == .map, let index = macro.variables.first, let condition = macro.condition,
            case .name(let name, rooted: false) = condition.kind, scope.type(name) == nil,
            scope.suggestion(name) == nil, !locals.contains(where: { $0.name == name })
        else { return false }
        let place = Span(macro.operand.span.end, index.span.start)
        let call = written(place)
        report(
            .unknownName, "`map` gives an element no number, so nothing is named `\(name)`", condition.span,
            help: "write `transformList(\(index.name), \(name), …)`, which gives number and element",
            fix: call.map {
                FixIt(span: place, replacement: $0.replacing("map", with: MacroKind.transformList.rawValue))
            })
        let element: Type = if case .list(let element) = operand { element } else { .dyn }
        locals.append((index.name, .int))
        locals.append((name, element))
        return true
    }

    mutating func macro(_ macro: Macro) -> Type {
        let operand = type(of: macro.operand)
        let depth = locals.count
        tellNull(macro.operand)
        let before = (present, maybeNull)
        defer {
            locals.removeSubrange(depth...)
            (present, maybeNull) = before
        }
        bindNulls(macro)
        bindVariables(macro, operand)
        bindPresence(macro)
        if tellIndex(of: macro, operand) { return .list(type(of: macro.body)) }
        if let condition = macro.condition {
            expectBool(condition, "the condition of `\(macro.kind.rawValue)`")
            present.formUnion(condition.presence(when: true))
        }
        switch macro.kind {
        case .all, .exists, .existsOne:
            expectBool(macro.body, "the condition of `\(macro.kind.rawValue)`")
            return .bool
        case .filter:
            expectBool(macro.body, "the condition of `filter`")
            if case .map(let key, _) = operand { return .list(key) }
            if case .record = operand { return .list(.string) }
            return operand
        case .sortBy:
            expectOrder(type(of: macro.body), macro.body.span)
            if case .map(let key, _) = operand { return .list(key) }
            return operand.isList || operand.isOpen ? operand : .list(.string)
        case .map, .transformList: return .list(type(of: macro.body))
        case .transformMap:
            let value = type(of: macro.body)
            if case .map(let key, _) = operand { return .map(key, value) }
            if case .list = operand { return .map(.int, value) }
            return .map(.dyn, value)
        case .transformMapEntry:
            if case .map(let key, let value) = type(of: macro.body) { return .map(key, value) }
            return .map(.dyn, .dyn)
        case .optMap: return .optional(type(of: macro.body))
        case .optFlatMap: return type(of: macro.body)
        case .bind: return type(of: macro.body)
        }
    }

    /// Tells a key by which nothing can be sorted.
    private mutating func expectOrder(_ key: Type, _ span: Span) {
        switch key {
        case .dyn, .unknown, .bool, .int, .uint, .double, .string, .oneOf, .bytes, .timestamp, .duration:
            break
        case .null, .type, .list, .map, .optional, .record, .parameter:
            var help: String?
            if case .optional = key { help = "say what counts when it is absent: `….orValue(…)`" }
            report(.wrongType, "`sortBy` has no order for \(key.widened.text)", span, help: help)
        }
    }

    /// What is known of a variable of the same name around does not hold for this one; what a `filter` before has asked does.
    private mutating func bindPresence(_ macro: Macro) {
        for variable in macro.variables {
            present = present.filter {
                !$0.hasPrefix(variable.name + ".") && $0 != variable.name + " != null"
            }
        }
        guard let element = macro.variables.last, case .macro(let inner) = macro.operand.kind,
            inner.kind == .filter, let asked = inner.variables.last
        else { return }
        let prefix = asked.name + "."
        for shape in inner.body.presence(when: true) where shape.hasPrefix(prefix) {
            present.insert(element.name + "." + shape.dropFirst(prefix.count))
        }
    }

    private mutating func bindVariables(_ macro: Macro, _ operand: Type) {
        var types: [Type]
        switch macro.kind {
        case .bind: types = [operand]
        case .optMap, .optFlatMap:
            if case .optional(let inner) = operand {
                types = [inner]
            } else {
                types = [.unknown]
                if !operand.isOpen {
                    report(
                        .wrongType,
                        "`\(macro.kind.rawValue)` takes an optional value, found \(operand.widened.text)",
                        macro.operand.span)
                }
            }
        case .all, .exists, .existsOne, .map, .filter, .sortBy, .transformList, .transformMap,
            .transformMapEntry:
            types = elementTypes(operand, macro)
        }
        if macro.variables.count == 1, types.count == 2 { types = [types[operandIsList(operand) ? 1 : 0]] }
        for (variable, type) in zip(macro.variables, types) { locals.append((variable.name, type)) }
    }

    private func operandIsList(_ type: Type) -> Bool {
        if case .list = type { true } else { false }
    }

    /// The types of index (or key) and element.
    private mutating func elementTypes(_ operand: Type, _ macro: Macro) -> [Type] {
        switch operand {
        case .list(let element): return [.int, element]
        case .map(let key, let value): return [key, value]
        case .record: return [.string, .dyn]
        case .dyn, .unknown: return [operand, operand]
        case .optional, .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type,
            .oneOf,
            .parameter:
            var help: String?
            if case .optional = operand { help = "say first what counts when it is absent: `.orValue([])`" }
            report(
                .wrongType,
                "`\(macro.kind.rawValue)` goes over a list or a map, found \(operand.widened.text)",
                macro.operand.span, help: help)
            return [.unknown, .unknown]
        }
    }
}

extension Expression {
    /// Whether it is a name and nothing else.
    fileprivate var isPlainName: Bool {
        if case .name(_, rooted: false) = kind { true } else { false }
    }
}

/// What is asked of an optional value.
private let optionalMethods: Set<String> = ["orValue", "or", "hasValue", "value"]

extension Typer {
    /// Says once of `a.b.orValue(…)`, whose field may be absent, that `.?` reads it; false where that is not what was told.
    fileprivate mutating func tellOptional(readBefore call: Span) -> Bool {
        guard let (field, span) = lastAbsent, span.start == call.start, span.end < call.end,
            let told = findings.lastIndex(where: { $0.code == .optionalRead && $0.span == span })
        else { return false }
        let finding = findings[told]
        let place = span.end - field.utf8.count
        replaceFinding(
            at: told,
            Diagnostic(
                .optionalRead, finding.message, at: span, help: "read it as `.?\(field)`",
                fix: FixIt(span: Span(place, place), replacement: "?")))
        return true
    }
}

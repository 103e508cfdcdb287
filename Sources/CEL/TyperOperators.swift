import Diagnostics
import Values

/// How a finding of a comparison whose outcome is known begins; who knows more of the comparison says it behind this.
package func comparisonIsAlways(_ outcome: Bool) -> String { "this comparison is always \(outcome)" }

extension Typer {
    mutating func unary(_ unaryOperator: UnaryOperator, _ operand: Expression) -> Type {
        switch unaryOperator {
        case .not:
            expectBool(operand, "what `!` negates")
            return .bool
        case .negate:
            let type = self.type(of: operand)
            tellNull(operand)
            if type == .int || type == .double || type.isOpen { return type }
            report(.noOverload, "`-` takes an int or a number, found \(type.widened.text)", operand.span)
            return .unknown
        }
    }

    mutating func binary(
        _ binaryOperator: BinaryOperator, _ left: Expression, _ right: Expression, _ span: Span
    ) -> Type {
        switch binaryOperator {
        case .and, .or:
            let start = findings.count
            expectBool(left, "each side of `\(binaryOperator.rawValue)`")
            known(left.presence(when: binaryOperator == .and)) {
                $0.expectBool(right, "each side of `\(binaryOperator.rawValue)`")
            }
            if binaryOperator == .or { tellOtherValue(left, right, from: start) }
            return .bool
        case .equal, .notEqual:
            equality(binaryOperator, left, right, span)
            return .bool
        case .less, .lessEqual, .greater, .greaterEqual:
            order(binaryOperator, left, right, span)
            return .bool
        case .isIn:
            membership(left, right)
            return .bool
        case .subtract where tellHyphen(in: left, right): return .unknown
        case .add, .subtract, .multiply, .divide, .remainder:
            return arithmetic(binaryOperator, left, right, span)
        }
    }

    /// Tells `my-step.result`, where `my_step` is a name and `my` is none; false for every other difference.
    private mutating func tellHyphen(in left: Expression, _ right: Expression) -> Bool {
        guard let first = hyphenated(left), let last = leadingName(of: right),
            first.span.end + 1 == last.span.start, scope.type(first.words[0]) == nil,
            !locals.contains(where: { $0.name == first.words[0] })
        else { return false }
        let name = (first.words + [last.name]).joined(separator: "_")
        guard scope.type(name) != nil || scope.suggestion(name) != nil else { return false }
        let span = first.span.union(last.span)
        report(
            .unknownName, "a name holds letters, digits and `_`, and no `-`", span, help: "write `\(name)`",
            fix: FixIt(span: span, replacement: name))
        return true
    }

    /// The words of a name with `-` in it, which reads as one name minus another.
    private func hyphenated(_ expression: Expression) -> (words: [String], span: Span)? {
        if case .name(let name, rooted: false) = expression.kind { return ([name], expression.span) }
        guard case .binary(.subtract, let left, let right) = expression.kind, let before = hyphenated(left),
            case .name(let name, rooted: false) = right.kind, before.span.end + 1 == right.span.start
        else { return nil }
        return (before.words + [name], expression.span)
    }

    /// The name with which `name.part.part` begins.
    private func leadingName(of expression: Expression) -> (name: String, span: Span)? {
        switch expression.kind {
        case .name(let name, rooted: false): (name, expression.span)
        case .select(let operand, _, _, _): leadingName(of: operand)
        case .index(let operand, _, _): leadingName(of: operand)
        case .call(_, _, let target?, _): leadingName(of: target)
        case .macro(let macro): leadingName(of: macro.operand)
        case .name, .call, .literal, .text, .has, .unary, .binary, .conditional, .list, .map: nil
        }
    }

    private mutating func equality(
        _ binaryOperator: BinaryOperator, _ left: Expression, _ right: Expression, _ span: Span
    ) {
        let first = type(of: left)
        let second = type(of: right)
        offerQuotes(left, in: second)
        offerQuotes(right, in: first)
        if findsStrangers(left, in: second) || findsStrangers(right, in: first) { return }
        guard !first.canEqual(second) else {
            sameSides(binaryOperator, left, right, span)
            return
        }
        let outcome = binaryOperator != .equal
        let (known, other, wrong) = isLiteral(left) ? (second, first, left) : (first, second, right)
        if case .oneOf(let values) = known, case .oneOf(let written) = other, values.count > 1 {
            stranger(written.first, to: values, wrong.span, comparisonIsAlways(outcome))
            return
        }
        report(
            .constantComparison,
            comparisonIsAlways(outcome)
                + ": \(first.widened.text) is never equal to \(second.widened.text)",
            span, help: conversion(first, second), fix: unquoted(left, first, right, second))
    }

    /// Says of a word that was told to be no value, and that is one of a choice, that it is a text without its quotes; a
    /// step may be called so by chance.
    package mutating func offerQuotes(_ expression: Expression, in type: Type) {
        guard case .oneOf(let values) = type, case .name(let word, rooted: false) = expression.kind,
            let meant = values.first(where: { $0 == word })
                ?? values.first(where: { $0.lowercased() == word.lowercased() }),
            let told = toldName(expression)
        else { return }
        replaceFinding(
            at: told,
            Diagnostic(
                findings[told].code,
                findings[told].code == .nameAlone
                    ? "`\(word)` is a step here, and a text stands in quotes" : "nothing is named `\(word)`",
                at: expression.span, help: "a text stands in quotes: \(jsonString(meant))",
                fix: FixIt(span: expression.span, replacement: jsonString(meant))))
    }

    /// Which finding says that an expression, which is a name, is no value.
    private func toldName(_ expression: Expression) -> Int? {
        findings.lastIndex {
            $0.span == expression.span && ($0.code == .nameAlone || $0.code == .unknownName)
        }
    }

    /// A word that is none of those that a value can be.
    private mutating func stranger(_ word: String?, to values: [String], _ span: Span, _ message: String) {
        let near = word.flatMap { nearestName(to: $0, in: values) ?? longest(of: values, in: $0) }
        report(
            .constantComparison, message, span,
            label: values.count == 2 ? "neither of the two" : "not one of the \(numberInWords(values.count))",
            help: near.map { "write \(jsonString($0))" } ?? "it is one of \(inWords(values, quoted: "\""))",
            // Before a word, `not_`, `un` and the like make its opposite.
            fix: near.map { near in
                FixIt(span: span, replacement: jsonString(near), isSafe: word?.hasSuffix(near) == false)
            })
    }

    /// The longest of some words that begins another one, as `timeout` does in `TimeoutError`.
    private func longest(of values: [String], in word: String) -> String? {
        let letters = { (text: String) in text.lowercased().filter { $0 != "_" && $0 != "-" } }
        let whole = letters(word)
        return values.filter { $0.count >= 4 && whole.hasPrefix(letters($0)) }.max { $0.count < $1.count }
    }

    /// A number in quotes, compared with a number.
    private func unquoted(_ left: Expression, _ leftType: Type, _ right: Expression, _ rightType: Type)
        -> FixIt?
    {
        func mend(_ expression: Expression, _ other: Type) -> FixIt? {
            guard case .literal(.string(let text)) = expression.kind else { return nil }
            let fits: Bool
            switch other {
            case .int, .uint: fits = Int64(text) != nil
            case .double: fits = Double(text) != nil && text.contains(".")
            case .bool: fits = text == "true" || text == "false"
            case .dyn, .unknown, .null, .string, .bytes, .timestamp, .duration, .type, .list, .map, .optional,
                .record, .oneOf, .parameter:
                fits = false
            }
            return fits ? FixIt(span: expression.span, replacement: text) : nil
        }
        return mend(right, leftType) ?? mend(left, rightType)
    }

    /// `x == x`, `1 == 2`: what nothing outside can change.
    private mutating func sameSides(
        _ binaryOperator: BinaryOperator, _ left: Expression, _ right: Expression, _ span: Span
    ) {
        let isEqual: Bool
        if case .literal(let first) = left.kind, case .literal(let second) = right.kind {
            isEqual = areEqual(first, second)
        } else if left.shape == right.shape, isPlainRead(left) {
            isEqual = true
        } else {
            return
        }
        report(
            .constantComparison,
            comparisonIsAlways(isEqual == (binaryOperator == .equal))
                + ": both sides are written out or the same",
            span, help: "compare with what is meant, or leave the comparison out")
    }

    private func isPlainRead(_ expression: Expression) -> Bool {
        switch expression.kind {
        case .name: true
        case .select(let operand, _, _, _): isPlainRead(operand)
        case .literal, .text, .has, .index, .call, .unary, .binary, .conditional, .list, .map, .macro: false
        }
    }

    private func isLiteral(_ expression: Expression) -> Bool {
        if case .literal = expression.kind { true } else { false }
    }

    private func conversion(_ left: Type, _ right: Type) -> String? {
        if case .optional = left { return "say what counts when it is absent: `….orValue(…)`" }
        if case .optional = right { return "say what counts when it is absent: `….orValue(…)`" }
        if left.isText, right.isNumber { return "turn the text into a number: `double(…)` or `int(…)`" }
        if left.isNumber, right.isText {
            return "write the number without quotes, or turn it into text: `string(…)`"
        }
        if left == .bool, right.isText { return "write true or false without quotes" }
        return nil
    }

    private mutating func order(
        _ binaryOperator: BinaryOperator, _ left: Expression, _ right: Expression, _ span: Span
    ) {
        let first = type(of: left).widened
        let second = type(of: right).widened
        tellNulls(left, right)
        if first.isOpen || second.isOpen || (first.isNumber && second.isNumber) {
            constantOrder(binaryOperator, left, right, span)
            return
        }
        switch first {
        case .string, .bool, .bytes, .timestamp, .duration:
            if first == second { return }
        case .dyn, .unknown, .null, .int, .uint, .double, .type, .list, .map, .optional, .record, .oneOf,
            .parameter:
            break
        }
        if first == .bool, tellChain(binaryOperator, left, right) { return }
        report(
            .noOverload, "`\(binaryOperator.rawValue)` cannot compare \(first.text) with \(second.text)",
            span, help: conversion(first, second), fix: unquoted(left, first, right, second))
    }

    /// `size(x) >= 0`, `1 < 2`, `x < x`: orders that nothing outside can change.
    private mutating func constantOrder(
        _ binaryOperator: BinaryOperator, _ left: Expression, _ right: Expression, _ span: Span
    ) {
        var outcome: Bool?
        let isOrEqual = binaryOperator == .lessEqual || binaryOperator == .greaterEqual
        if left.shape == right.shape, isPlainRead(left) { outcome = isOrEqual }
        if case .literal(let first) = left.kind, case .literal(let second) = right.kind,
            let a = first.asDouble, let b = second.asDouble
        {
            switch binaryOperator {
            case .less: outcome = a < b
            case .lessEqual: outcome = a <= b
            case .greater: outcome = a > b
            case .greaterEqual: outcome = a >= b
            case .or, .and, .equal, .notEqual, .isIn, .add, .subtract, .multiply, .divide, .remainder: break
            }
        }
        if isSize(left), right.kind == .literal(.int(0)) {
            if binaryOperator == .greaterEqual { outcome = true }
            if binaryOperator == .less { outcome = false }
        }
        guard let outcome else { return }
        report(
            .constantComparison, comparisonIsAlways(outcome), span,
            help: isSize(left) ? "a size is 0 or more: write `> 0` or `== 0`" : "compare with what is meant")
    }

    private func isSize(_ expression: Expression) -> Bool {
        if case .call("size", _, _, _) = expression.kind { true } else { false }
    }

    private mutating func membership(_ left: Expression, _ right: Expression) {
        let item = type(of: left)
        let container = type(of: right)
        switch container {
        case .list(let element):
            if case .oneOf(let values) = item, values.count > 1, case .list(let words) = right.kind {
                for word in words { offerQuotes(word.value, in: item) }
                strangers(among: words.map(\.value), to: values)
            } else if !item.canEqual(element) {
                report(
                    .constantComparison,
                    "this is always false: the list holds \(element.widened.text), never \(item.widened.text)",
                    left.span.union(right.span))
            }
        case .map, .record, .dyn, .unknown: break
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type, .optional,
            .oneOf, .parameter:
            let help =
                container.isText ? "whether a text holds another is asked by `text.contains(part)`" : nil
            report(
                .noOverload, "`in` takes a list or a map on its right, found \(container.widened.text)",
                right.span, help: help)
        }
    }

    /// Tells words of a written list that the elements of the list beside it can never be; false where there are none.
    private mutating func findsStrangers(_ list: Expression, in other: Type) -> Bool {
        guard case .list(.oneOf(let values)) = other, values.count > 1, case .list(let words) = list.kind
        else { return false }
        let before = findings.count
        for word in words {
            guard case .literal(.string(let text)) = word.value.kind, !values.contains(text) else { continue }
            stranger(text, to: values, word.value.span, "no element is ever this word")
        }
        return findings.count > before
    }

    /// The words of a written list that a value can never be.
    private mutating func strangers(among words: [Expression], to values: [String]) {
        for word in words {
            guard case .literal(.string(let text)) = word.kind, !values.contains(text) else { continue }
            stranger(
                text, to: values, word.span,
                words.count == 1
                    ? comparisonIsAlways(false) : "this word of the list is never met")
        }
    }

    private mutating func arithmetic(
        _ binaryOperator: BinaryOperator, _ left: Expression, _ right: Expression, _ span: Span
    ) -> Type {
        let first = type(of: left).widened
        let second = type(of: right).widened
        tellNulls(left, right)
        if let type = sumType(binaryOperator, first, second) {
            tellZero(binaryOperator, first, right)
            return type
        }
        var help: String?
        var fix: FixIt?
        if first.isText || second.isText, binaryOperator == .add {
            fix = conversion(of: first.isText ? right : left, first.isText ? second : first)
            help =
                fix.map { "write `\($0.replacement)`, or put values into text by \"… ${value}\"" }
                ?? "put values into text by \"… ${value}\", or turn one by `string(…)`"
        } else if first.isText, binaryOperator == .remainder, case .literal(.string) = left.kind,
            let text = written(left.span), let value = written(right.span)
        {
            var isList = false
            if case .list = second { isList = true }
            let mend = isList ? "\(text).format(\(value))" : "\(text).format([\(value)])"
            fix = FixIt(span: span, replacement: mend)
            help = "write `\(mend)`, or put values into text by \"… ${value}\""
        } else if first.isNumber, second.isNumber {
            help =
                binaryOperator == .remainder
                ? "`%` takes two ints: turn a number by `int(…)`"
                : "both sides must be of one type: write whole numbers as 2.0, or turn one by `double(…)` or `int(…)`"
        }
        report(
            .noOverload, "`\(binaryOperator.rawValue)` cannot take \(first.text) and \(second.text)", span,
            help: help, fix: fix)
        return .unknown
    }

    /// `string(…)` around what is added to a text, where that has a text.
    private func conversion(of operand: Expression, _ type: Type) -> FixIt? {
        switch type {
        case .int, .uint, .double, .bool, .timestamp, .duration:
            written(operand.span).map { FixIt(span: operand.span, replacement: "string(\($0))") }
        case .dyn, .unknown, .null, .string, .bytes, .type, .list, .map, .optional, .record, .oneOf,
            .parameter:
            nil
        }
    }

    /// The type of an arithmetic operation, nil when there is none.
    private func sumType(_ binaryOperator: BinaryOperator, _ first: Type, _ second: Type) -> Type? {
        if first.isOpen || second.isOpen {
            if first == .unknown || second == .unknown { return .unknown }
            return binaryOperator == .add || binaryOperator == .subtract
                ? .dyn : first.isOpen ? second : first
        }
        if first.isNumber, first == second {
            return binaryOperator == .remainder && first == .double ? nil : first
        }
        switch (binaryOperator, first, second) {
        case (.add, .string, .string), (.add, .bytes, .bytes): return first
        case (.add, .list, .list): return first.joined(with: second)
        case (.add, .duration, .duration), (.subtract, .duration, .duration),
            (.subtract, .timestamp, .timestamp):
            return .duration
        case (.add, .timestamp, .duration), (.add, .duration, .timestamp), (.subtract, .timestamp, .duration):
            return .timestamp
        default: return nil
        }
    }
}

import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// Text from outside, on its way through an automation: where it came in, and the steps that it has passed since.
struct Taint: Hashable {
    /// `a page`, `a person` …
    let origin: String
    let span: Span
    /// The names of the steps from the source on; of a long way its beginning and its end.
    let way: [String]

    /// The same text, one step further.
    func passing(_ step: String) -> Taint {
        guard !way.contains(step) else { return self }
        let shown = way.count < 10 ? way : Array(way.prefix(4)) + ["…"] + way.suffix(4)
        return Taint(origin: origin, span: span, way: shown + [step])
    }

    /// The place where the text comes in, with the way that it took.
    func note(to reader: String) -> Note {
        let steps = way.last == reader ? way : way + [reader]
        let path = steps.count > 1 ? ": " + steps.joined(separator: " -> ") : ""
        return Note(span, "\(origin) brings text in here\(path)")
    }
}

/// Which steps hold text that came from outside, found by following it until nothing changes.
struct TaintFlow {
    private let context: CheckContext
    private var results: [Taint?]
    private var prompts: [Taint?]

    private let inputsAreOutside: Bool
    /// The START step, and whether a webhook starts the automation: then what it is given is no owner's choice.
    private let hook: (step: String, isThere: Bool)

    /// - Parameter inputsAreOutside: whether what the run is given counts as text from outside.
    init(_ context: CheckContext, inputsAreOutside: Bool = true) {
        self.context = context
        self.inputsAreOutside = inputsAreOutside
        let start = context.start.map { context.automation.steps[$0] }
        hook = (start?.name.text ?? "", start.map { Trigger($0.fields).webhook != nil } ?? false)
        results = Array(repeating: nil, count: context.automation.steps.count)
        prompts = results
        var typers = context.automation.steps.indices.map { context.typer(for: $0) }
        var changed = true
        var rounds = 0
        // In the order of the run one round is enough but for loops; what is found stays, so that this ends.
        let order = context.graph.map(flowOrder) ?? Array(context.automation.steps.indices)
        while changed, rounds < 50 {
            changed = false
            rounds += 1
            for number in order {
                let step = context.automation.steps[number]
                if prompts[number] == nil, let taint = promptTaint(step, number, &typers[number]) {
                    prompts[number] = taint
                    changed = true
                }
                if results[number] == nil, let taint = resultTaint(step, number) {
                    results[number] = taint
                    changed = true
                }
            }
        }
    }

    private func resultTaint(_ step: Step, _ number: Int) -> Taint? {
        guard let kind = step.kind, !context.results[number].hasNoRoomForText else { return nil }
        if let call = context.calls[number] {
            guard call.file.called?.bringsOutsideText == true else {
                return prompts[number]?.passing(step.name.text)
            }
            return Taint(
                origin: "the automation `\(call.path.text)`", span: step.name.span, way: [step.name.text])
        }
        if let taint = toolTaint(step, number) { return taint }
        switch kind.outsideText(step.given) {
        case .none: return nil
        case .passedOn: return prompts[number]?.passing(step.name.text)
        case .brought(let origin):
            return Taint(origin: origin, span: step.name.span, way: [step.name.text])
        }
    }

    /// The text from outside that the tools of a step bring to its model.
    private func toolTaint(_ step: Step, _ number: Int) -> Taint? {
        for tool in step.writtenTools ?? [] {
            if case .server(let server) = tool.kind {
                return Taint(
                    origin: "the tools of `\(server.text)`", span: tool.span, way: [step.name.text])
            }
        }
        for tool in context.tools[number] ?? [] where tool.call.file.called?.bringsOutsideText == true {
            return Taint(
                origin: "the automation `\(tool.call.path.text)`", span: tool.tool.span,
                way: [step.name.text])
        }
        return nil
    }

    /// The text from outside that the model of a step reads: in its prompt, or from its tools.
    func taintOfModel(_ step: Int) -> Taint? {
        prompts[step] ?? toolTaint(context.automation.steps[step], step)
    }

    /// Whether a step's result may hold text from outside.
    func holdsOutsideText(_ step: Int) -> Bool { results[step] != nil }

    /// The text from outside that a step's fields may hold, which a model reads there; nil where they hold none.
    func promptTaint(of step: Int) -> Taint? { prompts[step] }

    private func promptTaint(_ step: Step, _ number: Int, _ typer: inout Typer) -> Taint? {
        for field in step.fields {
            if let taint = taint(of: field.value, in: number, &typer) { return taint }
        }
        return nil
    }

    /// The text from outside that a value may hold.
    func taint(of value: FieldValue, in step: Int, _ typer: inout Typer, asURL: Bool = false) -> Taint? {
        switch value {
        case .expression(let expression):
            return taint(of: expression, in: step, &typer, asURL: asURL)
        case .record(let fields, _):
            for field in fields {
                if let found = taint(of: field.value, in: step, &typer, asURL: asURL) { return found }
            }
            return nil
        case .list(let items, _):
            for item in items {
                if let found = taint(of: item, in: step, &typer, asURL: asURL) { return found }
            }
            return nil
        case .program, .xpath: return nil
        }
    }

    func taint(of expression: Expression, in step: Int, _ typer: inout Typer, asURL: Bool = false) -> Taint? {
        var reader = TaintReader(flow: self, step: step, typer: typer, asURL: asURL)
        reader.bindEach()
        return reader.taint(of: expression)
    }

    fileprivate func read(_ name: String, _ part: String, _ typer: inout Typer) -> Taint? {
        if name == "inputs" {
            guard inputsAreOutside,
                let input = context.input(part),
                let type = context.inputRecord[part]?.type, !type.hasNoRoomForText
            else { return nil }
            if hook.isThere {
                return Taint(origin: "whoever calls the webhook", span: input.name.span, way: [hook.step])
            }
            return Taint(origin: "whoever starts the run", span: input.name.span, way: [])
        }
        guard let index = context.stepIndex[name] else { return nil }
        switch part {
        case "result", "results", "current": return results[index]
        case "prompt": return prompts[index]
        case "error", "errors":
            // What a server or a model says of a failure is theirs, too.
            return results[index] ?? prompts[index]
        default: return nil
        }
    }

    var steps: [Step] { context.automation.steps }
}

/// Reads one expression for what it takes from outside.
private struct TaintReader {
    let flow: TaintFlow
    let step: Int
    var typer: Typer
    /// Where a url is made, a test of its beginning makes it the author's own choice.
    let asURL: Bool
    private var locals: [(name: String, taint: Taint?)] = []

    init(flow: TaintFlow, step: Int, typer: Typer, asURL: Bool) {
        self.flow = flow
        self.step = step
        self.typer = typer
        self.asURL = asURL
    }

    mutating func bindEach() {
        guard case .each(let variables, let list) = flow.steps[step].setting(.each)?.content else { return }
        let taint = taint(of: list)
        if let last = variables.last { locals.append((last.text, taint)) }
        if variables.count == 2 { locals.append((variables[0].text, nil)) }
    }

    /// What is read of something is gone down to in place, and the parts of anything else are listed apart: expressions may be
    /// so high that each local costs the stack what it takes as often as they are high.
    mutating func taint(of whole: Expression) -> Taint? {
        var expression = whole
        while true {
            switch expression.kind {
            case .literal, .has, .unary: return nil
            case .name(let name, let rooted):
                return rooted ? nil : locals.last { $0.name == name }?.taint
            case .select(let operand, let field, _, _):
                if isClosedHere(expression) { return nil }
                if case .name(let name, let rooted) = operand.kind,
                    rooted || !locals.contains(where: { $0.name == name })
                {
                    return flow.read(name, field, &typer)
                }
                expression = operand
            case .index(let operand, _, _):
                if isClosedHere(expression) { return nil }
                expression = operand
            case .text, .binary, .conditional, .call, .list, .map:
                return firstTaint(of: parts(of: expression))
            case .macro(let macro): return taint(of: macro)
            }
        }
    }

    /// The parts whose texts may be in what an expression gives.
    private mutating func parts(of expression: Expression) -> [Expression] {
        switch expression.kind {
        case .text(let parts):
            return parts.compactMap { if case .expression(let part) = $0 { part } else { nil } }
        case .binary(.add, _, _): return summands(of: expression)
        case .conditional(let condition, let yes, let no):
            return asURL && testsBeginning(condition) ? [] : [yes, no]
        case .call(_, _, let target, let arguments):
            return isClosedHere(expression) ? [] : (target.map { [$0] } ?? []) + arguments
        case .list(let elements): return elements.map(\.value)
        case .map(let entries): return entries.flatMap { [$0.value, $0.key] }
        case .binary, .literal, .name, .select, .has, .index, .unary, .macro: return []
        }
    }

    /// What a sum adds, from the left.
    private func summands(of sum: Expression) -> [Expression] {
        var found: [Expression] = []
        var first = sum
        while case .binary(.add, let left, let right) = first.kind {
            found.append(right)
            first = left
        }
        return [first] + found.reversed()
    }

    private mutating func firstTaint(of expressions: [Expression]) -> Taint? {
        for expression in expressions {
            if let found = taint(of: expression) { return found }
        }
        return nil
    }

    private mutating func taint(of macro: Macro) -> Taint? {
        let operand = taint(of: macro.operand)
        let depth = locals.count
        defer { locals.removeSubrange(depth...) }
        locals += macro.variables.map { ($0.name, operand) }
        switch macro.kind {
        case .all, .exists, .existsOne: return nil
        case .filter: return asURL && testsBeginning(macro.body) ? nil : operand
        case .sortBy: return operand
        case .map, .transformList, .transformMap, .transformMapEntry, .optMap, .optFlatMap, .bind:
            return taint(of: macro.body)
        }
    }

    /// Whether the type leaves no room for a text of somebody else's choice.
    private mutating func isClosedHere(_ expression: Expression) -> Bool {
        var reads = false
        expression.walk { part in
            if case .name(let name, _) = part.kind, locals.contains(where: { $0.name == name }) {
                reads = true
            }
        }
        return !reads && typer.type(of: expression).hasNoRoomForText
    }

    private func testsBeginning(_ condition: Expression) -> Bool {
        var found = false
        condition.walk { part in
            if case .call(let name, _, .some, _) = part.kind, name == "startsWith" || name == "matches" {
                found = true
            }
            if case .binary(.isIn, _, _) = part.kind { found = true }
        }
        return found
    }
}

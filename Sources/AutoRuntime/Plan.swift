package import AutoChecker
import AutoSyntax
import CEL
import Diagnostics

/// A checked automation made ready to run: every expression compiled, every name a slot.
package struct Plan: Sendable {
    package let automation: CheckedAutomation
    let steps: [PlannedStep]
    let slots: Slots

    package init(_ automation: CheckedAutomation) {
        self.automation = automation
        let slots = Slots(automation)
        self.slots = slots
        steps = automation.steps.map { PlannedStep($0, slots) }
    }
}

/// Where each name's value stands: inputs, session and secrets, two variables of `each`, then four parts a step.
struct Slots: NameTable {
    static let inputs = 0
    static let session = 1
    static let secrets = 2
    static let firstVariable = 3
    static let firstStep = 5

    enum Part: Int, CaseIterable {
        case result
        case prompt
        case error
        case results
    }

    private let index: [String: Int]
    var variables: [String] = []
    let count: Int

    init(_ automation: CheckedAutomation) {
        index = automation.stepIndex
        count = Slots.firstStep + Part.allCases.count * automation.steps.count
    }

    static func slot(_ step: Int, _ part: Part) -> Int {
        firstStep + Part.allCases.count * step + part.rawValue
    }

    func slot(of name: String) -> Int? {
        if let place = variables.firstIndex(of: name) { return Slots.firstVariable + place }
        switch name {
        case "inputs": return Slots.inputs
        case "session": return Slots.session
        case "secrets": return Slots.secrets
        default: break
        }
        guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let part: Part
        switch name[name.utf8.index(after: dot)...] {
        case "result": part = .result
        case "prompt": part = .prompt
        case "error": part = .error
        case "results": part = .results
        default: return nil
        }
        return index[String(name[..<dot])].map { Slots.slot($0, part) }
    }
}

struct PlannedStep: Sendable {
    let checked: CheckedStep
    let fields: [(name: String, value: PlannedValue)]
    let conditions: [Program?]
    let each: Program?
    /// Whether it is done by the interpreter itself, at once and without effects.
    let isPure: Bool
    let url: URLTemplate?

    init(_ step: CheckedStep, _ slots: Slots) {
        checked = step
        var inner = slots
        inner.variables = step.each?.variables ?? []
        fields = step.fields.map { ($0.name.text, PlannedValue($0.value, inner)) }
        conditions = step.branches.map { branch in
            if case .when(let condition) = branch.condition { Program(condition, names: inner) } else { nil }
        }
        each = step.each.map { Program($0.list, names: slots) }
        url = step.fields.first { $0.name.text == "url" }.flatMap { URLTemplate($0.value, inner) }
        switch step.type {
        case .start: isPure = true
        case .logicDecision: isPure = !step.fields.contains { $0.name.text == "question" }
        case .dataTransform: isPure = step.fields.contains { $0.name.text == "value" }
        case .llmCall, .getUserInput, .embeddingSearch, .restAPI, .webScrape, .python, .textToJSON:
            isPure = false
        }
    }
}

/// A field's value made ready to be rendered.
indirect enum PlannedValue: Sendable {
    case constant(Value)
    case program(Program)
    case record([(String, PlannedValue)])
    case list([PlannedValue])

    init(_ value: FieldValue, _ slots: Slots) {
        switch value {
        case .expression(let expression):
            if case .literal(let constant) = expression.kind {
                self = .constant(constant)
            } else {
                self = .program(Program(expression, names: slots))
            }
        case .record(let fields, _):
            self = .record(fields.map { ($0.name.text, PlannedValue($0.value, slots)) })
        case .list(let items, _): self = .list(items.map { PlannedValue($0, slots) })
        case .program(let program): self = .constant(.string(program.text))
        // A selector in XPath is told from one in CSS by being a record.
        case .xpath(let program, _): self = .constant(.record([("xpath", .string(program.text))]))
        }
    }

    func render(_ scope: Scope) throws(EvaluationError) -> Value {
        switch self {
        case .constant(let value): return value
        case .program(let program):
            let value = try program.evaluate(scope)
            // Outside expressions there are no optional values: what is none is null.
            if case .optional(let inner) = value { return inner ?? .null }
            return value
        case .record(let fields):
            var map = MapValue()
            for (name, value) in fields { map[name] = try value.render(scope) }
            return .map(map)
        case .list(let items):
            var list: [Value] = []
            for item in items { list.append(try item.render(scope)) }
            return .list(list)
        }
    }
}

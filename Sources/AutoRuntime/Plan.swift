package import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// A checked automation made ready to run: every expression compiled, every name a slot.
package struct Plan: Sendable {
    package let automation: CheckedAutomation
    let steps: [PlannedStep]
    let slots: Slots
    let visitLimits: VisitLimits

    package init(_ automation: CheckedAutomation) {
        self.automation = automation
        visitLimits = VisitLimits(automation.steps)
        let slots = Slots(automation)
        self.slots = slots
        steps = automation.steps.map { step in
            var planned = PlannedStep(step, slots)
            let called = step.callee.flatMap { automation.called(at: $0) }
            planned.callsChange = called?.changesOutside ?? false
            planned.callsBringText = called?.bringsOutsideText ?? false
            return planned
        }
    }
}

/// Where each name's value stands: inputs, session and secrets, two variables of `each`, what the `value` of a
/// DATA_TRANSFORM works on, each secret and each input by itself, then the parts of each step.
struct Slots: NameTable {
    static let inputs = 0
    static let inputsName = "inputs"
    static let session = 1
    static let secrets = 2
    static let firstVariable = 3
    static let input = 5
    private static let firstSecret = 6

    typealias Part = StepPartName

    private let index: [String: Int]
    let secretNames: [String]
    let inputNames: [String]
    var variables: [String] = []
    /// Whether `input` is what a field works on.
    var namesInput = false
    /// Where the parts of a step's expressions stand whose types have no room for a text of somebody else.
    var closedParts: Set<Span> = []
    let firstStep: Int
    let count: Int

    init(_ automation: CheckedAutomation) {
        index = automation.stepIndex
        secretNames = automation.secrets
        inputNames = automation.inputs.map(\.name)
        firstStep = Slots.firstSecret + automation.secrets.count + automation.inputs.count
        count = firstStep + Part.allCases.count * automation.steps.count
    }

    func slot(_ step: Int, _ part: Part) -> Int { firstStep + Part.allCases.count * step + part.number }

    func slot(secret name: String) -> Int? { secretNames.firstIndex(of: name).map { Slots.firstSecret + $0 } }

    func slot(input name: String) -> Int? {
        inputNames.firstIndex(of: name).map { Slots.firstSecret + secretNames.count + $0 }
    }

    /// The step and the part of it that stand in a slot; nil for the slots before the first step's.
    func part(at slot: Int) -> (step: Int, part: Part)? {
        guard slot >= firstStep else { return nil }
        let (step, number) = (slot - firstStep).quotientAndRemainder(dividingBy: Part.allCases.count)
        return (step, Part.allCases[number])
    }

    func slot(of name: String) -> Int? {
        if let place = variables.firstIndex(of: name) { return Slots.firstVariable + place }
        switch name {
        case DataTransform.input.name where namesInput: return Slots.input
        case Slots.inputsName: return Slots.inputs
        case "session": return Slots.session
        case "secrets": return Slots.secrets
        default: break
        }
        guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let owner = String(name[..<dot])
        let field = String(name[name.utf8.index(after: dot)...])
        if owner == "secrets" { return slot(secret: field) }
        if owner == Slots.inputsName { return slot(input: field) }
        guard let part = Part(rawValue: field) else { return nil }
        return index[owner].map { slot($0, part) }
    }
}

extension StepPartName {
    /// Its place among the slots of a step.
    fileprivate var number: Int {
        switch self {
        case .result: 0
        case .prompt: 1
        case .error: 2
        case .results: 3
        case .current: 4
        case .errors: 5
        }
    }
}

struct PlannedStep: Sendable {
    let checked: CheckedStep
    let fields: [(name: String, value: PlannedValue)]
    /// Whether it writes its result into a file.
    let writes: Bool
    /// Whether its result depends on more than its rendered fields, so that it cannot be remembered by these.
    let dependsOnMore: Bool
    /// The field `value` of a DATA_TRANSFORM that works on an input, and is no part of the prompt; nil for others.
    let valueOfInput: PlannedValue?
    let conditions: [Program?]
    let each: Program?
    /// Whether it is done by the interpreter itself, at once and without effects.
    let isInPlace: Bool
    /// Whether its result holds text from outside.
    let outsideText: OutsideText
    /// Whether it calls an automation that changes something outside, itself or by what it calls.
    var callsChange = false
    /// Whether it calls an automation that brings text from outside in, itself or by what it calls.
    var callsBringText = false
    /// Whether its result has no room for a text of somebody else.
    let givesNoText: Bool
    /// The fields that are urls, in which each value is encoded for its part, by their names.
    let urls: [String: URLTemplate]

    init(_ step: CheckedStep, _ slots: Slots) {
        checked = step
        var inner = slots
        inner.variables = step.each?.variables ?? []
        inner.closedParts = Set(step.closedParts)
        let given = GivenFields(step.fields)
        let worksOnInput = step.type == .dataTransform && DataTransform.namesInput(given)
        fields = step.fields.filter { !worksOnInput || $0.name.text != DataTransform.value.name }.map {
            ($0.name.text, PlannedValue($0.value, inner))
        }
        var inside = inner
        inside.namesInput = worksOnInput
        let value = worksOnInput ? step.fields.first { $0.name.text == DataTransform.value.name } : nil
        writes = step.type == .dataTransform && given.has(DataTransform.write)
        dependsOnMore = worksOnInput || step.type == .dataTransform && given.has(DataTransform.read)
        valueOfInput = value.map { PlannedValue($0.value, inside) }
        conditions = step.branches.map { branch in
            if case .when(let condition) = branch.condition { Program(condition, inner) } else { nil }
        }
        var outer = slots
        outer.closedParts = inner.closedParts
        each = step.each.map { Program($0.list, outer) }
        var urls: [String: URLTemplate] = [:]
        for name in StepKind.of(step.type).names(of: .host) {
            guard let field = step.fields.first(where: { $0.name.text == name }) else { continue }
            urls[name] = URLTemplate(field.value, inner)
        }
        self.urls = urls
        let kind = StepKind.of(step.type)
        outsideText = kind.outsideText(given)
        givesNoText = step.resultType?.expressionType.hasNoRoomForText ?? false
        isInPlace = kind.isInPlace(given)
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
                self = .program(Program(expression, slots))
            }
        case .record(let fields, _):
            self = .record(fields.map { ($0.name.text, PlannedValue($0.value, slots)) })
        case .list(let items, _): self = .list(items.map { PlannedValue($0, slots) })
        case .program(let program): self = .constant(.string(program.text))
        // A selector in XPath is told from one in CSS by being a record.
        case .xpath(let program, _): self = .constant(.record([("xpath", .string(program.text))]))
        }
    }

    /// - Parameter path: the names of the fields that lead here, `headers.accept`.
    func render(_ scope: Scope, at path: String, _ rendering: inout Rendering) throws(EvaluationError)
        -> Value
    {
        switch self {
        case .constant(let value): return value
        case .program(let program):
            let value = try rendering.evaluate(program, scope, at: path)
            // Outside expressions there are no optional values: what is none is null.
            if case .optional(let inner) = value { return inner ?? .null }
            return value
        case .record(let fields):
            var map = MapValue()
            for (name, value) in fields {
                map[name] = try value.render(scope, at: path + "." + name, &rendering)
            }
            return .map(map)
        case .list(let items):
            var list: [Value] = []
            for item in items { list.append(try item.render(scope, at: path, &rendering)) }
            return .list(list)
        }
    }
}

extension Program {
    /// An expression of a step.
    init(_ expression: Expression, _ slots: Slots) {
        self.init(expression, names: slots, closed: slots.closedParts)
    }
}

/// Fields being rendered: how much that may do, and what went into each of them.
struct Rendering: Sendable {
    let allowance: Allowance
    /// The marks of the fields, by their paths; fields without marks are not there.
    private(set) var marks: [String: Marks] = [:]

    init(_ allowance: Allowance) { self.allowance = allowance }

    mutating func evaluate(_ program: Program, _ scope: Scope, at path: String) throws(EvaluationError)
        -> Value
    {
        var found = Marks()
        let value = try program.evaluate(scope, allowance, &found)
        if !found.isEmpty { marks[path, default: Marks()].formUnion(found) }
        return value
    }
}

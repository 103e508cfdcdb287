package import Computing
package import Diagnostics
import OrderedCollections
package import Values

/// Where the values of names come from while an expression runs.
package protocol Activation: Sendable {
    /// The value in a slot; nil when nothing is assigned to it yet.
    func value(at slot: Int) -> Value?
    /// What the value in a slot was made from.
    func marks(at slot: Int) -> Marks
}

extension Activation {
    /// Nothing is known of where values come from.
    package func marks(at slot: Int) -> Marks { Marks() }
}

/// The names that an expression may use, each with its slot. A name may hold dots: `classify.result`.
package protocol NameTable {
    /// The slot of a name; nil for one that there is not.
    func slot(of name: String) -> Int?
    /// Names to offer for a misspelt one; none where a checker has looked at all names before.
    var offered: [String] { get }
}

extension NameTable {
    /// None.
    package var offered: [String] { [] }
}

extension Dictionary: NameTable where Key == String, Value == Int {
    /// The name's number.
    package func slot(of name: String) -> Int? { self[name] }
    /// All names.
    package var offered: [String] { keys.sorted() }
}

/// Values by slot.
package struct SlotValues: Activation {
    /// The values, by their slots; nil for what is not assigned yet.
    package var values: [Value?]

    package init(_ values: [Value?]) { self.values = values }

    /// The value in a slot; nil also for a slot that there is not.
    package func value(at slot: Int) -> Value? { values.indices.contains(slot) ? values[slot] : nil }
}

typealias Evaluation = @Sendable (inout Frame) throws(EvaluationError) -> Value

/// How much an evaluation may do.
package struct Allowance: Sendable {
    /// Steps; a step reads or makes 64 bytes at most.
    package let steps: Int
    /// Bytes of a text, a list or a whole result.
    package let bytes: Int
    /// The time in which it must be over.
    package let limit: TimeLimit

    private init(steps: Int, bytes: Int, limit: TimeLimit) {
        (self.steps, self.bytes, self.limit) = (steps, bytes, limit)
    }

    /// All that an expression may do.
    package static func full(_ limit: TimeLimit = TimeLimit()) -> Allowance {
        Allowance(steps: Program.costLimit, bytes: Program.largest, limit: limit)
    }

    /// A few milliseconds' worth, for who must not be held up. Since expressions change nothing, one that needs more can be
    /// evaluated again with all that it may do.
    package static var brief: Allowance {
        Allowance(steps: 5_000, bytes: 1 << 18, limit: TimeLimit(nanoseconds: 5_000_000))
    }
}

/// What changes while a program runs.
struct Frame {
    let activation: any Activation
    var locals: [Value] = []
    /// What the part of the expression that has been evaluated so far was made from.
    var marks = MarksRead()
    private let allowance: Allowance
    private var stepsLeft: Int
    /// When fewer steps are left than this, the time is looked at.
    private var nextLook: Int

    /// Looking at the time costs as much as some steps.
    private static let stepsBetweenLooks = 500

    init(_ activation: any Activation, _ allowance: Allowance) {
        self.activation = activation
        self.allowance = allowance
        stepsLeft = allowance.steps
        nextLook = allowance.steps - Frame.stepsBetweenLooks
    }

    mutating func spend(_ steps: Int) throws(EvaluationError) {
        stepsLeft -= steps
        if stepsLeft < 0 {
            throw EvaluationError(.costLimit, "the expression takes more than \(Program.costLimit) steps")
        }
        guard stepsLeft < nextLook else { return }
        nextLook = stepsLeft - Frame.stepsBetweenLooks
        if allowance.limit.isOver { throw EvaluationError(.stopped, "the evaluation was stopped") }
    }

    /// Pays for something of so many bytes that is being made, and refuses what is too large.
    mutating func make(_ bytes: Int) throws(EvaluationError) {
        try spend(bytes / 64)
        try check(bytes)
    }

    /// Pays for reading so many bytes of values, and refuses what is too much: a small value may stand in a list a
    /// million times, and is read each time.
    mutating func read(_ bytes: Int) throws(EvaluationError) {
        try spend(bytes / 64 + 1)
        guard bytes > allowance.bytes else { return }
        throw EvaluationError(
            .tooLarge, "the expression compares values of more than \(Program.largest >> 20) MB")
    }

    func check(_ bytes: Int) throws(EvaluationError) {
        guard bytes > allowance.bytes else { return }
        throw EvaluationError(.tooLarge, "the expression makes more than \(Program.largest >> 20) MB")
    }

    /// Pays for a value that stands in a text, or leaves the expression: all of it counts, however often it shares its parts.
    mutating func make(_ value: Value) throws(EvaluationError) {
        switch value {
        case .list, .map: try make(value.size(atMost: allowance.bytes))
        case .string(let text): try make(text.utf8.count)
        case .bytes(let bytes): try make(bytes.count)
        case .optional(let inner): if let inner { try make(inner) }
        case .null, .bool, .int, .uint, .double, .timestamp, .duration, .type: break
        }
    }

    var limit: TimeLimit { allowance.limit }

    /// Whether what was read so far was made from a secret.
    var holdsSecret: Bool { !marks.secrets.isEmpty }
}

extension Value {
    /// About how many bytes the value's JSON has; counting ends soon after `most`.
    package func size(atMost most: Int) -> Int {
        switch self {
        case .string(let text): return text.utf8.count + 2
        case .bytes(let bytes): return bytes.count + bytes.count / 3
        case .list(let list):
            var sum = 2
            for item in list where sum <= most { sum += item.size(atMost: most - sum) + 1 }
            return sum
        case .map(let map):
            var sum = 2
            for (key, item) in map.entries where sum <= most {
                sum += key.size(atMost: most - sum) + item.size(atMost: most - sum) + 2
            }
            return sum
        case .optional(let inner): return inner?.size(atMost: most) ?? 4
        case .null, .bool, .int, .uint, .double, .timestamp, .duration, .type: return 8
        }
    }

    /// Whether a number in it is none that JSON can say.
    package var holdsInfinity: Bool {
        switch self {
        case .double(let double): !double.isFinite
        case .list(let list): list.contains { $0.holdsInfinity }
        case .map(let map): map.entries.values.contains { $0.holdsInfinity }
        case .optional(let inner): inner?.holdsInfinity ?? false
        case .null, .bool, .int, .uint, .string, .bytes, .timestamp, .duration, .type: false
        }
    }

    /// Whether lists and records in it stand within each other at most so deep.
    package func isNested(atMost depth: Int) -> Bool {
        switch self {
        case .list(let list): depth > 0 && list.allSatisfy { $0.isNested(atMost: depth - 1) }
        case .map(let map): depth > 0 && map.entries.values.allSatisfy { $0.isNested(atMost: depth - 1) }
        case .optional(let inner): inner?.isNested(atMost: depth) ?? true
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type: true
        }
    }
}

/// An expression made ready to run many times.
package struct Program: Sendable {
    /// The steps that one run of an expression may take, where nothing else is said.
    package static let costLimit = 5_000_000
    /// Bytes of the largest text, list or result.
    package static let largest = 64 << 20

    private let run: Evaluation

    /// Names that no slot and no macro binds are an error when they are reached, as the specification has it.
    ///
    /// - Parameter closed: where the parts of the expression stand whose type has no room for a text of somebody else,
    ///   as the checker knows it: they have no origins, whatever they are read from.
    package init(
        _ expression: Expression, names: some NameTable, functions: FunctionTable = .standard,
        closed: Set<Span> = []
    ) {
        var compiler = Compiler(names: names, functions: functions, closed: closed)
        run = compiler.compile(expression)
    }

    /// - Throws: `EvaluationError`; of kind `costLimit`, `tooLarge` or `stopped` when the allowance is used up.
    package func evaluate(_ activation: some Activation, _ allowance: Allowance = .full())
        throws(EvaluationError)
        -> Value
    {
        var marks = Marks()
        return try evaluate(activation, allowance, &marks)
    }

    /// Adds what the value was made from to `marks`.
    package func evaluate(_ activation: some Activation, _ allowance: Allowance, _ marks: inout Marks)
        throws(EvaluationError) -> Value
    {
        var frame = Frame(activation, allowance)
        let value = try run(&frame)
        try frame.make(value)
        marks.formUnion(frame.marks.marks)
        return value
    }
}

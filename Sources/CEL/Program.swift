import Diagnostics

/// Where the values of names come from while an expression runs.
package protocol Activation: Sendable {
    /// The value in a slot; nil when nothing is assigned to it yet.
    func value(at slot: Int) -> Value?
}

/// The names that an expression may use, each with its slot. A name may hold dots: `classify.result`.
package protocol NameTable {
    func slot(of name: String) -> Int?
}

extension Dictionary: NameTable where Key == String, Value == Int {
    package func slot(of name: String) -> Int? { self[name] }
}

/// Values by slot.
package struct SlotValues: Activation {
    package var values: [Value?]

    package init(_ values: [Value?]) { self.values = values }

    package func value(at slot: Int) -> Value? { values.indices.contains(slot) ? values[slot] : nil }
}

typealias Evaluation = @Sendable (inout Frame) throws(EvaluationError) -> Value

/// What changes while a program runs.
struct Frame {
    let activation: any Activation
    var locals: [Value] = []
    var budget: Int

    mutating func spend(_ amount: Int) throws(EvaluationError) {
        budget -= amount
        if budget < 0 {
            throw EvaluationError(.costLimit, "the expression takes more than \(Program.costLimit) steps")
        }
    }
}

/// An expression made ready to run many times.
package struct Program: Sendable {
    package static let costLimit = 5_000_000

    private let run: Evaluation

    /// Names that no slot and no macro binds are an error when they are reached, as the specification has it.
    package init(_ expression: Expression, names: some NameTable, functions: FunctionTable = .standard) {
        var compiler = Compiler(names: names, functions: functions)
        run = compiler.compile(expression)
    }

    package func evaluate(_ activation: some Activation) throws(EvaluationError) -> Value {
        var frame = Frame(activation: activation, budget: Program.costLimit)
        return try run(&frame)
    }
}

package import AutoSyntax
import Diagnostics
import StepKinds

/// A step as a test may reply to it: of the file itself, or of an automation that it calls.
struct TestedStep: Sendable {
    let name: String
    /// Nil for a type that nobody knows.
    let type: StepType?
    /// Whether it runs for real in a test.
    let isPure: Bool
    /// What one reply has to be.
    let reply: DataType
    /// The automation that it calls, by its path from the outermost folder; nil where it calls none that is known.
    let callee: String?
    /// Whether it calls an automation, be it known or not.
    let isCall: Bool
}

/// What a name in a test's `replies` or `answers` stands for.
enum TestedName {
    case step(TestedStep)
    /// No step has the name; steps that may be meant.
    case unknown(near: String?)
    /// A step behind which names go on calls nothing.
    case callsNothing(String)
    /// It lies in a file that leads back to this one and is not known yet: its run will tell.
    case unseen
}

extension CheckContext {
    /// The steps of the file, by their names.
    var testedSteps: [String: TestedStep] { stepsForTests ?? madeTestedSteps }

    var madeTestedSteps: [String: TestedStep] {
        var steps: [String: TestedStep] = [:]
        for (number, step) in automation.steps.enumerated() where steps[step.name.text] == nil {
            steps[step.name.text] = TestedStep(
                name: step.name.text, type: step.type,
                isPure: step.type.map { StepKind.of($0).isPure(step.given) } ?? false,
                reply: replyType(of: number), callee: calls[number]?.file.called?.path,
                isCall: step.type == .restAPI && step.given.has(RestAPI.automation))
        }
        return steps
    }

    /// The type of one reply of a step.
    private func replyType(of number: Int) -> DataType {
        let step = automation.steps[number]
        return declaredResults[number] ?? calls[number]?.file.called?.result
            ?? step.kind.map { DataType($0.reply(step)) } ?? .json
    }

    /// The step that a test names: `fetch`, or `digest.fetch` for a step of the automation that `digest` calls.
    func tested(_ name: String) -> TestedName {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)[...]
        var steps = testedSteps
        var way = ""
        while let part = parts.popFirst() {
            guard let step = steps[part] else {
                let near = nearestName(to: part, in: steps.keys.sorted()).map { way + $0 }
                return .unknown(near: near ?? (way.isEmpty ? inside(part, steps) : nil))
            }
            guard !parts.isEmpty else { return .step(step) }
            way += part + "."
            guard step.isCall else { return .callsNothing(String(way.dropLast())) }
            guard let inner = step.callee.flatMap(testedSteps(in:)) else { return .unseen }
            steps = inner
        }
        return .unknown(near: nil)
    }

    /// A step of a called automation that is named as if it were one of this file.
    private func inside(_ name: String, _ steps: [String: TestedStep]) -> String? {
        steps.values.map(\.name).sorted().first { call in
            steps[call]?.callee.flatMap(testedSteps(in:))?[name] != nil
        }.map { $0 + "." + name }
    }

    private func testedSteps(in path: String) -> [String: TestedStep]? {
        guard let files = options.files else { return nil }
        if path == files.callers.last?.path { return testedSteps }
        if let known = files.shelf.file(path)?.called { return known.testedSteps }
        // One that leads back to this file: what it says of itself is known.
        return calls.values.lazy.compactMap(\.file.called).first { $0.path == path }?.testedSteps
    }
}

/// A step of a called automation that a test can speak for, as the test names it: `digest.fetch`.
package struct NestedStep: Sendable, Hashable {
    package let name: String
    package let type: StepType
    /// What one reply has to be, in the language's words.
    package let reply: String
}

extension SemanticModel {
    /// The steps behind the calls of the file that a test can speak for, those of nearer files first.
    ///
    /// - Parameters:
    ///   - areAnswers: whether those are asked for that ask a person, and not those that leave the machine.
    ///   - most: no more than these are given.
    package func stepsBehindCalls(areAnswers: Bool, most: Int = 200) -> [NestedStep] {
        context.stepsBehindCalls(areAnswers, most)
    }
}

extension CheckContext {
    fileprivate func stepsBehindCalls(_ areAnswers: Bool, _ most: Int) -> [NestedStep] {
        var found: [NestedStep] = []
        // Calls that are still to be looked behind, each with the files on the way to it.
        var open = inOrder(testedSteps).compactMap { step in step.callee.map { (step.name, $0, [$0]) } }[...]
        while let (name, file, way) = open.popFirst(), found.count < most {
            for step in inOrder(testedSteps(in: file) ?? [:]) {
                let whole = name + "." + step.name
                if let type = step.type, !step.isPure, (type == .getUserInput) == areAnswers {
                    found.append(NestedStep(name: whole, type: type, reply: step.reply.text))
                }
                // What leads back to a file on the way would go on for ever.
                guard let callee = step.callee, !way.contains(callee), open.count < most else { continue }
                open.append((whole, callee, way + [callee]))
            }
        }
        return Array(found.prefix(most))
    }

    private func inOrder(_ steps: [String: TestedStep]) -> [TestedStep] {
        steps.values.sorted { $0.name < $1.name }
    }
}

package import AutoChecker
import AutoSyntax
import Diagnostics
package import Values

/// Which step record of a session is meant, by the step's name, by its name and number, or by its id.
package enum VisitName: Sendable, Hashable {
    /// A step's record by its place among those of the same step, from 1.
    ///
    /// A loop adds one record at each turn, `each` adds one for each element.
    case numbered(step: String, number: Int)
    case record(ID)

    /// Reads `STEP`, which means the step's first record, or `STEP#20`.
    ///
    /// - Throws: a sentence that says what is wrong with the text and shows the forms that are right.
    package init(text: String) throws(VisitProblem) {
        guard let sign = text.firstIndex(of: "#") else {
            self = .numbered(step: text, number: 1)
            return
        }
        let digits = text[text.index(after: sign)...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits), number > 0
        else {
            throw VisitProblem(
                "`\(text.prefix(100))` names no visit: write STEP, or STEP#2 for the step's second record")
        }
        self = .numbered(step: String(text[..<sign]), number: number)
    }
}

/// Why a visit's name leads to no step record, in a sentence without a full stop.
package struct VisitProblem: Error, Sendable, Hashable {
    package let message: String

    package init(_ message: String) { self.message = message }
}

extension SessionRecord {
    /// The place in `steps`, from 0, of the step record that is meant.
    ///
    /// - Throws: when the session has no such record; the sentence says what it has.
    package func place(of visit: VisitName) throws(VisitProblem) -> Int {
        switch visit {
        case .record(let id):
            guard let place = steps.firstIndex(where: { $0.id == id }) else {
                throw VisitProblem("the session has no step record \(id.text)")
            }
            return place
        case .numbered(let step, let number):
            let places = steps.indices.filter { stepInfos[steps[$0].stepIndex].name == step }
            guard !places.isEmpty else {
                let near = nearestName(to: step, in: steps.map { stepInfos[$0.stepIndex].name })
                throw VisitProblem(
                    "the session never came to a step `\(step.prefix(100))`"
                        + (near.map { ", did you mean `\($0)`?" } ?? "; it came to \(stepsInOrder)"))
            }
            guard places.indices.contains(number - 1) else {
                let count = places.count == 1 ? "one record" : "\(places.count) records"
                throw VisitProblem("the step `\(step)` has \(count), so there is no `\(step)#\(number)`")
            }
            return places[number - 1]
        }
    }

    /// The step record whose id is given, or whose id begins or ends so, where only one does.
    ///
    /// - Throws: when there is none, or more than one; the sentence says which.
    package func step(identifiedBy text: String) throws(VisitProblem) -> StepRecord {
        let found = steps.filter { $0.id.isWritten(as: text) }
        guard let first = found.first else {
            throw VisitProblem("the session has no step record `\(text.prefix(100))`")
        }
        guard found.count == 1 else {
            let listed = found.prefix(10).map { "\n  \($0.id.text)  \(stepInfos[$0.stepIndex].name)" }
            throw VisitProblem(
                "`\(text)` could be each of \(found.count) step records: write more of the id"
                    + listed.joined())
        }
        return first
    }

    /// The names of the steps that have records, each once, in the order in which they began.
    private var stepsInOrder: String {
        var names: [String] = []
        for step in steps where !names.contains(stepInfos[step.stepIndex].name) {
            names.append(stepInfos[step.stepIndex].name)
        }
        return names.isEmpty ? "none" : names.joined(separator: ", ")
    }

    /// The records with which a new session begins that runs anew from a visit on.
    ///
    /// What began before the visit is taken over. Of that, what was cancelled because a sibling failed runs
    /// again.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: when the session has no such visit.
    package func recordsToRerun(from visit: VisitName, of automation: CheckedAutomation, now: Int64)
        throws(VisitProblem) -> [StepRecord]
    {
        steps[..<(try place(of: visit))].map { takenOver($0, automation, now: now) }
    }
}

extension ID {
    /// So many letters of an id have to be written at least.
    static let fewestWritten = 4

    /// Whether a text is this id, or, from 4 letters on, its beginning or its end.
    func isWritten(as text: String) -> Bool {
        let given = text.lowercased()
        guard given.utf8.count >= ID.fewestWritten else { return false }
        return self.text.hasPrefix(given) || self.text.hasSuffix(given)
    }
}

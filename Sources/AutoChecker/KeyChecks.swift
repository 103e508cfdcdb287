import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// Requests that change something and send an `Idempotency-Key` that another request of the same session sends, too.
///
/// A server that heeds such keys carries out the first of them and answers the others from memory.
func sharedKeys(_ context: CheckContext) -> [Diagnostic] {
    guard let graph = context.graph, let nests = context.nests else { return [] }
    var findings: [Diagnostic] = []
    var before: [String: WrittenKey] = [:]
    for (number, step) in context.automation.steps.enumerated() where graph.reachable[number] {
        guard let key = WrittenKey(step) else { continue }
        let head = nests.heads[number]
        let readsOfLoop = key.reads.contains { name in
            guard let head, let step = context.stepIndex[name] else { return false }
            return nests.contains(step, inLoopOf: head)
        }
        if key.reads.isEmpty {
            findings.append(key.finding("this key is the same in every session"))
        } else if step.hasEach, key.reads.isDisjoint(with: step.eachNames) {
            findings.append(key.finding("every element of `each` sends this key"))
        } else if head != nil, !readsOfLoop, key.reads.isDisjoint(with: step.eachNames) {
            findings.append(key.finding("every round of the loop sends this key"))
        } else if let first = before[key.value.shape] {
            findings.append(
                key.finding(
                    "`\(first.step.name.text)` sends this key, too",
                    notes: [Note(first.value.span, "it stands here")]))
        }
        before[key.value.shape] = before[key.value.shape] ?? key
    }
    return findings
}

/// An `Idempotency-Key` that the author has written for a request that changes something.
private struct WrittenKey {
    let step: Step
    let value: Expression
    /// The names that the key is made of: `session`, `inputs`, steps and variables of `each`.
    let reads: Set<String>

    init?(_ step: Step) {
        guard step.kind?.changesOutside(step.given) == true,
            case .record(let headers, _) = step.field(RestAPI.headers),
            let header = headers.first(where: {
                $0.name.text.lowercased() == RestAPI.keyHeader.lowercased()
            }), case .expression(let value) = header.value
        else { return nil }
        self.step = step
        self.value = value
        var reads = Set<String>()
        value.walk { part in
            if case .name(let name, _) = part.kind { reads.insert(name) }
        }
        self.reads = reads
    }

    func finding(_ what: String, notes: [Note] = []) -> Diagnostic {
        Diagnostic(
            .sharedKey,
            "\(what): a server that heeds keys carries out one request and answers the others from memory",
            at: value.span, notes: notes,
            help:
                "leave the header out: the step sends a key of its own, the same on every try, another for each visit and element"
        )
    }
}

import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import OrderedCollections
import StepKinds
import Synchronization
import Values

/// How text from outside is kept from what a model's tools change.
extension ToolBench {
    /// The step itself, as what brings text from outside by its tools.
    ///
    /// - Parameter source: from where it has the text.
    func origin(_ source: String) -> Origin { Origin(step: work.step.name, source: source) }

    /// Who brought text from outside to the model before it replied: into its prompt, and by the tools used until then.
    ///
    /// - Parameter round: which of the replies with calls it is, from 1; nil for the last one, which ends the step.
    func origins(before round: Int?) -> Set<Origin> {
        var marks = Marks(origins: Marks(all: work.marks.values).origins)
        for end in ends(before: round) { marks.formUnion(Marks(origins: Set(end.brought))) }
        return marks.origins
    }

    /// The same as a sentence for the person who is asked; empty where nobody brought any.
    func originsInWords(before round: Int) -> String {
        let origins = origins(before: round)
        return origins.isEmpty
            ? "" : "It has read text from \(inWords(origins)), which may have led it to that.\n\n"
    }

    /// What goes with the arguments that a model made up, by their paths: `refund.reason`.
    func marks(of arguments: MapValue, for tool: UsableTool, _ round: Int) -> [String: Marks] {
        let marks = Marks(origins: origins(before: round))
        guard !marks.isEmpty else { return [:] }
        var found: [String: Marks] = [:]
        for (key, value) in arguments.entries {
            let name = JSON.keyText(key)
            let path = tool.name + "." + name
            switch tool.room(for: value, as: name) {
            case .none: continue
            case .undeclared: found[path] = marks
            case .typed(let type):
                found.merge(AutoRuntime.marks(of: value, at: path, type, marks)) { one, _ in one }
            }
        }
        return found
    }

    /// Why a tool may not be used with what the model made up; nil where it may.
    func refusal(of tool: UsableTool, _ marks: [String: Marks]) -> StepFailure? {
        guard tool.changesOutside else { return nil }
        return untrusted(
            marks, trusted: work.step.trusted, by: "the tool `\(tool.name)`",
            otherwise: "let a person see each call first: ask: true")
    }
}

extension UsableTool {
    /// What room an argument has for a text of somebody else.
    fileprivate enum Room {
        case none
        /// Nobody says that there is such an argument, so that its name is a text, too.
        case undeclared
        case typed(DataType?)
    }

    fileprivate func room(for value: Value, as name: String) -> Room {
        switch work {
        case .automation(let automation, _):
            guard let input = automation.inputs.first(where: { $0.name == name }) else { return .undeclared }
            return .typed(input.type)
        case .server:
            let parameters = offer.asMap?[ToolField.parameters]?.asMap
            guard let schema = parameters?["properties"]?.asMap?[name]?.asMap else { return .undeclared }
            return schema["enum"]?.asList?.contains(value) == true ? .none : .typed(nil)
        case .declared: return .typed(nil)
        }
    }
}

extension CheckedStep {
    fileprivate var hasTools: Bool { type == .llmCall && GivenFields(fields).has(LLMCall.tools) }

    /// Who may have brought text from outside by the step's tools, where nobody knows which of them were used.
    var originsOfUnknownTools: Set<Origin> { hasTools ? [Origin(step: name, source: "a tool")] : [] }
}

/// The trace of the session as earlier runs have left it, read when first needed.
final class KeptTrace: Sendable {
    private let kept = Mutex<[TraceEvent]?>(nil)

    func events(_ session: ID, _ store: any Store) async throws(StoreError) -> [TraceEvent] {
        if let known = kept.withLock({ $0 }) { return known }
        let events = try await store.trace(of: session)
        kept.withLock { $0 = events }
        return events
    }
}

extension Run {
    /// Who brought text from outside to the model of a step that an earlier run has recorded, by its tools.
    ///
    /// - Returns: nothing for a step without tools.
    func toolOrigins(_ step: CheckedStep, of record: ID) async throws(RunStop) -> Set<Origin> {
        guard step.hasTools else { return [] }
        let events = try await stored { () async throws(StoreError) in
            try await keptTrace.events(request.sessionID, interpreter.store)
        }.filter { $0.record == record }
        // The trace of a record that was taken over from another session stayed there.
        guard !events.isEmpty else { return step.originsOfUnknownTools }
        var marks = Marks()
        for event in events {
            if case .tool(let end) = event.happening { marks.formUnion(Marks(origins: Set(end.brought))) }
        }
        return marks.origins
    }
}

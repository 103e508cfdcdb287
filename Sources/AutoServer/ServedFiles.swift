import AutoRuntime
package import Diagnostics
import Synchronization
package import Values

/// A file that a server was given, as it is now.
package struct ServedFile: Sendable {
    /// What of a file is served.
    package enum State: String, Sendable, Hashable, CaseIterable {
        case served
        /// The file has errors, or cannot be read: what it was before is served.
        case earlierVersion = "earlier version"
        /// It has never passed.
        case notLoaded = "not loaded"
    }

    /// Its place below what the server was given, without a path of the machine: clients see it.
    package let name: String
    /// Nil for a file that could not be read yet, and for one that came back broken after it had been gone.
    package let automation: ID?
    /// The automations that it calls, directly or through others.
    package let calls: Set<ID>
    /// What of the file is served.
    package let state: State
    /// What the checker finds in the file as it is now; for one that cannot be read, nothing.
    package let findings: [Diagnostic]
    /// In which the findings stand.
    package let source: SourceText
    /// Why it is not loaded as it is now, in one line; nil where it is.
    package let problem: String?
    /// The names of the secrets that the text declares: findings may quote what equals one.
    package let secrets: [String]

    package init(
        name: String, automation: ID?, calls: Set<ID> = [], state: State, findings: [Diagnostic],
        source: SourceText,
        problem: String?, secrets: [String]
    ) {
        self.name = name
        self.automation = automation
        self.calls = calls
        self.state = state
        self.findings = findings
        self.source = source
        self.problem = problem
        self.secrets = secrets
    }
}

/// Which automations that came from files are served: those of the files that the server was given, as the files are now.
///
/// The store may hold many others, which were run on it by somebody else; and another server on the same store has
/// files of its own. So what goes here is noted here only, and the store keeps it.
package final class ServedFiles: Sendable {
    private struct State {
        var files: [ServedFile] = []
        var now: Set<ID> = []
        var called = ServedFiles.calledByAPI
        var known = ServedFiles.calledByAPI
        /// The sessions that were under way when the file of their automation went, by the automation.
        var underWay: [ID: Set<ID>] = [:]
        var problems: [ID: String] = [:]
    }

    /// In whose sessions persons are asked about tools of automations that came by the API: these have no file of their own.
    private static let calledByAPI: Set<ID> = [ID(name: CalledVersions.approvals(of: ""))]

    private let state = Mutex(State())
    /// Told whenever other automations may be served than before, also those that came by the API.
    let changes = ListChanges()

    package init() {}

    /// What the server was given, by name.
    package var files: [ServedFile] { state.withLock { $0.files } }

    /// Their ids: these can be listed, shown and started.
    package var now: Set<ID> { state.withLock { $0.now } }

    /// Also those that they call: their sessions can be looked at and answered, and nobody starts one by itself.
    package var withCalled: Set<ID> { state.withLock { $0.now.union($0.called) } }

    /// Also those whose file has been there since the server started: what was under way when it went is run to its end.
    package var known: Set<ID> { state.withLock { $0.known } }

    /// The sessions that were under way when the file of their automation went: these can be followed to their end.
    package var underWay: Set<ID> {
        state.withLock { state in state.underWay.values.reduce(into: []) { $0.formUnion($1) } }
    }

    /// Whether a session of an automation that came from a file can be looked at.
    package func shows(_ session: ID, of automation: ID) -> Bool {
        state.withLock { state in
            state.now.contains(automation) || state.called.contains(automation)
                || state.underWay[automation]?.contains(session) == true
        }
    }

    /// These sessions can be followed also when the file of their automation is gone, until it is there again.
    package func follow(_ sessions: Set<ID>, of automation: ID) {
        state.withLock { $0.underWay[automation, default: []].formUnion(sessions) }
    }

    /// Why an automation is served in an earlier version than its file is now, in one line; nil where the file is fine.
    package func problem(of id: ID) -> String? { state.withLock { $0.problems[id] } }

    /// Serves the automations of these files from now on, and no others.
    package func set(_ files: [ServedFile]) {
        state.withLock { state in
            state.files = files.sorted { $0.name < $1.name }
            state.now = Set(files.compactMap(\.automation))
            state.problems = [:]
            for file in files { if let id = file.automation { state.problems[id] = file.problem } }
            state.called = files.reduce(into: ServedFiles.calledByAPI) { $0.formUnion($1.calls) }
            state.known.formUnion(state.now.union(state.called))
            for id in state.now { state.underWay[id] = nil }
        }
        changes.tell()
    }
}

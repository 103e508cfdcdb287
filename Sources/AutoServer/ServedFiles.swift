import AutoRuntime
import Synchronization
package import Values

/// Which automations that came from files are served: those of the files that the server was given, as the files are now.
///
/// The store may hold many others, which were run on it by somebody else.
package final class ServedFiles: Sendable {
    private struct State {
        var now: Set<ID> = []
        var known: Set<ID> = []
        var problems: [ID: String] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Their ids: these can be listed, shown and started.
    package var now: Set<ID> { state.withLock { $0.now } }

    /// Also those whose file has been there since the server started: what was under way then can be followed to its end.
    package var known: Set<ID> { state.withLock { $0.known } }

    /// Why an automation is served in an earlier version than its file is now, in one line; nil where the file is fine.
    package func problem(of id: ID) -> String? { state.withLock { $0.problems[id] } }

    /// From now on these are served, and no others.
    ///
    /// - Parameter problems: why the files of some of them were not loaded as they are now, each in one line.
    package func set(_ ids: Set<ID>, problems: [ID: String] = [:]) {
        state.withLock { state in
            state.now = ids
            state.problems = problems
            state.known.formUnion(ids)
        }
    }
}

import Synchronization

/// Tells the runs of a process that it is to end. Each of them then gives its session back before its next step, so that
/// another process goes on with it and repeats nothing.
package final class Departure: Sendable {
    private let isNear = Atomic(false)

    package init() {}

    /// Whether runs begin no step any more.
    package var isAnnounced: Bool { isNear.load(ordering: .acquiring) }

    /// From now on no step begins; those under way go on.
    package func announce() { isNear.store(true, ordering: .releasing) }
}

extension Run {
    /// Whether the session is to be given back before anything else of it begins.
    var isToBeGivenBack: Bool { request.departure?.isAnnounced ?? false }
}

import Synchronization

/// Counts the bytes that reading a text goes over, so that a test can say that reading ends, and how soon, without
/// looking at a clock.
package final class ReadingWork: Sendable {
    private let count = Atomic<Int>(0)

    package init() {}

    /// How many bytes were gone over, those that were read again counted again.
    package var bytes: Int { count.load(ordering: .relaxed) }

    func add(_ bytes: Int) { count.add(bytes, ordering: .relaxed) }
}

import Synchronization

/// So many bytes that may be held at once.
final class ByteBudget: Sendable {
    private let left: Mutex<Int>

    init(_ bytes: Int) { left = Mutex(bytes) }

    /// Takes bytes from what is left; false where so many are not.
    func takes(_ bytes: Int) -> Bool {
        left.withLock { left in
            guard bytes <= left else { return false }
            left -= max(0, bytes)
            return true
        }
    }

    func giveBack(_ bytes: Int) { left.withLock { $0 += max(0, bytes) } }
}

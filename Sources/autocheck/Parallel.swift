import Computing
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Applies a function to each item on as many threads as there are processors; results in the items' order.
///
/// Plain threads: the concurrency runtime's own cost more to start than most checks take.
func inParallel<Item: Sendable, Result: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) -> Result
) -> [Result] {
    let work = Work(items: items, body: body)
    let count = min(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), items.count)
    var threads: [RunningThread] = []
    for _ in 1..<max(1, count) {
        if let thread = startThread(isJoined: true, { work.run() }) { threads.append(thread) }
    }
    work.run()
    for thread in threads { thread.join() }
    return work.results
}

private final class Work<Item: Sendable, Result: Sendable>: Sendable {
    private let items: [Item]
    private let body: @Sendable (Item) -> Result
    private let next = Atomic(0)
    private let found: Mutex<[(Int, Result)]>

    init(items: [Item], body: @escaping @Sendable (Item) -> Result) {
        self.items = items
        self.body = body
        found = Mutex([])
    }

    func run() {
        var own: [(Int, Result)] = []
        while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < items.count else { break }
            own.append((index, body(items[index])))
        }
        found.withLock { $0 += own }
    }

    var results: [Result] { found.withLock { $0.sorted { $0.0 < $1.0 }.map(\.1) } }
}

import PostgreSQL
import Synchronization
import Testing

/// Connections that cannot be made; what a server does with one that can is tested through the store.
@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    private func failure(_ address: String) throws -> DatabaseFailure {
        let error = #expect(throws: DatabaseFailure.self) { try Connection(address) }
        return try #require(error)
    }

    @Test func anAddressThatCannotBeReadIsNotRepeated() throws {
        for address in ["postgres://u:canary@h/%zz", "postgres://u:canary@h/x?nothing=1", "host"] {
            let failure = try failure(address)
            #expect(failure.kind == .badAddress && !failure.words.contains("canary"), "\(failure)")
            #expect(!failure.isOfConnection, "another try would not help")
        }
    }

    @Test func aServerThatIsNotThereMayComeYet() throws {
        let failure = try failure("postgres://u:canary@/x?host=/nowhere")
        #expect(failure.kind == .noConnection && failure.isOfConnection)
        #expect(!failure.words.contains("canary") && !failure.words.contains("\n"), "\(failure)")
    }

    @Test(arguments: [
        ("40001", true, false), ("40P01", true, false), ("57P01", false, true), ("25006", false, true),
        ("42501", false, false), ("53100", false, false),
    ])
    func whatIsRefusedSaysWhetherAnotherTryHelps(state: String, isOfOthers: Bool, isOfConnection: Bool) {
        let failure = DatabaseFailure(.refused, "words", state: state)
        #expect(failure.isOfOthers == isOfOthers && failure.isOfConnection == isOfConnection)
    }

    @Test func aWrongPasswordIsWrongTheNextTimeToo() {
        #expect(
            !DatabaseFailure(.noConnection, "password authentication failed for user \"a\"").isOfConnection)
        #expect(DatabaseFailure(.noConnection, "the database system is starting up").isOfConnection)
    }

    /// Each thread waits until all are there: with one less, none would go on.
    @Test func aPoolHasAsManyThreadsAsItsLimit() async {
        let pool = ConnectionPool(limit: 3) { () throws(DatabaseFailure) in
            throw DatabaseFailure(.noConnection, "none is needed")
        }
        let done = await withTaskGroup(of: Bool.self) { group in
            let shared = Counter()
            for _ in 0..<3 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        pool.submit { lane in
                            shared.arrive()
                            while shared.count < 3 {}
                            continuation.resume(returning: (try? lane.current()) == nil)
                        }
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(done == [true, true, true])
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func arrive() { value.withLock { $0 += 1 } }
}

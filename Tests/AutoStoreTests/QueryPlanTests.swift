import AutoRuntime
import Foundation
import GRDB
import Testing
import Values

@testable import AutoStore

/// How SQLite finds what lists show.
@Suite(.timeLimit(.minutes(1))) struct QueryPlanTests {
    /// Every list that the API and the commands ask for, but those of a few ids.
    static var queries: [SessionQuery] {
        var all: [SessionQuery] = []
        for automation in [nil, ID(name: "a")] {
            for status in [nil, Status.failed] {
                for before in [nil, ID(name: "b")] {
                    let kinds: [(Bool, Set<ID>?)] = [(false, nil), (true, [ID(name: "a")]), (false, [])]
                    for (isWaiting, files) in kinds {
                        var query = SessionQuery(of: automation, status: status, before: before, limit: 50)
                        (query.isWaiting, query.files) = (isWaiting, files)
                        all.append(query)
                        query.isOutermost = true
                        all.append(query)
                    }
                }
            }
        }
        return all
    }

    private func plan(_ sql: String, _ query: SessionQuery, _ database: Database) throws -> [String] {
        try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + sql, arguments: SQL.arguments(query))
            .map { $0["detail"] }
    }

    /// A list of fifty takes as long among a million sessions as among a hundred.
    @Test func theNewestAreFoundWithoutSortingAll() throws {
        let database = try DatabaseQueue()
        try migrator.migrate(database)
        try database.read { database in
            for query in QueryPlanTests.queries {
                for sql in [SQL.outlines(query, withInputs: false), SQL.sessions(query)] {
                    let plan = try plan(sql, query, database)
                    #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(query): \(plan)")
                }
            }
        }
    }

    /// A look for work goes through what may run, and not through what waits: whatever it waits for.
    @Test func whatWaitsIsNotGoneThrough() throws {
        let database = try DatabaseQueue()
        try migrator.migrate(database)
        // With how many arguments each has.
        let statements = [
            (SQL.wakeDue, 3), (SQL.rooms, 0), (SQL.otherHolders, 1), (SQL.dueOfBatch, 5),
            (SQL.due("session_alone_due", SQL.isAlone), 4),
            (SQL.due("session_cancelled", SQL.isToBeCancelled), 4),
            (SQL.due("session_holder", "lease_owner = ?5"), 5),
        ]
        try database.read { database in
            for (statement, count) in statements {
                let plan = try Row.fetchAll(
                    database, sql: "EXPLAIN QUERY PLAN " + statement,
                    arguments: StatementArguments(Array(repeating: 1, count: count))
                ).map { $0["detail"] as String }
                let ways = plan.filter { $0.contains(" session ") }
                let narrow = ["wake (", "alone_due", "cancelled", "batch_due (", "holder ("]
                #expect(
                    !ways.isEmpty
                        && ways.allSatisfy { way in narrow.contains { way.contains("INDEX session_\($0)") } },
                    "\(plan)")
            }
        }
    }

    @Test func anAutomationsSessionsOfAStatusAreLookedForAmongItsOwn() throws {
        let database = try DatabaseQueue()
        try migrator.migrate(database)
        let query = SessionQuery(of: ID(name: "a"), status: .finished, limit: 50)
        let found = try database.read { database in
            try plan(SQL.outlines(query, withInputs: false), query, database)
        }
        #expect(found.contains { $0.contains("INDEX session_automation") }, "\(found)")
    }
}

package import AutoRuntime
import GRDB

extension SQLiteStore {
    package func tokens() async throws(StoreError) -> [TokenEntry] {
        try await read { database in
            try Row.fetchAll(database, sql: "SELECT name, hash, scope, created_at FROM token ORDER BY id").map
            { row in
                let name: String = try row.value("name")
                guard let scope = TokenScope(rawValue: try row.value("scope")) else {
                    throw StoreError(
                        "the token \(name) has an unknown scope: revoke it",
                        publicly: "a token of the server has an unknown scope: revoke it")
                }
                return TokenEntry(
                    name: name, hash: try row.value("hash"), scope: scope,
                    createdAt: try row.time("created_at"))
            }
        }
    }

    @discardableResult
    package func add(_ token: TokenEntry) async throws(StoreError) -> Bool {
        try await write { database in
            try database.execute(
                sql: """
                    INSERT INTO token (name, hash, scope, created_at) VALUES (?, ?, ?, ?)
                    ON CONFLICT (name) DO NOTHING
                    """,
                arguments: [token.name, token.hash, token.scope.rawValue, token.createdAt])
            return database.changesCount == 1
        }
    }

    package func revoke(_ name: String) async throws(StoreError) -> Bool {
        try await write { database in
            try database.execute(sql: "DELETE FROM token WHERE name = ?", arguments: [name])
            return database.changesCount == 1
        }
    }
}

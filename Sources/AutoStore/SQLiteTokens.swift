package import AutoRuntime
import GRDB

extension SQLiteStore {
    package func tokens() async throws(StoreError) -> [TokenEntry] {
        try await read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM token ORDER BY id").map { row in
                guard let scope = TokenScope(rawValue: row["scope"]) else {
                    throw StoreError(
                        "the token \(row["name"] as String) has an unknown scope: revoke it",
                        publicly: "a token of the server has an unknown scope: revoke it")
                }
                return TokenEntry(
                    name: row["name"], hash: row["hash"], scope: scope, createdAt: row["created_at"])
            }
        }
    }

    package func add(_ token: TokenEntry) async throws(StoreError) {
        try await write { database in
            let isTaken = try Bool.fetchOne(
                database, sql: "SELECT 1 FROM token WHERE name = ?", arguments: [token.name])
            guard isTaken == nil else { throw StoreError.tokenIsThere(token.name) }
            try database.execute(
                sql: "INSERT INTO token (name, hash, scope, created_at) VALUES (?, ?, ?, ?)",
                arguments: [token.name, token.hash, token.scope.rawValue, token.createdAt])
        }
    }

    package func revoke(_ name: String) async throws(StoreError) -> Bool {
        try await write { database in
            try database.execute(sql: "DELETE FROM token WHERE name = ?", arguments: [name])
            return database.changesCount == 1
        }
    }
}

package import AutoRuntime
import Foundation
import GRDB
import Values

extension SQL {
    fileprivate static let page = "SELECT url, status, headers, body, time FROM page WHERE key = ?"
    fileprivate static let keepPage =
        "INSERT OR REPLACE INTO page (key, url, status, headers, body, time) VALUES (?, ?, ?, ?, ?, ?)"
    /// Deletes all pages but the newest, as many as the argument's bytes hold.
    fileprivate static let boundPages = """
        DELETE FROM page WHERE key IN (
            SELECT key FROM (
                SELECT key, sum(length(body)) OVER (ORDER BY time DESC, key) AS total FROM page)
            WHERE total > ?)
        """
}

extension SQLiteStore {
    package func keptPage(_ key: String) async throws(StoreError) -> KeptPage? {
        try await read { database in
            guard let row = try Row.fetchOne(database, sql: SQL.page, arguments: [key]) else { return nil }
            let headers = try row.kept("headers").asList ?? []
            return KeptPage(
                status: try row.value("status"), headers: headers.compactMap(KeptPage.Header.init),
                body: [UInt8](try row.value("body") as Data), url: try row.value("url"),
                time: try row.value("time"))
        }
    }

    package func keep(_ page: KeptPage?, for key: String) async throws(StoreError) {
        try await write { database in
            guard let page else {
                return try database.execute(sql: "DELETE FROM page WHERE key = ?", arguments: [key])
            }
            try database.execute(
                sql: SQL.keepPage,
                arguments: [
                    key, page.url, page.status, KeptJSON.text(.list(page.headers.map(\.value))),
                    Data(page.body), page.time,
                ])
            try database.execute(sql: SQL.boundPages, arguments: [KeptPage.mostBytesOfAll])
        }
    }
}

extension KeptPage.Header {
    var value: Value { .list([.string(name), .string(text)]) }

    init?(_ value: Value) {
        guard let parts = value.asList?.compactMap(\.asText), parts.count == 2 else { return nil }
        self.init(name: parts[0], text: parts[1])
    }
}

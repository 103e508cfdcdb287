package import AutoRuntime
import PostgreSQL
import Values

extension PostgresStore {
    package func keptPage(_ key: String) async throws(StoreError) -> KeptPage? {
        try await read { connection in
            let row = try connection.run(
                "SELECT url, status, headers, body, time FROM autorun.page WHERE key = $1", [.text(key)]
            ).rows.first
            guard let row else { return nil }
            let headers = try KeptJSON.value(row.text("headers")).asList ?? []
            return KeptPage(
                status: Int(row.int("status")), headers: headers.compactMap(KeptPage.Header.init),
                body: row.bytes("body") ?? [], url: row.text("url"), time: row.int("time"))
        }
    }

    package func keep(_ page: KeptPage?, for key: String) async throws(StoreError) {
        try await write { connection in
            guard let page else {
                try connection.run("DELETE FROM autorun.page WHERE key = $1", [.text(key)])
                return
            }
            try connection.run(
                """
                INSERT INTO autorun.page (key, url, status, headers, body, time) VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (key) DO UPDATE SET url = excluded.url, status = excluded.status,
                    headers = excluded.headers, body = excluded.body, time = excluded.time
                """,
                [
                    .text(key), .text(page.url), .number(Int64(page.status)),
                    .text(KeptJSON.text(.list(page.headers.map(\.value)))), .bytes(page.body),
                    .number(page.time),
                ])
            // Of all pages together the newest stay, as many as so many bytes hold.
            try connection.run(
                """
                DELETE FROM autorun.page WHERE key IN (
                    SELECT key FROM (SELECT key, sum(length(body)) OVER (ORDER BY time DESC, key) AS total
                        FROM autorun.page) AS summed WHERE total > $1::bigint)
                """, [.number(Int64(KeptPage.mostBytesOfAll))])
        }
    }
}

import AutoChecker
import AutoRuntime
import Computing
import HTTPTypes
import Hummingbird
import NIOCore
import Values

/// What the sessions of a batch gave, row by row.
let batchResultsEndpoint = Endpoint(
    method: .get, path: batchPath + [.word("results")], scope: .read, operation: "get_batch_results",
    summary: "What the sessions of a batch gave, in the order of its rows",
    about:
        "Rows whose sessions have not ended are among them, without a result. As CSV or JSON Lines, all rows, unless `limit` says otherwise; in CSV the columns of the inputs are called `inputs.NAME`.",
    parameters: paging,
    answers: [
        Endpoint.Answer(
            status: 200, about: "The rows. A Link header leads to the next page.",
            content: [
                Endpoint.Content(type: "application/json", schema: listOf("BatchRow")),
                Endpoint.Content(type: "text/csv", schema: #"{"type":"string"}"#),
                Endpoint.Content(type: "application/jsonl", schema: #"{"type":"string"}"#),
            ])
    ]
) { api, call in try await api.batchResults(call) }

/// A row of a batch, with how its session stands.
private struct ResultRow: Sendable {
    /// Its place in the table, from 1; nil where sessions of the batch were deleted, so that nobody knows it.
    let number: Int?
    let record: SessionRecord
    let isWaiting: Bool
    /// What the session gave; nil where it has not finished.
    let result: Value?

    private var status: String {
        switch record.header.status {
        case .new: "new"
        case .running: isWaiting ? "waiting" : "running"
        case .finished: "finished"
        case .failed: record.header.isCancelled ? "cancelled" : "failed"
        }
    }

    /// The columns before those of the inputs, as `autorun batch` has them.
    static let columns = ["row", "session", "status", "result", "error"]

    var json: Value {
        .record([
            ("row", number.map { .int(Int64($0)) } ?? .null),
            ("session", .string(record.header.id.text)), ("status", .string(status)),
            ("result", result.map { .string(resultText($0)) } ?? .null),
            ("error", record.header.error.map(Value.string) ?? .null), ("inputs", record.header.inputs),
        ])
    }

    /// - Parameter inputs: the names of the inputs that have a column.
    func cells(_ inputs: [String]) -> [String] {
        let given = record.header.inputs.asMap
        return [
            number.map(String.init) ?? "", record.header.id.text, status, result.map(resultText) ?? "",
            record.header.error ?? "",
        ]
            + inputs.map { name in
                let value = given?[name] ?? .null
                return value == .null ? "" : resultText(value)
            }
    }
}

extension API {
    /// The rows are written out one after the other: together they may be many megabytes.
    fileprivate func batchResults(_ call: Call) async throws -> Response {
        let batch = try await batch(call).batch
        let (isCSV, isLines) = (call.accepts("text/csv"), call.accepts("application/jsonl"))
        let takesAll = (isCSV || isLines) && call.query("limit") == nil
        let (rows, next) = try await rows(
            of: batch, behind: try call.cursor(), limit: takesAll ? batch.count : try call.limit())
        let inputs = isCSV ? try await inputNames(of: rows.first?.outline.id) : []
        var headers = call.link(to: next)
        headers[.contentType] =
            isCSV ? "text/csv; charset=utf-8" : isLines ? "application/jsonl" : "application/json"
        headers[.cacheControl] = "no-store"
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                let columns = ResultRow.columns + inputs.map { "inputs.\($0)" }
                var opening = isCSV ? CSV.line(columns) : isLines ? "" : "["
                for row in rows {
                    // One that was deleted since is left out.
                    guard let row = try await resultRow(row) else { continue }
                    let text = await onOwnThread { _ in
                        isCSV ? CSV.line(row.cells(inputs)) : JSON.text(row.json) + (isLines ? "\n" : "")
                    }
                    try await writer.write(ByteBuffer(string: opening + text))
                    opening = isCSV || isLines ? "" : ","
                }
                // Of no row, what stands before the first one.
                let closing = isCSV || isLines ? "" : "]"
                try await writer.write(ByteBuffer(string: (opening == "," ? "" : opening) + closing))
                try await writer.finish(nil)
            })
    }

    /// The sessions of a batch in the order of its rows, with the numbers of these, and the last one where more come.
    private func rows(of batch: SessionBatch, behind cursor: ID?, limit: Int)
        async throws -> (rows: [(number: Int?, outline: SessionOutline)], next: ID?)
    {
        var query = SessionQuery(of: batch.automationID, limit: batch.count)
        query.batch = batch.id
        // Ids sort by time, and a batch makes those of its rows in their order.
        let all = Array(try await store.outlines(query, withInputs: false).reversed())
        let first = cursor.map { cursor in all.firstIndex { $0.id.text > cursor.text } ?? all.count } ?? 0
        let page = all.indices.dropFirst(first).prefix(limit)
        let rows = page.map { (number: all.count == batch.count ? $0 + 1 : nil, outline: all[$0]) }
        return (rows, page.endIndex < all.count ? rows.last?.outline.id : nil)
    }

    /// The inputs that a session of the batch was given: the automation's own may have changed since.
    private func inputNames(of session: ID?) async throws -> [String] {
        guard let session, let stored = try await store.session(session, of: nil) else { return [] }
        return stored.record.header.inputs.asMap?.entries.compactMap(\.key.asText) ?? []
    }

    /// - Returns: nil where the session was deleted meanwhile.
    private func resultRow(_ row: (number: Int?, outline: SessionOutline)) async throws -> ResultRow? {
        let (number, isWaiting) = (row.number, row.outline.isWaiting)
        guard let session = try await store.session(row.outline.id, of: nil) else { return nil }
        let record = session.record
        guard record.header.status == .finished else {
            return ResultRow(number: number, record: record, isWaiting: isWaiting, result: nil)
        }
        let plan = try? await versions.ready(session.automation).plan
        let result = await onOwnThread(API.elementLimit) { limit in
            plan.map { record.results($0, limit) } ?? record.results(knownBy: nil)
        }
        return ResultRow(number: number, record: record, isWaiting: false, result: result.together)
    }
}

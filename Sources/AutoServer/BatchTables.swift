import AutoChecker
import AutoRuntime
import HTTPTypes
import Hummingbird
import StepKinds
import Values

/// What the body of a batch may be besides the JSON object of the API, by its media type.
let batchForms: [(type: String, form: FileForm)] = [
    ("text/csv", .csv), ("text/tab-separated-values", .tsv), ("application/jsonl", .jsonLines),
    ("application/x-ndjson", .jsonLines),
]

/// So many rows that do not fit are told at once.
private let mostProblems = 100

/// So many rows are shown to who wants to see whether a table is read as it is meant.
private let checkedRows = 10

/// The tables by which batches begin.
extension API {
    /// A row as it is given, with its place in the request.
    typealias GivenRow = (place: [Value], inputs: MapValue)

    func batchBody(_ call: Call, _ version: ReadyVersion) throws(Refusal) -> ([GivenRow], Int) {
        let type = call.header("Content-Type")?.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        let atOnce = try call.number("at_once", in: possibleAtOnce) ?? usualAtOnce
        guard let form = batchForms.first(where: { $0.type == type })?.form else {
            return try batchObject(call, atOnce)
        }
        guard let text = String(validating: call.body, as: UTF8.self) else {
            throw Refusal(.unprocessableContent, at: ["body"], "unicode", "the body is no text in UTF-8")
        }
        do throws(InputTableProblem) {
            let rows = try inputRows(text, as: form, for: version.plan.automation.inputs)
            return (rows.map { ([.string("body"), .int(Int64($0.line))], $0.inputs) }, atOnce)
        } catch {
            let place = [Value.string("body")] + (error.line.map { [.int(Int64($0))] } ?? [])
            throw Refusal(
                .unprocessableContent, items: [Refusal.item(place, "table_invalid", error.message)])
        }
    }

    /// - Parameter asked: how many run at once where the body does not say.
    private func batchObject(_ call: Call, _ asked: Int) throws(Refusal) -> ([GivenRow], Int) {
        let body = try call.object(known: ["inputs", "at_once"])
        var atOnce = asked
        if let given = body["at_once"] {
            guard let number = given.asInt, possibleAtOnce.contains(number) else {
                throw Refusal(
                    .unprocessableContent, at: ["body", "at_once"], "int_range",
                    "expected a whole number from \(possibleAtOnce.lowerBound) to \(possibleAtOnce.upperBound)"
                )
            }
            atOnce = number
        }
        guard let items = body["inputs"]?.asList else {
            throw Refusal(
                .unprocessableContent, at: ["body", "inputs"],
                body["inputs"] == nil ? "missing" : "list_type",
                "expected a list with the inputs of each session")
        }
        var rows: [GivenRow] = []
        for (place, item) in items.enumerated() {
            let loc: [Value] = [.string("body"), .string("inputs"), .int(Int64(place))]
            guard let inputs = item.asMap else {
                throw Refusal(
                    .unprocessableContent, items: [Refusal.item(loc, "object_type", "expected an object")])
            }
            rows.append((loc, inputs))
        }
        return (rows, atOnce)
    }

    /// What a table would start.
    func checkBatch(_ call: Call) async throws -> Response {
        let version = try await startable(try await entry(try call.automation).automation)
        let (given, atOnce) = try batchBody(call, version)
        try checkLength(of: given)
        let (fitted, problems) = fitRows(given, version)
        let shown = zip(given, fitted).prefix(checkedRows).map { row, inputs in
            Value.record([("loc", .list(row.place)), ("inputs", .map(inputs))])
        }
        return .json(
            .record([
                ("rows_count", .int(Int64(given.count))), ("at_once", .int(Int64(atOnce))),
                ("rows", .list(shown)), ("problems", .list(problems)),
            ]))
    }

    /// The inputs of every row, fitted to their types.
    ///
    /// - Throws: with every field that does not fit, of many the first.
    func fittedRows(_ rows: [GivenRow], _ version: ReadyVersion) throws(Refusal) -> [Value] {
        try checkLength(of: rows)
        let (fitted, problems) = fitRows(rows, version)
        guard problems.isEmpty else { throw Refusal(.unprocessableContent, items: problems) }
        return fitted.map { .map($0) }
    }

    private func checkLength(of rows: [GivenRow]) throws(Refusal) {
        guard !rows.isEmpty else {
            throw Refusal(
                .unprocessableContent, at: ["body"], "too_short", "expected a row at least, found none")
        }
        guard rows.count <= limits.queue else {
            throw Refusal(
                .unprocessableContent, at: ["body"], "too_long",
                "expected at most \(limits.queue) rows, found \(rows.count): send them in several batches")
        }
    }

    /// The rows up to the last one that is told of, with those of their inputs that fit, and what does not.
    private func fitRows(_ rows: [GivenRow], _ version: ReadyVersion) -> ([MapValue], [Value]) {
        var fitted: [MapValue] = []
        var problems: [Value] = []
        for row in rows where problems.count < mostProblems {
            let (inputs, found) = fitInputs(version.plan.automation.inputs, row.inputs)
            fitted.append(inputs)
            problems += found.map { Refusal.item(row.place + [.string($0.input)], $0.errorType, $0.message) }
        }
        return (fitted, Array(problems.prefix(mostProblems)))
    }
}

extension InputProblem {
    /// What the API calls it.
    var errorType: String {
        switch kind {
        case .unknown: "extra_forbidden"
        case .missing: "missing"
        case .misfit: "value_error"
        }
    }
}

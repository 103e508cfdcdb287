import CEL
import Foundation
import OrderedCollections
import TestSupport
import Testing
import Values

/// The paths of all `.auto` files in a folder of the project and in its subfolders, seen from the root.
func automations(in folder: String) -> [String] {
    let names = FileManager.default.enumerator(atPath: Command.root + "/" + folder)?.compactMap {
        $0 as? String
    }
    return (names ?? []).filter { $0.hasSuffix(".auto") }.sorted().map { folder + "/" + $0 }
}

/// What every example keeps to: nobody shall learn from a file that has findings, or that only worked once.
@Suite(.timeLimit(.minutes(1))) struct EveryExampleTests {
    @Test func examplesAreFound() { #expect(automations(in: "Examples").count > 30) }

    @Test(arguments: automations(in: "Examples"))
    func hasNoFindings(path: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let checked = try await command.run("autocheck", ["--strict", path])
        #expect(checked.code == 0 && checked.output.isEmpty, "\(checked)")
    }

    @Test(arguments: automations(in: "Examples"))
    func isLaidOut(path: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let formatted = try await command.run("autorun", ["fmt", "--check", path])
        #expect(formatted.code == 0, "\(formatted)")
    }

    /// The tests in it pass, and take each of its steps, branches and error edges.
    @Test(arguments: automations(in: "Examples"))
    func testsPass(path: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let tested = try await command.run("autorun", ["test", path, "--coverage"])
        #expect(tested.code == 0, "\(tested)")
        #expect(tested.output.contains("  ok   "), "\(path) has no tests")
        #expect(!tested.output.contains("no test takes"), "\(tested.output)")
    }

    /// The first line says what the file shows, in one sentence.
    @Test(arguments: automations(in: "Examples"))
    func saysWhatItShows(path: String) throws {
        let text = try String(contentsOfFile: Command.root + "/" + path, encoding: .utf8)
        let lines = text.components(separatedBy: "\n")
        #expect(lines[0].hasPrefix("# Shows: ") && lines[0].hasSuffix("."))
        #expect(lines[1].hasPrefix("automation \""))
    }
}

/// Runs the longer examples as a user does, with the local model, and holds their records to the API's
/// sample.
@Suite(.timeLimit(.minutes(1))) struct ExampleTests {
    private func record(_ name: String, _ arguments: [String] = [], environment: [String: String] = [:])
        async throws -> (CommandResult, MapValue)
    {
        let command = try Command()
        defer { command.clean() }
        let result = try await command.run(
            "autorun", ["run", "Examples/\(name).auto", "--json"] + arguments, environment: environment)
        let value = try JSON.parse(result.output)
        try expectSampleShape(value)
        return (result, try #require(value.asMap))
    }

    /// The same keys in the same order and the same kinds of values as the sample has, `null` where it may
    /// be.
    private func expectSampleShape(_ record: Value) throws {
        let step: [(String, String)] = [
            ("id", "uuid"), ("status", "status"), ("prompt", "object?"), ("result", "text?"),
            ("error", "text?"), ("step", "step"), ("created_at", "time"),
            ("updated_at", "time"),
        ]
        let info: [(String, String)] = [
            ("id", "uuid"), ("name", "text"), ("step_type", "text"), ("prompt_template", "object"),
            ("created_at", "time"), ("updated_at", "time"),
        ]
        let session: [(String, String)] = [
            ("id", "uuid"), ("automation_id", "uuid"), ("inputs", "object"), ("error", "text?"),
            ("status", "status"), ("created_at", "time"),
            ("updated_at", "time"), ("steps", "steps"), ("steps_count", "int"), ("current_step", "record?"),
        ]
        func check(_ value: Value, _ shape: [(String, String)]) throws {
            let map = try #require(value.asMap)
            #expect(map.entries.keys.map(JSON.keyText) == shape.map(\.0))
            for (name, kind) in shape {
                let found = map[name] ?? .null
                if kind.hasSuffix("?"), found.isNull { continue }
                switch kind {
                case "uuid":
                    #expect(
                        (found.asText ?? "").wholeMatch(
                            of: /[0-9a-f]{8}-[0-9a-f]{4}-[57][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)
                            != nil)
                case "time":
                    #expect((found.asText ?? "").wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
                case "status": #expect(["NEW", "RUNNING", "FINISHED", "FAILED"].contains(found.asText))
                case "steps": for item in try #require(found.asList) { try check(item, step) }
                case "step": try check(found, info)
                case "record?": try check(found, step)
                case "object", "object?": #expect(found.asMap != nil)
                case "int": #expect(found.asInt == map["steps"]?.asList?.count)
                default: #expect(found.asText != nil, "\(name)")
                }
            }
        }
        try check(record, session)
    }

    private func names(_ record: MapValue) -> [String] {
        (record["steps"]?.asList ?? []).compactMap { $0.asMap?["step"]?.asMap?["name"]?.asText }
    }

    private func result(_ record: MapValue, _ name: String) -> String {
        let step = record["steps"]?.asList?.last { $0.asMap?["step"]?.asMap?["name"]?.asText == name }
        return step?.asMap?["result"]?.asText ?? ""
    }

    @Test func supportTriage() async throws {
        let (end, record) = try await record(
            "support-triage", ["--input", "ticket=@Examples/ticket.txt", "--input", "tier=pro"])
        #expect(end.code == 0 && record["status"] == .string("FINISHED"))
        #expect(
            Array(names(record).prefix(3)) == ["begin", "classify", "route"] && names(record).last == "draft")
        #expect(end.errors.contains("`builtin` is no language model"))
    }

    @Test func pageDigest() async throws {
        let (end, record) = try await record("page-digest")
        #expect(end.code == 0)
        #expect(
            result(record, "newest")
                == "{\"title\":\"Tidewatch\",\"count\":3,\"newest\":\"2.1 of 2024-03-18\"}")
        #expect(
            result(record, "facts").contains("\"licence\":\"MIT\"")
                && result(record, "text").contains("| 2.1 | 2024-03-18 |"))
    }

    @Test func docsAnswer() async throws {
        let (end, record) = try await record("docs-answer")
        #expect(end.code == 0)
        #expect(
            result(record, "cite").contains("five working days")
                && result(record, "cite").contains("docs/help/billing.md"))
    }

    @Test func notesToJSON() async throws {
        let (end, record) = try await record("notes-to-json")
        #expect(end.code == 0)
        #expect(result(record, "total") == "{\"customer\":\"Ada\",\"pieces\":5,\"total\":312.7}")
    }

    @Test func mapReduce() async throws {
        let (end, record) = try await record("map-reduce")
        #expect(end.code == 0)
        #expect(
            names(record).filter { $0 == "pages" }.count == 3
                && result(record, "summary").contains("7.3 metres"))
    }

    @Test func draftCritique() async throws {
        let (end, record) = try await record("draft-critique")
        #expect(end.code == 0)
        #expect(
            names(record).last == "publish" && (1...3).contains(names(record).filter { $0 == "write" }.count))
    }

    @Test func priceWatch() async throws {
        let shop = try await TestServer { request, count in
            if request[header: "authorization"] != "Bearer canary-token" { return .json("{}", status: 401) }
            return count < 3
                ? .json("{\"busy\": true}", status: 503)
                : .json("{\"article\": \"desk lamp\", \"price\": 19.5, \"currency\": \"EUR\"}")
        }
        let arguments = ["--input", "shop=\(shop.url)", "--allow-host", "127.0.0.1"]
        let (end, record) = try await record(
            "price-watch", arguments, environment: ["SHOP_TOKEN": "canary-token"])
        #expect(end.code == 0)
        #expect(result(record, "buy") == "Buy: desk lamp costs 19.5 EUR")
        #expect(shop.seen.count == 3 && shop.seen.allSatisfy { $0.path == "/prices/desk%20lamp" })
        #expect(!end.output.contains("canary-token") && !end.errors.contains("canary-token"))
        try await shop.stop()
        let (gone, other) = try await self.record(
            "price-watch", ["--input", "shop=\(shop.url)", "--allow-host", "127.0.0.1"],
            environment: ["SHOP_TOKEN": "canary-token"])
        #expect(gone.code == 0)
        #expect(result(other, "unreachable").hasPrefix("No price today (network)"))
    }

    @Test func expenseApproval() async throws {
        let (end, record) = try await record("expense-approval", ["--answer", "ask=approve"])
        #expect(end.code == 0 && result(record, "approved") == "Approved: 640 EUR for Grace")
        let (small, other) = try await self.record("expense-approval", ["--input", "amount=20"])
        #expect(small.code == 0 && names(other) == ["begin", "check", "approved"])
    }
}

import CEL
import TestSupport
import Testing
import Values

extension Command {
    /// What `sessions` says of the session that began last.
    ///
    /// - Parameter arguments: go along, such as the store.
    func newestSession(_ arguments: [String] = []) async throws -> MapValue {
        let list = try await run("autorun", ["sessions", "--json"] + arguments)
        return try #require(JSON.parse(list.output).asList?.first?.asMap, "\(list)")
    }

    /// The id of the session that began last.
    func newestID(_ arguments: [String] = []) async throws -> String {
        try #require(await newestSession(arguments)["id"]?.asText)
    }
}

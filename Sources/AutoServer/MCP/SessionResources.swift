import AutoRuntime
import Computing
import MCP
import Values

/// The sessions of what is served, as resources: their records as the API has them.
struct SessionResources: ResourceHost {
    let api: API

    private static let prefix = "autorun://session/"
    private static let type = "application/json"
    private static let page = 50

    static func address(of session: ID) -> String { prefix + session.text }

    var templates: [Value] {
        [
            .record([
                ("uriTemplate", .string(SessionResources.prefix + "{id}")),
                (MCPField.name, .string("session")),
                (MCPField.title, .string("A session's record")),
                (MCPField.mimeType, .string(SessionResources.type)),
            ])
        ]
    }

    func list(after cursor: String?) async throws(RPCError) -> ResourcePage {
        var query = SessionQuery(limit: SessionResources.page)
        if let cursor {
            guard let last = ID(cursor) else {
                throw .invalidParameters("`cursor` is none that a page of this list has said")
            }
            query.before = last
        }
        do throws(StoreError) {
            let sessions = try await api.store.outlines(api.ofWhatIsServed(query), withInputs: false)
            return ResourcePage(
                sessions.map(SessionResources.described),
                next: sessions.count == SessionResources.page ? sessions.last?.id.text : nil)
        } catch {
            throw RPCError(RPCError.internalErrorCode, error.publicMessage)
        }
    }

    private static func described(_ session: SessionOutline) -> Value {
        let began = timeText(session.createdAt).asText ?? ""
        let state = session.isWaiting ? "waits for a person" : session.status.rawValue
        return .record([
            (MCPField.uri, .string(address(of: session.id))),
            (MCPField.name, .string("\(session.automationName), \(began)")),
            (MCPField.description, .string(session.error.map { "\(state): \($0)" } ?? state)),
            (MCPField.mimeType, .string(type)),
        ])
    }

    func read(_ address: String) async throws(RPCError) -> [Value] {
        let session: StoredSession?
        do throws(StoreError) { session = try await found(address) } catch {
            throw RPCError(RPCError.internalErrorCode, error.publicMessage)
        }
        guard let record = session?.record else {
            throw RPCError(
                RPCError.resourceNotFoundCode,
                "there is no such session here: resources/list lists what there is",
                data: .record([(MCPField.uri, .string(String(address.prefix(200))))]))
        }
        let text = String(decoding: await record.jsonBytes(), as: UTF8.self)
        return [
            .record([
                (MCPField.uri, .string(SessionResources.address(of: record.header.id))),
                (MCPField.mimeType, .string(SessionResources.type)), (MCPField.text, .string(text)),
            ])
        ]
    }

    /// The session at an address; nil where there is none that is served.
    private func found(_ address: String) async throws(StoreError) -> StoredSession? {
        guard address.hasPrefix(SessionResources.prefix),
            let id = ID(String(address.dropFirst(SessionResources.prefix.count))),
            let session = try await api.store.session(id, of: nil)
        else { return nil }
        let automation = session.automation
        let isShown = automation.path.isEmpty || api.parts.served.shows(id, of: automation.id)
        return isShown ? session : nil
    }
}

package import Values

// A session's id begins with the time, so that those of one minute begin alike. Its end is random: that is what people
// are shown of it, and what they may write for it.

extension ID {
    /// How many letters of an id are shown, unless it takes more to tell it from others.
    static let shortLength = 6

    /// The id's last letters.
    func end(_ length: Int) -> String { String(text.suffix(length)) }
}

/// The end of each id: 6 letters, more where another id ends in the same.
///
/// - Parameter others: all ids that may end in the same letters; whether the ids themselves are among them makes no
///   difference.
/// - Returns: the ends in the order of the ids.
package func shortIDs(of ids: [ID], among others: [ID]) -> [String] {
    let all = Set(others).union(ids)
    var short: [ID: String] = [:]
    var open = Set(ids)
    for length in [ID.shortLength, 8, 12] where !open.isEmpty {
        let counts = Dictionary(all.map { ($0.end(length), 1) }, uniquingKeysWith: +)
        for id in open where counts[id.end(length)] == 1 {
            short[id] = id.end(length)
            open.remove(id)
        }
    }
    return ids.map { short[$0] ?? $0.text }
}

extension Journal {
    /// What is shown of the ids of sessions: the end, which leads to that session alone.
    ///
    /// - Throws: when the store cannot be read.
    package func shortIDs(of ids: [ID]) async throws(StoreError) -> [String] {
        let others = try await self.ids(endingIn: Set(ids.map { $0.end(ID.shortLength) }))
        return AutoRuntime.shortIDs(of: ids, among: others)
    }

    /// The same of one session.
    ///
    /// - Throws: when the store cannot be read.
    package func shortID(of id: ID) async throws(StoreError) -> String {
        try await shortIDs(of: [id]).first ?? id.text
    }

    /// The session whose id is written so, or ends so, or begins so; nil when there is none.
    ///
    /// - Throws: also when it could be several; the sentence lists them.
    package func session(writtenAs written: String) async throws(StoreError) -> StoredSession? {
        let text = written.lowercased()
        if let id = ID(text) { return try await session(id, of: nil) }
        // Less than that is rather a slip than an id.
        guard text.utf8.count >= ID.fewestWritten else { return nil }
        let ending = try await ids(endingIn: [text])
        let beginning = try await ids(beginning: text)
        let found = ending + beginning.filter { !ending.contains($0) }
        guard let first = found.first else { return nil }
        guard found.count == 1 else { throw try await ambiguous(written, found) }
        return try await session(first, of: nil)
    }

    private func ambiguous(_ written: String, _ ids: [ID]) async throws(StoreError) -> StoreError {
        let shown = Array(ids.prefix(5))
        let short = try await shortIDs(of: shown)
        var sentence = "`\(written)` could be each of \(ids.count) sessions: name one by the end of its id"
        for (id, end) in zip(shown, short) {
            guard let session = try await session(id, of: nil) else { continue }
            let header = session.record.header
            let began = timeText(header.createdAt).asText ?? ""
            sentence += "\n  \(end)  \(header.status.rawValue)  \(began)  \(session.automation.name)"
        }
        return StoreError(ids.count > shown.count ? sentence + "\n  …" : sentence)
    }
}

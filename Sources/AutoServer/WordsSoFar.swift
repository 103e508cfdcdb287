import AutoRuntime
import Values

/// What models have written until now into records that run still, for who comes to watch in the middle of it.
///
/// It is masked already, and bounded: of a long text the beginning is left out, and where all texts together are too long, that of
/// the session in which nothing was written for longest.
struct WordsSoFar: Sendable {
    /// Of one record.
    struct Words: Sendable, Hashable {
        fileprivate(set) var text = ""
        /// Bytes of UTF-8 that stood before `text` and are kept no more.
        fileprivate(set) var leftOut = 0
    }

    private struct OfSession {
        var records: [Int: Words] = [:]
        /// The higher, the later it was written in.
        var turn = 0

        var hasText: Bool { records.values.contains { !$0.text.isEmpty } }
    }

    /// Bytes of one record's text at the most.
    private let mostOfRecord: Int
    /// Bytes of all texts at the most.
    private let mostOfAll: Int
    private var sessions: [ID: OfSession] = [:]
    private var bytes = 0
    private var turn = 0

    init(mostOfRecord: Int = 256 << 10, mostOfAll: Int = 32 << 20) {
        self.mostOfRecord = mostOfRecord
        self.mostOfAll = mostOfAll
    }

    /// By the places of the records, from 0.
    func words(of session: ID) -> [Int: Words] { sessions[session]?.records ?? [:] }

    mutating func add(_ piece: String, to ordinal: Int, of session: ID) {
        turn += 1
        // In its place: a second reference to the text would have it copied with each piece.
        let before = sessions[session]?.records[ordinal]?.text.utf8.count ?? 0
        sessions[session, default: OfSession()].turn = turn
        sessions[session, default: OfSession()].records[ordinal, default: Words()].add(
            piece, most: mostOfRecord)
        bytes += (sessions[session]?.records[ordinal]?.text.utf8.count ?? 0) - before
        while bytes > mostOfAll, let oldest = sessions.filter({ $0.value.hasText }).min(by: isOlder) {
            letGo(oldest.key)
        }
    }

    private func isOlder(_ one: (key: ID, value: OfSession), _ other: (key: ID, value: OfSession)) -> Bool {
        one.value.turn < other.value.turn
    }

    /// Lets the texts of a session go, and remembers how long they were.
    private mutating func letGo(_ session: ID) {
        guard var kept = sessions[session] else { return }
        for (ordinal, words) in kept.records {
            bytes -= words.text.utf8.count
            kept.records[ordinal] = Words(text: "", leftOut: words.leftOut + words.text.utf8.count)
        }
        sessions[session] = kept
    }

    /// The record has come to its end, and holds what the model wrote.
    mutating func end(_ ordinal: Int, of session: ID) {
        guard let words = sessions[session]?.records.removeValue(forKey: ordinal) else { return }
        bytes -= words.text.utf8.count
        if sessions[session]?.records.isEmpty == true { sessions[session] = nil }
    }

    /// Nothing of the session runs here any more.
    mutating func end(_ session: ID) {
        for words in sessions.removeValue(forKey: session)?.records.values.map(\.self) ?? [] {
            bytes -= words.text.utf8.count
        }
    }
}

extension WordsSoFar.Words {
    /// Of a text that becomes too long a quarter goes at once, so that not every piece moves all of it.
    fileprivate mutating func add(_ piece: String, most: Int) {
        text += piece
        guard text.utf8.count > most else { return }
        // A place within a scalar is taken for the scalar's beginning.
        let rest = String(text.unicodeScalars[text.utf8.index(text.endIndex, offsetBy: most / 4 - most)...])
        leftOut += text.utf8.count - rest.utf8.count
        text = rest
    }
}

import AutoChecker
package import AutoRuntime
import Computing
import OrderedCollections
import Programs
import StepKinds
import Synchronization
import Values

/// EMBEDDING_SEARCH: the pieces of documents that are nearest to a query.
package final class SearchStep: StepExecutor {
    /// The embedder of a model's name; `default` is what the user's settings say.
    private let embedder: @Sendable (String) throws(StepFailure) -> any Embedder
    private let folder: Folder
    /// Vectors of texts that were embedded before in this process, by model.
    private let known = Mutex<[String: [String: [Float]]]>([:])

    /// Searches by what `embedder` gives for a model's name, in documents that may be files of `folder`.
    package init(folder: Folder, embedder: @escaping @Sendable (String) throws(StepFailure) -> any Embedder) {
        self.embedder = embedder
        self.folder = folder
    }

    /// The embedding model, and where it is asked.
    package func model(for work: StepWork) -> String {
        let name = work[EmbeddingSearch.model] ?? DefaultModels.word
        return (try? embedder(name))?.identity ?? name
    }

    /// How many texts an embedder is given at once.
    private static let partLength = 1_000

    private struct Piece {
        let text: String
        let source: String
        let index: Int
    }

    /// Cuts the documents into pieces and compares each with the query.
    ///
    /// - Returns: a list of `{ text, score, source, index }`, best first.
    /// - Throws: what cannot be read, or what the embedding model's server says.
    package func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let topK = work[EmbeddingSearch.topK] ?? EmbeddingSearch.usualCount
        let leastScore = work[EmbeddingSearch.minScore] ?? -1
        if let problem = EmbeddingSearch.problem(ofCount: topK) { throw StepFailure(.field, problem) }
        let chunk = work[EmbeddingSearch.chunk] ?? EmbeddingSearch.usualChunk
        if let problem = EmbeddingSearch.problem(ofChunk: chunk) { throw StepFailure(.field, problem) }
        let documents = work[EmbeddingSearch.documents] ?? .null
        // Reading and cutting up may take long, so it has a thread of its own.
        let read = await onOwnThread { limit -> Result<[Piece], StepFailure> in
            do throws(StepFailure) {
                return .success(try self.pieces(documents, chunk, limit))
            } catch {
                return .failure(error)
            }
        }
        if Task.isCancelled { throw .cancelled }
        let pieces = try read.get()
        guard !pieces.isEmpty else { return .value(.list([])) }
        let model = work[EmbeddingSearch.model] ?? DefaultModels.word
        let embedder = try embedder(model)
        var question = EmbeddingRequest([work[EmbeddingSearch.query] ?? ""], areQueries: true)
        question.ask(for: work)
        let query = try await embedder.embed(question)[0]
        let vectors = try await vectors(of: pieces.map(\.text), model, embedder, for: work)
        if let other = vectors.first(where: { $0.count != query.count }) {
            throw StepFailure(
                .embedding,
                "the query's vector has \(query.count) numbers and a document's \(other.count), which cannot be compared"
            )
        }
        return .value(await onOwnThread { _ in self.best(pieces, vectors, query, topK, leastScore) })
    }

    /// The pieces nearest to the query as the step gives them.
    private func best(
        _ pieces: [Piece], _ vectors: [[Float]], _ query: [Float], _ count: Int, _ leastScore: Double
    ) -> Value {
        let scored = zip(pieces, vectors).map {
            (piece: $0, score: zip(query, $1).reduce(0) { $0 + Double($1.0 * $1.1) })
        }
        let best = scored.enumerated().filter { $0.element.score >= leastScore }
            .sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.prefix(count)
        return .list(
            best.map { entry in
                .record([
                    (EmbeddingSearch.Piece.text, .string(entry.element.piece.text)),
                    (EmbeddingSearch.Piece.score, .double((entry.element.score * 1e6).rounded() / 1e6)),
                    (EmbeddingSearch.Piece.source, .string(entry.element.piece.source)),
                    (EmbeddingSearch.Piece.index, .int(Int64(entry.element.piece.index))),
                ])
            })
    }

    private func vectors(
        of texts: [String], _ model: String, _ embedder: any Embedder, for work: StepWork
    ) async throws(StepFailure) -> [[Float]] {
        // In the order of the documents, so that the same search asks the same; the embedder makes batches of
        // them.
        let fresh = known.withLock { known in
            Array(OrderedSet(texts.filter { known[model]?[$0] == nil }))
        }
        // What is there already is kept when a later part fails, so that another try has less to do.
        for start in stride(from: 0, to: fresh.count, by: SearchStep.partLength) {
            var part = EmbeddingRequest(
                Array(fresh[start..<min(start + SearchStep.partLength, fresh.count)]), areQueries: false)
            part.ask(for: work)
            if Task.isCancelled { throw .cancelled }
            let made = try await embedder.embed(part)
            known.withLock { known in
                for (text, vector) in zip(part.texts, made) { known[model, default: [:]][text] = vector }
            }
        }
        return known.withLock { known in texts.map { known[model]?[$0] ?? [] } }
    }

    private func pieces(_ documents: Value, _ chunk: Int, _ limit: TimeLimit) throws(StepFailure) -> [Piece] {
        switch documents {
        case .string(let pattern):
            let files = try folder.files(matching: pattern)
            guard !files.isEmpty else {
                throw StepFailure(.documents, "no file matches `\(pattern)` in the automation's folder")
            }
            var pieces: [Piece] = []
            for file in files {
                if limit.isOver { throw .cancelled }
                let bytes = try fileText(
                    try folder.read(file), file, for: EmbeddingSearch.documents.name, .documents)
                let text = String(decoding: bytes, as: UTF8.self)
                for part in try split(text, chunk, limit) {
                    pieces.append(Piece(text: part, source: file, index: pieces.count))
                }
            }
            return pieces
        case .list(let items):
            var pieces: [Piece] = []
            for (place, item) in items.enumerated() {
                if limit.isOver { throw .cancelled }
                guard let text = item.asText ?? item.asMap?["text"]?.asText else {
                    throw StepFailure(
                        .documents,
                        "`documents` holds texts or records with `text`, found \(describe(item)) at \(place)")
                }
                let source = item.asMap?["source"]?.asText ?? "\(place)"
                for part in try split(text, chunk, limit) {
                    pieces.append(Piece(text: part, source: source, index: place))
                }
            }
            return pieces
        case .null, .bool, .int, .uint, .double, .bytes, .map, .timestamp, .duration, .type, .optional:
            throw StepFailure(.documents, "`documents` is a glob or a list, found \(describe(documents))")
        }
    }

    /// Splits at blank lines into pieces of at most so many characters; a heading stays with what follows it.
    ///
    /// - Throws: when the limit is over before all of the text has been split.
    private func split(_ text: String, _ most: Int, _ limit: TimeLimit) throws(StepFailure) -> [String] {
        let whole = text.trimmed()
        guard most > 0, whole.isLonger(than: most) else { return whole.isEmpty ? [] : [whole] }
        var pieces: [String] = []
        var current = ""
        // Counting the characters of a text takes as long as the text.
        var length = 0
        for paragraph in try whole.paragraphs(limit) {
            if limit.isOver { throw .cancelled }
            let added = paragraph.count
            if !current.isEmpty, length + added + 2 > most, !current.isOnlyHeading {
                pieces.append(current)
                (current, length) = ("", 0)
            }
            length += added + (current.isEmpty ? 0 : 2)
            current += (current.isEmpty ? "" : "\n\n") + paragraph
            guard length > most else { continue }
            current = try cut(current, most, limit, &pieces)
            length = current.count
        }
        if !current.isEmpty { pieces.append(current) }
        return pieces
    }

    /// Cuts a text that is too long into pieces, at blanks where it has some.
    ///
    /// - Returns: the end, which is short enough.
    private func cut(
        _ text: String, _ most: Int, _ limit: TimeLimit, _ pieces: inout [String]
    ) throws(StepFailure) -> String {
        // By places in one text: copying the rest each time would cost its length squared.
        var rest = text[...]
        while let cut = rest.index(rest.startIndex, offsetBy: most, limitedBy: rest.endIndex),
            cut < rest.endIndex
        {
            if limit.isOver { throw .cancelled }
            let blank = rest[..<cut].lastIndex { $0.isWhitespace } ?? cut
            let end = blank == rest.startIndex ? cut : blank
            pieces.append(String(rest[..<end]))
            rest = rest[end...].drop { $0.isWhitespace }
        }
        return String(rest).trimmed()
    }
}

extension String {
    fileprivate func isLonger(than count: Int) -> Bool {
        utf8.count > count
            && index(startIndex, offsetBy: count, limitedBy: endIndex).map { $0 < endIndex } ?? false
    }

    /// What stands between blank lines.
    fileprivate func paragraphs(_ limit: TimeLimit) throws(StepFailure) -> [String] {
        var result: [String] = []
        var lines: [Substring] = []
        // By bytes, since going through characters takes many times as long.
        for ended in utf8.split(separator: 0x0A, omittingEmptySubsequences: false) + ["".utf8[...]] {
            if limit.isOver { throw .cancelled }
            let line = Substring(ended.last == 0x0D ? ended.dropLast() : ended)
            if line.allSatisfy(\.isWhitespace) {
                if !lines.isEmpty { result.append(lines.joined(separator: "\n")) }
                lines = []
            } else {
                lines.append(line)
            }
        }
        return result
    }

    fileprivate var isOnlyHeading: Bool { hasPrefix("#") && !contains("\n") }
}

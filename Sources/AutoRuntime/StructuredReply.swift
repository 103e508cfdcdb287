import AutoChecker
import Computing
import OrderedCollections
import StepKinds
package import Values

/// Asks a model for a value of the request's type; a reply that does not fit is mended, else asked for again
/// with what is wrong, twice.
package func structuredReply(_ provider: any ModelProvider, _ request: ModelRequest) async throws(StepFailure)
    -> Value
{
    guard let type = request.resultType else { return .string(try await provider.reply(to: request)) }
    var request = request
    var last: Misfit?
    for _ in 0..<3 {
        let text = try await provider.reply(to: request)
        let outcome = await onOwnThread { limit -> Result<Value, Misfit> in
            do throws(Misfit) { return .success(try value(of: text, type, limit)) } catch {
                return .failure(error)
            }
        }
        if Task.isCancelled { throw .cancelled }
        switch outcome {
        case .success(let value): return value
        case .failure(let error):
            last = error
            request.messages.append(.record([("role", .string("assistant")), ("content", .string(text))]))
            request.messages.append(
                .record([
                    ("role", .string("user")),
                    (
                        "content",
                        .string(
                            "That does not fit: \(error.text). Answer again, with the value only, as \(type.text)."
                        )
                    ),
                ]))
        }
    }
    throw StepFailure(
        .result, "the model's reply is not \(type.text), after three tries: \(last?.text ?? "")",
        retryable: true)
}

/// A model's reply as a value of the type.
private func value(of text: String, _ type: DataType, _ limit: TimeLimit) throws(Misfit) -> Value {
    let bare = trimmed(text)
    switch type {
    case .text: return .string(text)
    case .oneOf(let values):
        if let exact = values.first(where: { $0 == bare })
            ?? values.first(where: { $0.lowercased() == bare.lowercased() })
        {
            return .string(exact)
        }
    case .url, .bytes, .int, .number, .bool, .json, .list, .record: break
    }
    var first: Misfit?
    var candidates: [Value]
    do throws(JSONError) { candidates = try foundJSON(in: text, limit) } catch {
        throw Misfit(path: "", expected: type.text, found: "a text that is too large: \(error.message)")
    }
    if case .record = type {
    } else {
        candidates += candidates.compactMap { $0.asMap?.count == 1 ? $0.asMap?.entries.values.first : nil }
    }
    // Asked for a list or a plain value, models wrap it in an object, since some APIs take objects only.
    if candidates.isEmpty { candidates = [.string(bare)] }
    for candidate in candidates {
        do throws(Misfit) { return try type.fit(candidate) } catch { first = first ?? error }
    }
    throw first ?? Misfit(path: "", expected: type.text, found: describe(.string(bare)))
}

private func trimmed(_ text: String) -> String {
    var rest = text[...]
    let skipped: Set<Character> = ["\"", "'", ".", "`", "*"]
    while let first = rest.first, first.isWhitespace || skipped.contains(first) { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace || skipped.contains(last) { rest.removeLast() }
    return String(rest)
}

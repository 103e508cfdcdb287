import AutoChecker
import AutoRuntime
import CEL
import OrderedCollections
import StepKinds
import Values

/// What an author writes into `headers`, and which of it no redirect may take to another server.
extension HTTPRequest {
    /// Takes the headers of a step's field, and knows of each whether it holds a secret.
    ///
    /// - Throws: kind `field`, when a value is no text.
    mutating func addHeaders(of work: StepWork, _ key: Key<MapValue>) throws(StepFailure) {
        if let written = work[key] {
            for (name, value) in written.entries where !value.isNull {
                headers.append((JSON.keyText(name), try fieldText(value, key.name)))
            }
        }
        let paths = work.secretPaths
        let inHeaders = key.name + "."
        for path in paths where path.hasPrefix(inHeaders) {
            secretHeaders.insert(path.dropFirst(inHeaders.count).lowercased())
        }
        if paths.contains(key.name) { secretHeaders.formUnion(headers.map { $0.0.lowercased() }) }
    }

    /// Whether the request carries a header, in capitals or not.
    func has(_ header: String) -> Bool {
        headers.contains { $0.0.lowercased() == header.lowercased() }
    }
}

extension StepWork {
    /// Whether a secret went into a field, or into a part of it.
    func holdsSecret(in field: String) -> Bool {
        secretPaths.contains { $0 == field || $0.hasPrefix(field + ".") || $0.hasPrefix(field + "[") }
    }

    /// The paths of the fields that hold a secret, such as `headers.X-Token` or `body.note`.
    var secretPaths: Set<String> {
        let marked = marks.filter { !$0.value.secrets.isEmpty }.keys
        return Set(marked).union([
            "headers.authorization", "headers.cookie", "headers.proxy-authorization", "headers.x-api-key",
        ])
    }
}

/// A value as the text that a request carries.
///
/// - Throws: kind `field`, when it cannot be a text.
func fieldText(_ value: Value, _ field: String) throws(StepFailure) -> String {
    do throws(EvaluationError) { return try textOf(value) } catch {
        throw StepFailure(.field, "`\(field)`: \(error.text)")
    }
}

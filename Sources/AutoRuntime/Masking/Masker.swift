import CEL
import Computing
import OrderedCollections
import StepKinds
package import Values

/// A value as it is shown and stored, and the names of the secrets that the value itself shows.
struct Shown: Sendable {
    let value: Value
    let secrets: Set<String>
}

/// Puts `[secret NAME]` where a secret would be shown or stored, in whatever form it comes back from outside:
/// as it is, as base64 or hexadecimal digits, with the escapes of urls, JSON, programs and HTML, in any
/// mixture.
package struct Masker: Sendable {
    let hidden: [HiddenText]
    let forms: SecretForms?
    /// The names of secrets that are numbers.
    private let numbers: [Double: String]

    /// - Parameter secrets: the secrets' values by their names.
    package init(_ secrets: [String: String]) {
        self.init(secrets.sorted { $0.key < $1.key }.map { HiddenText(name: $0.key, text: $0.value) })
    }

    /// The masker of a session. Its inputs, records, answers and recordings are masked by this one, and its
    /// errors.
    ///
    /// - Parameters:
    ///   - secrets: the values of the automation's secrets, by their names.
    ///   - modelKeys: the keys of models by the names of their variables; a provider may send them back.
    package init(secrets: [String: String], modelKeys: [String: String]) {
        self.init(modelKeys.merging(secrets) { _, secret in secret })
    }

    private init(_ hidden: [HiddenText]) {
        self.hidden = hidden
        forms = SecretForms(hidden)
        numbers = Dictionary(
            hidden.compactMap { text in text.isMaskable ? text.number.map { ($0, text.name) } : nil },
            uniquingKeysWith: { first, _ in first })
    }

    /// The names, in order, of secrets that are too short to be told from other text: they are shown as they
    /// are.
    package static func unmaskable(_ secrets: [String: String]) -> [String] {
        secrets.filter { !HiddenText(name: $0.key, text: $0.value).isMaskable }.keys.sorted()
    }

    /// A masker that also hides what was made from a secret, as that secret.
    package func adding(credential: String, of name: String) -> Masker {
        adding(credentials: [credential], of: name)
    }

    /// A masker that also hides what was made from a secret, as that secret.
    package func adding(credentials: [String], of name: String) -> Masker {
        let known = Set(hidden.lazy.filter { $0.name == name }.map(\.text))
        let fresh = credentials.filter { !known.contains($0) }
        return fresh.isEmpty ? self : Masker(hidden + fresh.map { HiddenText(name: name, text: $0) })
    }

    /// Whether there is anything to look for.
    package var hidesSomething: Bool { forms != nil }

    /// The text with `[secret NAME]` in the place of each secret, in any form of it.
    package func mask(_ text: String) -> String { mask(text, TimeLimit()) }

    private func mask(_ text: String, _ limit: TimeLimit) -> String {
        guard let forms, text.utf8.count >= forms.shortest else { return text }
        var copy = text
        let masked = copy.withUTF8 { Masking(forms, limit).masked($0) }
        return masked.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// The same for bytes that need not be UTF-8.
    package func mask(bytes: [UInt8]) -> [UInt8] { mask(bytes: bytes, TimeLimit()) }

    private func mask(bytes: [UInt8], _ limit: TimeLimit) -> [UInt8] {
        guard let forms, bytes.count >= forms.shortest else { return bytes }
        return bytes.withUnsafeBufferPointer { Masking(forms, limit).masked($0) } ?? bytes
    }

    /// The value with its texts, bytes, keys and numbers masked.
    package func mask(_ value: Value) -> Value { mask(value, TimeLimit()) }

    /// The value as it is shown and stored, and the secrets that it shows.
    ///
    /// - Returns: nil when the limit was over before everything had been looked through.
    func shown(_ value: Value, _ limit: TimeLimit) -> Shown? {
        guard hidesSomething else { return Shown(value: value, secrets: []) }
        let secrets = secrets(in: value, limit)
        // Where no secret is seen there is nothing to mask.
        let shown = Shown(value: secrets.isEmpty ? value : mask(value, limit), secrets: secrets)
        return limit.isOver ? nil : shown
    }

    private func mask(_ value: Value, _ limit: TimeLimit) -> Value {
        guard forms != nil, !limit.isOver else { return value }
        switch value {
        case .string(let text): return .string(mask(text, limit))
        case .bytes(let bytes): return .bytes(mask(bytes: bytes, limit))
        case .list(let list): return .list(list.map { mask($0, limit) })
        case .map(let map):
            var masked = MapValue()
            for (key, inner) in map.entries { masked[key: mask(key, limit)] = mask(inner, limit) }
            return .map(masked)
        case .optional(let inner): return .optional(inner.map { mask($0, limit) })
        case .int, .uint, .double: return nameOfNumber(value).map { .string(Masker.mark($0)) } ?? value
        case .null, .bool, .timestamp, .duration, .type: return value
        }
    }

    /// The failure with its message masked.
    package func mask(_ failure: StepFailure) -> StepFailure {
        var masked = StepFailure(
            failure.kind.masked { mask($0) }, mask(cut: failure.message), retryable: failure.isRetryable,
            retryAfter: failure.retryAfter)
        masked.origins = failure.origins
        masked.call = failure.call
        return masked
    }

    /// The names of the secrets that occur in a value, in any form.
    package func secrets(in value: Value) -> Set<String> { secrets(in: value, TimeLimit()) }

    private func secrets(in value: Value, _ limit: TimeLimit) -> Set<String> {
        guard let forms, !limit.isOver else { return [] }
        switch value {
        case .string(let text):
            var copy = text
            return copy.withUTF8 { Masking(forms, limit).names(in: $0) }
        case .bytes(let bytes):
            return bytes.withUnsafeBufferPointer { Masking(forms, limit).names(in: $0) }
        case .list(let list): return list.reduce(into: []) { $0.formUnion(secrets(in: $1, limit)) }
        case .map(let map):
            return map.entries.reduce(into: []) { names, entry in
                names.formUnion(secrets(in: entry.key, limit))
                names.formUnion(secrets(in: entry.value, limit))
            }
        case .optional(let inner): return inner.map { secrets(in: $0, limit) } ?? []
        case .int, .uint, .double: return nameOfNumber(value).map { [$0] } ?? []
        case .null, .bool, .timestamp, .duration, .type: return []
        }
    }

    /// A masker of streamed text, which comes in pieces.
    package var stream: StreamMasker { StreamMasker(forms) }

    static func mark(_ name: String) -> String {
        String(decoding: SecretForms.mark(name), as: UTF8.self)
    }

    private func nameOfNumber(_ value: Value) -> String? {
        guard !numbers.isEmpty, let number = value.asDouble else { return nil }
        return numbers[abs(number)]
    }
}

extension FailureKind {
    /// The same with a secret hidden in it: an exception of PYTHON has any name.
    func masked(_ mask: (String) -> String) -> FailureKind {
        if case .raised(let name) = self { return .raised(mask(name)) }
        return self
    }
}

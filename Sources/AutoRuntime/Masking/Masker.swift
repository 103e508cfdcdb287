import OrderedCollections
package import Values

/// Puts `[secret NAME]` where a secret would be shown or stored, in whatever form it comes back from outside:
/// as it is, as base64 or hexadecimal digits, with the escapes of urls, JSON, programs and HTML, in any mixture.
package struct Masker: Sendable {
    let hidden: [HiddenText]
    let forms: SecretForms?
    /// The names of secrets that are numbers.
    private let numbers: [Double: String]

    /// - Parameter secrets: the secrets' values by their names.
    package init(_ secrets: [String: String]) {
        self.init(secrets.sorted { $0.key < $1.key }.map { HiddenText(name: $0.key, text: $0.value) })
    }

    private init(_ hidden: [HiddenText]) {
        self.hidden = hidden
        forms = SecretForms(hidden)
        numbers = Dictionary(
            hidden.compactMap { text in text.isMaskable ? text.number.map { ($0, text.name) } : nil },
            uniquingKeysWith: { first, _ in first })
    }

    /// The names, in order, of secrets that are too short to be told from other text: they are shown as they are.
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

    package func mask(_ text: String) -> String {
        guard let forms, text.utf8.count >= forms.shortest else { return text }
        var copy = text
        let masked = copy.withUTF8 { Masking(forms).masked($0) }
        return masked.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// The same for bytes that need not be UTF-8.
    package func mask(bytes: [UInt8]) -> [UInt8] {
        guard let forms, bytes.count >= forms.shortest else { return bytes }
        return bytes.withUnsafeBufferPointer { Masking(forms).masked($0) } ?? bytes
    }

    /// The value with its texts, bytes, keys and numbers masked.
    package func mask(_ value: Value) -> Value {
        guard forms != nil else { return value }
        switch value {
        case .string(let text): return .string(mask(text))
        case .bytes(let bytes): return .bytes(mask(bytes: bytes))
        case .list(let list): return .list(list.map(mask))
        case .map(let map):
            var masked = MapValue()
            for (key, inner) in map.entries { masked[key: mask(key)] = mask(inner) }
            return .map(masked)
        case .optional(let inner): return .optional(inner.map(mask))
        case .int, .uint, .double: return nameOfNumber(value).map { .string(Masker.mark($0)) } ?? value
        case .null, .bool, .timestamp, .duration, .type: return value
        }
    }

    /// The failure with its message masked.
    package func mask(_ failure: StepFailure) -> StepFailure {
        StepFailure(
            failure.kind, mask(cut: failure.message), retryable: failure.isRetryable,
            retryAfter: failure.retryAfter)
    }

    /// The names of the secrets that occur in a value, in any form.
    package func secrets(in value: Value) -> Set<String> {
        guard let forms else { return [] }
        switch value {
        case .string(let text):
            var copy = text
            return copy.withUTF8 { Masking(forms).names(in: $0) }
        case .bytes(let bytes): return bytes.withUnsafeBufferPointer { Masking(forms).names(in: $0) }
        case .list(let list): return list.reduce(into: []) { $0.formUnion(secrets(in: $1)) }
        case .map(let map):
            return map.entries.reduce(into: []) { names, entry in
                names.formUnion(secrets(in: entry.key))
                names.formUnion(secrets(in: entry.value))
            }
        case .optional(let inner): return inner.map(secrets) ?? []
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

package import CEL
import Diagnostics
import OrderedCollections

/// Puts `[secret NAME]` where a secret's value would be recorded, also when it comes back from outside.
package struct Masker: Sendable {
    private let replacements: [(secret: [UInt8], mark: [UInt8])]

    package init(_ secrets: [String: String]) {
        var found: [([UInt8], [UInt8])] = []
        for (name, value) in secrets where !value.isEmpty {
            let mark = Array("[secret \(name)]".utf8)
            let bytes = Array(value.utf8)
            let encoded = base64(bytes)
            let unpadded = String(encoded.reversed().drop { $0 == "=" }.reversed())
            var forms: Set<String> = [
                value, encoded, unpadded, percentEncoded(value),
                String(JSON.text(.string(value)).dropFirst().dropLast()),
            ]
            forms.insert(percentEncoded(value).replacingAll("%20", with: "+"))
            forms.insert(unpadded.replacingAll("+", with: "-").replacingAll("/", with: "_"))
            // A very short secret's encoded forms would turn up by chance.
            found += forms.filter { $0 == value || $0.utf8.count >= 4 }.map { (Array($0.utf8), mark) }
        }
        replacements = found.sorted { $0.0.count > $1.0.count }.map { (secret: $0.0, mark: $0.1) }
    }

    package func mask(_ text: String) -> String {
        guard !replacements.isEmpty else { return text }
        var bytes = Array(text.utf8)
        var changed = false
        for (secret, mark) in replacements {
            var output: [UInt8] = []
            var index = 0
            var last = 0
            while index + secret.count <= bytes.count {
                if bytes[index] == secret[0], bytes[index..<(index + secret.count)].elementsEqual(secret) {
                    output += bytes[last..<index]
                    output += mark
                    index += secret.count
                    last = index
                } else {
                    index += 1
                }
            }
            guard last > 0 else { continue }
            bytes = output + bytes[last...]
            changed = true
        }
        return changed ? String(decoding: bytes, as: UTF8.self) : text
    }

    package func mask(_ value: Value) -> Value {
        guard !replacements.isEmpty else { return value }
        switch value {
        case .string(let text): return .string(mask(text))
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else { return value }
            return .bytes(Array(mask(text).utf8))
        case .list(let list): return .list(list.map(mask))
        case .map(let map):
            var masked = MapValue()
            for (key, inner) in map.entries { masked[key: mask(key)] = mask(inner) }
            return .map(masked)
        case .optional(let inner): return .optional(inner.map(mask))
        case .null, .bool, .int, .uint, .double, .timestamp, .duration, .type: return value
        }
    }
}

extension String {
    package func replacingAll(_ part: String, with other: String) -> String {
        guard !part.isEmpty else { return self }
        var output = ""
        var rest = self[...]
        while let found = rest.firstIndex(of: part.first ?? " ") {
            output += rest[..<found]
            rest = rest[found...]
            if rest.hasPrefix(part) {
                output += other
                rest = rest.dropFirst(part.count)
            } else {
                output.append(rest.removeFirst())
            }
        }
        return output + rest
    }
}

extension Masker {
    package func secrets(in value: Value) -> Set<String> { [] }
    package func adding(credential: String, of name: String) -> Masker { self }
}

func credentials(madeFrom fields: MapValue, at path: String) -> [String] { [] }

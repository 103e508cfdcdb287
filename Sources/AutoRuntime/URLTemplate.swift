import AutoSyntax
import CEL
import URLs
import Values

/// A `url` with values in it, each percent-encoded as the part of the url that it stands in.
struct URLTemplate: Sendable {
    private enum Part: Sendable {
        case characters(String)
        case value(Program)
    }

    private let parts: [Part]

    /// Nil for a url that is one expression, which is taken as it is.
    init?(_ value: FieldValue, _ slots: Slots) {
        guard case .expression(let expression) = value, case .text(let parts) = expression.kind,
            parts.count > 1
        else { return nil }
        self.parts = parts.map { part in
            switch part {
            case .characters(let text): .characters(text)
            case .expression(let inner): .value(Program(inner, slots))
            }
        }
    }

    /// - Throws: when a value cannot be computed, is no part of a host but stands in one, or makes a segment
    ///   of the path that leads to another place.
    func render(_ scope: Scope, _ rendering: inout Rendering) throws(EvaluationError) -> Value {
        var url = URLBuilder()
        for part in parts {
            switch part {
            case .characters(let text): url.append(text)
            case .value(let program):
                try url.append(value: try textOf(try rendering.evaluate(program, scope, at: "url")))
            }
        }
        return .string(try url.finished())
    }
}

/// A url that is put together from texts, taken as they are, and values, encoded for the part they stand in.
struct URLBuilder {
    private enum Place {
        case host
        case path
        case behindPath
    }

    private var url = ""
    /// Where values stand in the path, counted in bytes.
    private var valuesInPath: [Range<Int>] = []

    init() {}

    mutating func append(_ text: String) { url += text }

    /// - Throws: when the value stands in the host and has other characters than a host.
    mutating func append(value: String) throws(EvaluationError) {
        // At the very beginning stands a base such as https://example.org, which is a url itself.
        if url.isEmpty { return append(value) }
        let start = url.utf8.count
        switch place {
        case .host:
            guard value.utf8.allSatisfy(isHostByte) else {
                throw EvaluationError(
                    .invalidArgument,
                    "\(JSON.text(.string(value))) stands in the host of a url and is no part of one")
            }
            url += value
        case .path:
            url += percentEncoded(value: value)
            valuesInPath.append(start..<url.utf8.count)
        case .behindPath: url += percentEncoded(value: value)
        }
    }

    /// The whole url.
    ///
    /// - Throws: when values make a whole segment `.` or `..`, which no encoding keeps from being followed.
    func finished() throws(EvaluationError) -> String {
        let bytes = Array(url.utf8)
        func endsSegment(_ byte: UInt8) -> Bool { "/\\?#".utf8.contains(byte) }
        for range in valuesInPath {
            let start = bytes[..<range.lowerBound].lastIndex(where: endsSegment).map { $0 + 1 } ?? 0
            let end = bytes[range.upperBound...].firstIndex(where: endsSegment) ?? bytes.endIndex
            let segment = String(decoding: bytes[start..<end], as: UTF8.self)
            guard !isDotSegment(segment) else {
                throw EvaluationError(
                    .invalidArgument,
                    "a value makes `\(segment)` a whole segment in the path of the url, which leads to "
                        + "another place; expected a name")
            }
        }
        return url
    }

    /// The part of the url in which the next character stands.
    private var place: Place {
        guard let colon = url.firstIndex(of: ":") else { return .path }
        let scheme = url[..<colon].lowercased()
        var rest = url[url.index(after: colon)...]
        if ["http", "https", "ws", "wss", "ftp"].contains(scheme) {
            // These have a host behind any number of slashes, turned or not, also none.
            rest = rest.drop { $0 == "/" || $0 == "\\" }
        } else if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
        } else {
            return rest.contains { $0 == "?" || $0 == "#" } ? .behindPath : .path
        }
        guard let end = rest.firstIndex(where: { "/\\?#".contains($0) }) else { return .host }
        return rest[end...].contains { $0 == "?" || $0 == "#" } ? .behindPath : .path
    }

    private func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E: true
        default: false
        }
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a worker is for: it loads what that needs before it closes itself off, and nothing else.
package enum WorkerKind: String, Sendable, Hashable {
    /// jq and XPath programs.
    case programs
    /// Pages, in any character set.
    case pages

    /// How a worker is told: in its box there is no /proc, where Swift looks for the arguments of a command.
    private static let name = "AUTORUN_WORKER"

    var variable: String { WorkerKind.name + "=" + rawValue }

    /// What the environment of this process says; nil in one that was not started as a worker.
    package static var own: WorkerKind? {
        getenv(name).flatMap { WorkerKind(rawValue: String(cString: $0)) }
    }
}

/// What a worker can be asked.
package enum WorkerRequest: Sendable, Hashable {
    /// Every output of a jq program for one input: JSON text in, a JSON list out.
    case jq(program: String, input: [UInt8])
    /// Whether a jq program compiles.
    case jqCheck(String)
    /// Whether an XPath compiles.
    case xpathCheck(String)
    /// What a WEB_SCRAPE step wants of a page. `type` is the content type that its server said, empty where
    /// it said none; `base` is its url, empty where it has none; `fields` are the step's fields as JSON text.
    /// A JSON value comes out.
    case page(bytes: [UInt8], type: String, base: String, fields: [UInt8])
    /// The body of an answer as it was before the server packed it, at most `limit` bytes; `codings` stand in
    /// the order in which they were applied.
    case unpack(bytes: [UInt8], codings: [ContentCoding], limit: Int)
    /// What a data file holds; `form` is `toml`, `xml` or `yaml`. A JSON value comes out.
    case data(bytes: [UInt8], form: String)

    var parts: [[UInt8]] {
        switch self {
        case .jq(let program, let input): [Array("jq".utf8), Array(program.utf8), input]
        case .jqCheck(let program): [Array("jq-check".utf8), Array(program.utf8)]
        case .xpathCheck(let xpath): [Array("xpath-check".utf8), Array(xpath.utf8)]
        case .page(let bytes, let type, let base, let fields):
            [Array("page".utf8), Array(type.utf8), Array(base.utf8), fields, bytes]
        case .unpack(let bytes, let codings, let limit):
            [
                Array("unpack".utf8), Array(codings.map(\.rawValue).joined(separator: ",").utf8),
                Array(String(limit).utf8), bytes,
            ]
        case .data(let bytes, let form): [Array("data".utf8), Array(form.utf8), bytes]
        }
    }

    /// Nil for what is no request.
    package init?(_ parts: [[UInt8]]) {
        func text(_ index: Int) -> String { String(decoding: parts[index], as: UTF8.self) }
        switch (parts.first.map { String(decoding: $0, as: UTF8.self) }, parts.count) {
        case ("jq", 3): self = .jq(program: text(1), input: parts[2])
        case ("jq-check", 2): self = .jqCheck(text(1))
        case ("xpath-check", 2): self = .xpathCheck(text(1))
        case ("page", 5): self = .page(bytes: parts[4], type: text(1), base: text(2), fields: parts[3])
        case ("unpack", 4):
            guard let codings = try? ContentCoding.list(text(1)), let limit = Int(text(2)) else { return nil }
            self = .unpack(bytes: parts[3], codings: codings, limit: limit)
        case ("data", 3): self = .data(bytes: parts[2], form: text(1))
        default: return nil
        }
    }

    var kind: WorkerKind {
        switch self {
        case .jq, .jqCheck, .xpathCheck: .programs
        case .page, .unpack, .data: .pages
        }
    }

    /// The program that a worker which has compiled it before runs faster.
    var program: String? {
        if case .jq(let program, _) = self { program } else { nil }
    }
}

/// What a worker answers.
package enum WorkerAnswer: Sendable, Hashable {
    case value([UInt8])
    /// The library refuses the program or the input: its words, and the byte offset in the program where it
    /// tells one.
    case problem(String, offset: Int)
    /// The input is not what it should be, such as a PDF in place of a page: the words of why.
    case unreadable(String)

    /// Behind the last answer of a worker that ends now.
    package static let farewell = Array("farewell".utf8)

    /// The answer as the parts of a frame.
    package var parts: [[UInt8]] {
        switch self {
        case .value(let bytes): [Array("value".utf8), bytes]
        case .problem(let words, let offset):
            [Array("problem".utf8), Array(words.utf8), Array(String(offset).utf8)]
        case .unreadable(let words): [Array("unreadable".utf8), Array(words.utf8)]
        }
    }

    init?(_ parts: [[UInt8]]) {
        switch (parts.first.map { String(decoding: $0, as: UTF8.self) }, parts.count) {
        case ("value", 2): self = .value(parts[1])
        case ("problem", 3):
            let offset = Int(String(decoding: parts[2], as: UTF8.self)) ?? 0
            self = .problem(String(decoding: parts[1], as: UTF8.self), offset: offset)
        case ("unreadable", 2): self = .unreadable(String(decoding: parts[1], as: UTF8.self))
        default: return nil
        }
    }
}

import AutoRuntime
import CEL
import Diagnostics
import Synchronization
import Values

/// The same random texts in each run (the SplitMix64 generator).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A text of characters of another one.
    mutating func text(of alphabet: String, _ counts: ClosedRange<Int>) -> String {
        let characters = Array(alphabet)
        let count = Int.random(in: counts, using: &self)
        return String((0..<count).map { _ in characters[Int.random(in: 0..<characters.count, using: &self)] })
    }
}

/// The ways in which a text comes back from outside.
enum Encoding {
    static let all: [(name: String, encode: @Sendable (String) -> String)] = [
        ("as it is", { $0 }), ("JSON", json), ("JSON in JSON", { json("{\"a\":\"" + json($0) + "\"}") }),
        ("percent", { percentEncoded($0) }), ("small percent", { small(percentEncoded($0)) }),
        ("path", { percentEncoded($0, keepsSlashes: true) }),
        ("every byte", { $0.utf8.map { "%" + digits($0) }.joined() }),
        ("form", { percentEncoded($0).replacingAll("%20", with: "+") }), ("HTML", html),
        ("base64", { base64(Array($0.utf8)) }), ("base64 behind 1", { base64(Array("x\($0)".utf8)) }),
        ("base64 behind 2", { base64(Array("xy\($0)".utf8)) }), ("base64url", { base64URL("x\($0)") }),
        ("hexadecimal", { $0.utf8.map(digits).joined() }),
        ("capital hexadecimal", { $0.utf8.map(digits).joined().uppercased() }),
    ]

    /// Those of which a digit may stand for more than one character.
    static let codes: Set = [
        "base64", "base64 behind 1", "base64 behind 2", "base64url", "hexadecimal", "capital hexadecimal",
    ]

    private static func digits(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    /// The hexadecimal digits of escapes in small letters.
    private static func small(_ text: String) -> String {
        let parts = text.split(separator: "%", omittingEmptySubsequences: false)
        return parts[0] + parts.dropFirst().map { "%" + $0.prefix(2).lowercased() + $0.dropFirst(2) }.joined()
    }

    /// With every escape that a writer of JSON may choose.
    private static func json(_ text: String) -> String {
        text.utf16.map { unit -> String in
            switch unit {
            case 0x22: "\\\""
            case 0x5C: "\\\\"
            case 0x2F: "\\/"
            case 0x0A: "\\n"
            case 0x20..<0x7F: String(UnicodeScalar(UInt8(unit)))
            default: "\\u" + digits(UInt8(unit >> 8)) + digits(UInt8(unit & 0xFF))
            }
        }.joined()
    }

    private static func html(_ text: String) -> String {
        text.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "<": "&lt;"
            case ">": "&gt;"
            case "&": "&amp;"
            case "\"": "&quot;"
            case "'": "&#39;"
            case "/": "&#x2F;"
            default: scalar.isASCII ? String(scalar) : "&#\(scalar.value);"
            }
        }.joined()
    }

    private static func base64URL(_ text: String) -> String {
        base64(Array(text.utf8)).replacingAll("+", with: "-").replacingAll("/", with: "_")
            .replacingAll("=", with: "")
    }
}

/// Keeps what a recording writes.
final class Kept: Sendable {
    private let list = Mutex<[TapeEntry]>([])

    var entries: [TapeEntry] { list.withLock { $0 } }

    func add(_ entry: TapeEntry) { list.withLock { $0.append(entry) } }
}

extension String {
    /// How many parts there are between occurrences of another text.
    func components(of text: String) -> Int {
        var count = 1
        var rest = utf8[...]
        while !rest.isEmpty {
            if rest.starts(with: text.utf8) {
                count += 1
                rest = rest.dropFirst(text.utf8.count)
            } else {
                rest = rest.dropFirst()
            }
        }
        return count
    }
}

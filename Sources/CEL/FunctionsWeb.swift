import URLs
import Values

/// Addresses and digests of texts.
let webFunctions: [Overload] = [
    function("url_join", [.string, .string], .string) { (v) throws(EvaluationError) in
        let base = try url(text(v, 0), against: nil)
        return .string(try url(text(v, 1), against: base).text)
    },
    paying("url_encode", isMethod: false, [.string], .string) { (v, frame) throws(EvaluationError) in
        // A byte becomes three at most.
        try frame.make(text(v, 0).utf8.count * 3)
        return .string(percentEncoded(value: text(v, 0)))
    },
    paying("sha256", isMethod: false, [.string], .string) { (v, frame) throws(EvaluationError) in
        try digest(of: Array(text(v, 0).utf8), &frame)
    },
    paying("sha256", isMethod: false, [.bytes], .string) { (v, frame) throws(EvaluationError) in
        guard case .bytes(let bytes) = v[0] else { return .string("") }
        return try digest(of: bytes, &frame)
    },
]

private func url(_ text: String, against base: WebURL?) throws(EvaluationError) -> WebURL {
    do throws(URLError) {
        return try WebURL(text, base: base)
    } catch {
        throw EvaluationError(
            .invalidArgument,
            base == nil
                ? "`url_join` takes a whole address such as `https://example.org/` first: \(error.message)"
                : "`url_join`: \(error.message)")
    }
}

/// The digest in hexadecimal digits.
private func digest(of bytes: [UInt8], _ frame: inout Frame) throws(EvaluationError) -> Value {
    // A block of 64 bytes is gone over in many rounds.
    try frame.spend(bytes.count / 8)
    let digits = Array("0123456789abcdef".utf8)
    let hex = sha256(bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return .string(String(decoding: hex, as: UTF8.self))
}

extension Value {
    /// The value as text: a text as it is, a list or a map as compact JSON, an empty optional as the empty
    /// text; nil for bytes that are not UTF-8.
    package var text: String? {
        switch self {
        case .null: "null"
        case .bool(let bool): bool ? "true" : "false"
        case .int(let int): String(int)
        case .uint(let uint): String(uint)
        case .double(let double): doubleText(double)
        case .string(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        case .timestamp(let time): time.text
        case .duration(let duration): duration.text
        case .type(let name): name
        case .list, .map: JSON.text(self)
        case .optional(let inner): if let inner { inner.text } else { "" }
        }
    }
}

/// The shortest text that reads as the same double: plain up to 15 digits, with an exponent beyond.
private func doubleText(_ double: Double) -> String {
    if double.isNaN { return "NaN" }
    if double.isInfinite { return double > 0 ? "+Inf" : "-Inf" }
    if double == double.rounded(), abs(double) < 1e15 {
        return double == 0 && double.sign == .minus ? "-0" : String(Int64(double))
    }
    let text = "\(double)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

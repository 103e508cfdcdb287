import OrderedCollections
import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `"%s is %.2f".format([…])`: the clauses s d f e x X o b and %%.
func format(_ template: String, _ arguments: [Value]) throws(EvaluationError) -> String {
    var output = ""
    var next = 0
    var rest = Substring(template).unicodeScalars
    while let scalar = rest.popFirst() {
        guard scalar == "%" else {
            output.unicodeScalars.append(scalar)
            continue
        }
        if rest.first == "%" {
            rest.removeFirst()
            output += "%"
            continue
        }
        var precision: Int?
        if rest.first == "." {
            rest.removeFirst()
            let digits = String(rest.prefix { $0.value >= 0x30 && $0.value <= 0x39 })
            rest = rest.dropFirst(digits.count)
            guard let value = Int(digits), value <= 1_000 else {
                throw badFormat("a precision is a number after the point")
            }
            precision = value
        }
        guard let clause = rest.popFirst() else {
            throw badFormat("a `%` at the end of the text; write `%%` for the sign")
        }
        guard next < arguments.count else {
            throw badFormat("index \(next) out of range: the list has \(arguments.count) values")
        }
        output += try formatted(arguments[next], clause, precision)
        next += 1
    }
    return output
}

private func badFormat(_ message: String) -> EvaluationError {
    EvaluationError(.invalidArgument, "format: \(message)")
}

private func formatted(_ value: Value, _ clause: Unicode.Scalar, _ precision: Int?) throws(EvaluationError)
    -> String
{
    switch clause {
    case "s": return try plain(value)
    case "d":
        switch value {
        case .int, .uint: return try textOf(value)
        case .double(let double) where double.isNaN || double.isInfinite: return special(double)
        default: throw badFormat("`%d` takes a whole number, found \(value.kindName)")
        }
    case "f", "e":
        guard let double = value.asDouble else {
            throw badFormat("`%\(clause)` takes a number, found \(value.kindName)")
        }
        return double.isFinite ? decimal(double, precision ?? 6, scientific: clause == "e") : special(double)
    case "b":
        if case .bool(let bool) = value { return bool ? "1" : "0" }
        return try radix(value, 2, clause, uppercase: false)
    case "o": return try radix(value, 8, clause, uppercase: false)
    case "x", "X":
        let upper = clause == "X"
        switch value {
        case .string(let text): return hexadecimal(Array(text.utf8), upper)
        case .bytes(let bytes): return hexadecimal(bytes, upper)
        default: return try radix(value, 16, clause, uppercase: upper)
        }
    default: throw badFormat("`%\(clause)` is no clause; there are %s %d %f %e %x %X %o %b and %%")
    }
}

private func special(_ double: Double) -> String {
    double.isNaN ? "NaN" : double > 0 ? "Infinity" : "-Infinity"
}

private func radix(_ value: Value, _ radix: Int, _ clause: Unicode.Scalar, uppercase: Bool)
    throws(EvaluationError) -> String
{
    switch value {
    case .int(let int): String(int, radix: radix, uppercase: uppercase)
    case .uint(let uint): String(uint, radix: radix, uppercase: uppercase)
    default: throw badFormat("`%\(clause)` takes a whole number, found \(value.kindName)")
    }
}

private func hexadecimal(_ bytes: [UInt8], _ uppercase: Bool) -> String {
    bytes.map { String($0, radix: 16, uppercase: uppercase).leftPadded(to: 2) }.joined()
}

/// Correctly rounded decimals are libc's to make.
private func decimal(_ double: Double, _ precision: Int, scientific: Bool) -> String {
    var buffer = [CChar](repeating: 0, count: precision + 400)
    let count = withVaList([Int32(clamping: precision), double]) {
        vsnprintf(&buffer, buffer.count, scientific ? "%.*e" : "%.*f", $0)
    }
    return String(decoding: buffer.prefix(Int(max(0, count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private func plain(_ value: Value) throws(EvaluationError) -> String {
    switch value {
    case .list(let list):
        var parts: [String] = []
        for item in list { parts.append(try plain(item)) }
        return "[" + parts.joined(separator: ", ") + "]"
    case .map(let map):
        var parts: [String] = []
        for (key, value) in map.entries { parts.append(try plain(key) + ": " + plain(value)) }
        return "{" + parts.sorted().joined(separator: ", ") + "}"
    case .double(let double) where !double.isFinite: return special(double)
    case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type:
        return try textOf(value)
    case .optional: throw badFormat("`%s` takes no optional value")
    }
}

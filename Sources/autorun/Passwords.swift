import Foundation

/// Takes passwords out of what the system shows of this process, as in `ps`: addresses of databases may hold one.
///
/// - Parameter words: what was typed, which is read before.
func hidePasswords(_ words: [String]) {
    let holdsAny = words.contains { !passwordRanges(Array($0.utf8)).isEmpty }
    guard holdsAny, let shown = processWords() else { return }
    var start = 0
    for argument in shown.split(separator: 0, omittingEmptySubsequences: false) {
        for place in passwordRanges(Array(argument)).joined() { shown[start + place] = UInt8(ascii: "x") }
        start += argument.count + 1
    }
}

/// Where the system keeps the words that this process was started with; nil where that is not known.
private func processWords() -> UnsafeMutableBufferPointer<UInt8>? {
    guard let data = FileManager.default.contents(atPath: "/proc/self/stat"),
        let close = data.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    // The 48th and the 49th field; the first two end with the bracket, and a blank follows.
    let fields = String(decoding: data[(close + 1)...], as: UTF8.self).split(separator: " ")
    guard fields.count > 46, let start = UInt(fields[45]), let end = UInt(fields[46]), start > 0, end > start
    else { return nil }
    return UnsafeMutableBufferPointer(
        start: UnsafeMutablePointer(bitPattern: start), count: Int(end - start))
}

/// Where passwords stand in an argument that is, or ends in, the address of a database.
private func passwordRanges(_ argument: [UInt8]) -> [Range<Int>] {
    let text = String(decoding: argument, as: UTF8.self)
    guard let scheme = text.range(of: "postgres://") ?? text.range(of: "postgresql://") else { return [] }
    let start = text.utf8.distance(from: text.startIndex, to: scheme.upperBound)
    let authority = argument[start...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    var ranges: [Range<Int>] = []
    // One that holds what ends the part of the machine, and should be written by digits, is a password all the same.
    if let colon = authority.firstIndex(of: UInt8(ascii: ":")),
        let at = argument[colon...].lastIndex(of: UInt8(ascii: "@"))
    {
        ranges.append(colon + 1..<at)
    }
    for setting in text.ranges(of: "password=") {
        let value = text.utf8.distance(from: text.startIndex, to: setting.upperBound)
        ranges.append(value..<(argument[value...].firstIndex(of: UInt8(ascii: "&")) ?? argument.count))
    }
    return ranges
}

import Foundation

/// Takes passwords out of what the system shows of this process, as in `ps`: addresses of databases may hold one.
/// What was typed is read before.
func hidePasswords() {
    // Read once and kept; from now on the original is not needed.
    let holdsAny = CommandLine.arguments.contains { passwordRange(Array($0.utf8)) != nil }
    guard holdsAny, let words = processWords() else { return }
    var start = 0
    for argument in words.split(separator: 0, omittingEmptySubsequences: false) {
        if let range = passwordRange(Array(argument)) {
            for place in range { words[start + place] = UInt8(ascii: "x") }
        }
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

/// Where the password stands in an argument that is, or ends in, the address of a database; nil without one.
func passwordRange(_ argument: [UInt8]) -> Range<Int>? {
    let text = String(decoding: argument, as: UTF8.self)
    guard let scheme = text.range(of: "postgres://") ?? text.range(of: "postgresql://") else { return nil }
    let start = text.utf8.distance(from: text.startIndex, to: scheme.upperBound)
    let authority = argument[start...].prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    if let at = authority.lastIndex(of: UInt8(ascii: "@")),
        let colon = authority[..<at].firstIndex(of: UInt8(ascii: ":"))
    {
        return colon + 1..<at
    }
    guard let setting = text.range(of: "password=") else { return nil }
    let value = text.utf8.distance(from: text.startIndex, to: setting.upperBound)
    return value..<(argument[value...].firstIndex(of: UInt8(ascii: "&")) ?? argument.count)
}

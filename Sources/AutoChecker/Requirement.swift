import Diagnostics

/// Why a text is no requirement of a PYTHON step; nil for a package's name, perhaps with extras, and versions of it.
///
/// The names and versions of the packaging standard (PEP 508) without urls, files and markers: with those, installing could run
/// code or take what no index has.
package func requirementProblem(_ text: String) -> String? {
    var rest = Array(text.utf8)[...]
    func skipBlanks() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 } }
    func name() -> Bool {
        let word = rest.prefix { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
        guard let first = word.first, let last = word.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        rest = rest.dropFirst(word.count)
        return true
    }
    func take(_ word: String) -> Bool {
        guard rest.starts(with: word.utf8) else { return false }
        rest = rest.dropFirst(word.utf8.count)
        return true
    }
    let wrong =
        "`\(text.prefix(60))` is no package with a version, such as \"six==1.17.0\" or \"requests[socks]>=2.31,<3\""
    skipBlanks()
    guard name() else { return wrong }
    skipBlanks()
    if take("[") {
        repeat {
            skipBlanks()
            guard name() else { return wrong }
            skipBlanks()
        } while take(",")
        guard take("]") else { return wrong }
        skipBlanks()
    }
    guard !rest.isEmpty else { return nil }
    repeat {
        skipBlanks()
        // The longer signs first.
        guard ["===", "==", ">=", "<=", "~=", "!=", "<", ">"].contains(where: take) else { return wrong }
        skipBlanks()
        let version = rest.prefix { isAlphanumeric($0) || [0x2E, 0x2A, 0x2B, 0x21, 0x2D, 0x5F].contains($0) }
        guard !version.isEmpty else { return wrong }
        rest = rest.dropFirst(version.count)
        skipBlanks()
    } while take(",")
    return rest.isEmpty ? nil : wrong
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
}

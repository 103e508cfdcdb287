import URLs

/// Why a pattern of `--allow-host` is refused: a sentence that names the pattern and the mend.
package struct AllowedHostError: Error, Sendable, Hashable {
    /// A sentence without a full stop.
    package let message: String

    /// - Parameter message: a sentence without a full stop.
    package init(message: String) { self.message = message }
}

/// What of the own network steps may reach, as `--allow-host` says it.
package struct AllowedHosts: Sendable, Hashable {
    private let rules: [Rule]

    /// - Parameter patterns: each a host, `host:port`, an address, a network such as `10.0.0.0/8`, or
    ///   `*.domain`. Capitals do not count, and a name with letters outside ASCII is taken in its ASCII form.
    /// - Throws: for the first pattern that is none of these.
    package init(_ patterns: [String]) throws(AllowedHostError) {
        var rules: [Rule] = []
        for pattern in patterns { rules.append(try Rule(pattern)) }
        self.rules = rules
    }

    private init() { rules = [] }

    /// Nothing of the own network.
    package static let none = AllowedHosts()

    /// Whether a host may be reached at one of its addresses.
    ///
    /// - Parameter host: as a parsed url has it, an IPv6 address in brackets.
    /// - Parameter port: the one that is connected to.
    /// - Parameter address: 4 or 16 bytes in network order.
    package func allows(host: String, port: UInt16, address: [UInt8]) -> Bool {
        let name = withoutLastDot(host.lowercased())
        let address = shortestAddress(address)
        return rules.contains { $0.allows(name, port, address) }
    }
}

private enum Rule: Sendable, Hashable {
    case name(String, port: UInt16?)
    case address([UInt8], port: UInt16?)
    case network([UInt8], prefix: Int)
    /// What ends in this text, which begins with a dot.
    case below(String)

    func allows(_ host: String, _ port: UInt16, _ address: [UInt8]) -> Bool {
        switch self {
        case .name(let name, let only): host == name && (only ?? port) == port
        case .address(let bytes, let only): address == bytes && (only ?? port) == port
        case .network(let bytes, let prefix):
            address.count == bytes.count && networkAddress(of: address, prefix: prefix) == bytes
        case .below(let suffix): host.hasSuffix(suffix) && host.utf8.count > suffix.utf8.count
        }
    }

    init(_ pattern: String) throws(AllowedHostError) {
        func refused(_ reason: String) -> AllowedHostError {
            AllowedHostError(message: "\(told(pattern)) \(reason)")
        }
        let bytes = Array(pattern.utf8)
        if bytes.isEmpty { throw AllowedHostError(message: "an empty text names no host: " + expected) }
        if bytes.contains(where: { $0 <= 0x20 || $0 == 0x7F }) { throw refused("holds a blank: " + expected) }
        if pattern.contains("://") {
            throw refused("is a url: write its host alone, such as db.internal:8080")
        }
        if pattern.contains("@") {
            throw refused("has a user's name before its host: write the host alone, such as db.internal:8080")
        }
        if let odd = bytes.first(where: { "?#\\%".utf8.contains($0) }) {
            let character = String(decoding: [odd], as: UTF8.self)
            throw refused("holds a `\(character)`, which no host has: " + expected)
        }
        if let slash = pattern.firstIndex(of: "/") {
            self = try Rule.network(pattern, pattern[..<slash], pattern[pattern.index(after: slash)...])
        } else if pattern.hasPrefix("*.") {
            guard case (.domain(let name), nil) = try host(pattern.dropFirst(2), in: pattern) else {
                throw refused("has no domain alone behind `*.`: write one, such as *.corp.example")
            }
            self = .below("." + withoutLastDot(name))
        } else {
            switch try host(pattern[...], in: pattern) {
            case (.domain(let name), let port): self = .name(withoutLastDot(name), port: port)
            case (.address(let bytes), let port): self = .address(shortestAddress(bytes), port: port)
            }
        }
    }

    private static func network(_ pattern: String, _ start: Substring, _ length: Substring)
        throws(AllowedHostError) -> Rule
    {
        func refused(_ reason: String) -> AllowedHostError {
            AllowedHostError(message: "\(told(pattern)) \(reason)")
        }
        let isNumber =
            (1...3).contains(length.utf8.count) && length.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard let (bytes, written) = literalAddress(start), isNumber, let prefix = Int(length) else {
            throw refused("is no network: expected one such as 10.0.0.0/8 or fd00::/8, and no path")
        }
        guard prefix <= bytes.count * 8 else {
            throw refused("has more bits than the address: expected at most /\(bytes.count * 8)")
        }
        let first = networkAddress(of: bytes, prefix: prefix)
        guard first == bytes else {
            let whole = "\(written)/\(bytes.count * 8)"
            throw refused("names one address and a whole network at once: write \(whole) for the address")
        }
        return .network(bytes, prefix: prefix)
    }
}

private let expected = "expected a host, host:port, an address, a network such as 10.0.0.0/8, or *.domain"

/// A pattern in a message: at most 60 characters of it, and nothing of what could be a password in a url.
private func told(_ pattern: String) -> String {
    let parts = pattern.split(separator: "@", omittingEmptySubsequences: false)
    let start = (parts.last ?? "").prefix { $0 != "?" && $0 != "#" }
    let shown = start.count > 60 ? start.prefix(59) + "…" : start
    return parts.count > 1 ? "`…@\(shown)`" : "`\(shown)`"
}

private enum NamedHost {
    case domain(String)
    case address([UInt8])
}

/// The host of a pattern and its port, read as a url's.
private func host(_ text: Substring, in pattern: String) throws(AllowedHostError) -> (NamedHost, UInt16?) {
    // An IPv6 address without brackets is told from host:port by its second colon.
    let isBare = !text.hasPrefix("[") && text.utf8.count { $0 == UInt8(ascii: ":") } > 1
    let written = isBare ? "[\(text)]" : String(text)
    let url: WebURL
    do throws(URLError) { url = try WebURL("ws://" + written) } catch {
        throw AllowedHostError(message: "\(told(pattern)) names no host: \(error.message)")
    }
    let behindBrackets = written.lastIndex(of: "]").map { written[$0...] } ?? written[...]
    let hasPort = !isBare && behindBrackets.contains(":")
    if hasPort, written.hasSuffix(":") {
        throw AllowedHostError(message: "\(told(pattern)) has no port behind its colon")
    }
    // A url leaves the usual port of its scheme out, so that here the effective one has to be asked for.
    let port = hasPort ? url.effectivePort : nil
    if port == 0 {
        throw AllowedHostError(
            message: "\(told(pattern)) has port 0, at which no server listens: expected 1 to 65535")
    }
    if let bytes = url.addressBytes { return (.address(bytes), port) }
    guard isHostName(url.hostText) else {
        throw AllowedHostError(message: "\(told(pattern)) is no host: " + expected)
    }
    if let label = url.hostText.split(separator: ".").first(where: { $0.hasPrefix("-") || $0.hasSuffix("-") })
    {
        throw AllowedHostError(
            message: "\(told(pattern)) is no host: `\(label)` begins or ends with a `-`, and \(expected)")
    }
    return (.domain(url.hostText), port)
}

/// An address in its usual form, perhaps in brackets, and how it is written in a network.
private func literalAddress(_ text: Substring) -> ([UInt8], String)? {
    let isVersion6 = text.contains(":")
    let bare = text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text
    guard let url = try? WebURL(isVersion6 ? "ws://[\(bare)]" : "ws://\(bare)"), let bytes = url.addressBytes
    else { return nil }
    // Forms such as 10.0.0 or 0x0a000000 would leave open what the length counts.
    guard isVersion6 || url.hostText == bare else { return nil }
    return (bytes, String(bare))
}

private func withoutLastDot(_ host: String) -> String { host.hasSuffix(".") ? String(host.dropLast()) : host }

/// Whether a host is made of the characters that names in the DNS have in practice.
func isHostName(_ host: String) -> Bool {
    !host.isEmpty && !host.hasPrefix(".") && !host.contains("..")
        && host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
}

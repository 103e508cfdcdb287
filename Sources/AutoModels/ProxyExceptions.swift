import URLs

/// The hosts that are reached without a proxy, as `NO_PROXY` names them.
///
/// No standard says what may stand there. This reads what curl, Go and Python read: `*` for every host, names that
/// count for what is below them as well (with and without `.` or `*.` before them), addresses, networks such as
/// `10.0.0.0/8`, and behind a name or an address a port that alone is meant. What is none of these names nothing.
struct ProxyExceptions: Sendable {
    fileprivate enum Entry: Sendable {
        case everything
        case name(String, port: UInt16?)
        case address([UInt8], port: UInt16?)
        case network([UInt8], prefix: Int)
    }

    private let entries: [Entry]

    /// - Parameter text: entries between commas or blanks.
    init(_ text: String) {
        entries = text.split { $0 == "," || $0.isWhitespace }.compactMap { Entry($0.lowercased()) }
    }

    /// Whether the server of a url is reached without a proxy. A name is not looked up, so that only an address
    /// that is written out lies in a network.
    func hold(_ url: String) -> Bool {
        guard let url = try? WebURL(url) else { return false }
        let address = url.addressBytes.map(shortestAddress)
        return entries.contains { $0.holds(withoutLastDot(url.hostText), address, url.effectivePort) }
    }
}

extension ProxyExceptions.Entry {
    fileprivate init?(_ text: String) {
        if text == "*" {
            self = .everything
        } else if let slash = text.firstIndex(of: "/") {
            guard let server = server(text[..<slash]), let bytes = server.address, server.port == nil,
                let prefix = Int(text[text.index(after: slash)...]), (0...bytes.count * 8).contains(prefix)
            else { return nil }
            self = .network(networkAddress(of: bytes, prefix: prefix), prefix: prefix)
        } else {
            guard let server = server(text.drop { $0 == "*" || $0 == "." }) else { return nil }
            self =
                server.address.map { .address(shortestAddress($0), port: server.port) }
                ?? .name(withoutLastDot(server.name), port: server.port)
        }
    }

    fileprivate func holds(_ host: String, _ address: [UInt8]?, _ port: UInt16?) -> Bool {
        switch self {
        case .everything: true
        case .name(let name, let only):
            (host == name || host.hasSuffix("." + name)) && (only == nil || only == port)
        case .address(let bytes, let only): address == bytes && (only == nil || only == port)
        case .network(let bytes, let prefix):
            address.map { $0.count == bytes.count && networkAddress(of: $0, prefix: prefix) == bytes }
                ?? false
        }
    }
}

/// A host and its port, read as a url's; nil for what is no host.
private func server(_ text: Substring) -> (name: String, address: [UInt8]?, port: UInt16?)? {
    // An IPv6 address without brackets is told from host:port by its second colon.
    let isBare = !text.hasPrefix("[") && text.count { $0 == ":" } > 1
    let written = isBare ? "[\(text)]" : String(text)
    guard !text.isEmpty, let url = try? WebURL("ws://" + written), !url.hostText.isEmpty else { return nil }
    let behindBrackets = written.lastIndex(of: "]").map { written[$0...] } ?? written[...]
    let hasPort = !isBare && behindBrackets.contains(":")
    return (url.hostText, url.addressBytes, hasPort ? url.effectivePort : nil)
}

private func withoutLastDot(_ host: String) -> String { host.hasSuffix(".") ? String(host.dropLast()) : host }

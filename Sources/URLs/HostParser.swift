/// Reads what stands between the slashes and the port of a url.
struct HostParser {
    /// The host as it was written, which messages quote.
    let input: ArraySlice<UInt8>

    init(_ input: ArraySlice<UInt8>) {
        self.input = input
    }

    func parse(isSpecial: Bool) throws(URLError) -> WebURL.Host {
        if input.first == UInt8(ascii: "[") {
            guard input.last == UInt8(ascii: "]"), input.count > 1 else {
                throw URLError.host(input, "has no `]` for its `[`")
            }
            return .ipv6(try ipv6(input.dropFirst().dropLast()))
        }
        guard isSpecial else { return try opaqueHost() }
        let domain = try asciiDomain()
        return endsInNumber(domain)
            ? .ipv4(try ipv4(domain)) : .domain(String(decoding: domain, as: UTF8.self))
    }

    func fail(_ problem: String) -> URLError { .host(input, problem) }

    private func opaqueHost() throws(URLError) -> WebURL.Host {
        if let byte = input.first(where: isForbiddenInHost) { throw forbidden(byte) }
        return input.isEmpty ? .empty : .opaque(PercentEncodeSet.control.encoded(input))
    }

    /// The host's percent escapes decoded and its letters outside ASCII written in ASCII.
    private func asciiDomain() throws(URLError) -> [UInt8] {
        let decoded = String(decoding: percentDecoded(input), as: UTF8.self)
        let domain: [UInt8]
        do {
            domain = try DomainName(decoded).ascii()
        } catch {
            throw fail(error.message)
        }
        if domain.isEmpty { throw fail("holds only characters that a domain leaves out") }
        if let byte = domain.first(where: isForbiddenInDomain) { throw forbidden(byte) }
        return domain
    }

    private func forbidden(_ byte: UInt8) -> URLError {
        switch byte {
        case UInt8(ascii: " "): fail("holds a blank")
        case 0..<0x20, 0x7F: fail("holds a control character")
        default: fail("holds a \(quoted([byte])), which no host can hold")
        }
    }
}

/// What no host can hold: one bit for each byte of ASCII.
private let forbiddenInHost = asciiSet([0, 0x09, 0x0A, 0x0D] + Array(" #/:<>?@[\\]^|".utf8))

/// What no domain can hold: that, every control character, and `%`.
private let forbiddenInDomain = forbiddenInHost | asciiSet(Array(0..<0x20) + [0x7F, UInt8(ascii: "%")])

private func asciiSet(_ bytes: [UInt8]) -> UInt128 { bytes.reduce(0) { $0 | 1 << UInt128($1) } }

private func isForbiddenInHost(_ byte: UInt8) -> Bool { forbiddenInHost >> byte & 1 == 1 }

private func isForbiddenInDomain(_ byte: UInt8) -> Bool { forbiddenInDomain >> byte & 1 == 1 }

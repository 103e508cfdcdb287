extension URLParser {
    /// The state "special authority ignore slashes".
    mutating func authorityAfterSlashes() throws(URLError) {
        while isSlash(at: position) { position += 1 }
        try authority()
    }

    /// The state "authority": a user name and a password before the last `@`, then the host.
    mutating func authority() throws(URLError) {
        var end = position
        var at: Int?
        while let byte = byte(at: end), !isSlash(at: end), byte != UInt8(ascii: "?"),
            byte != UInt8(ascii: "#")
        {
            if byte == UInt8(ascii: "@") { at = end }
            end += 1
        }
        if let at {
            readCredentials(input[position..<at])
            position = at + 1
            guard position < end else { throw URLError("the host is missing behind the `@`") }
        }
        try readHost(upTo: end)
        position = end
        startPath()
    }

    private mutating func readCredentials(_ bytes: ArraySlice<UInt8>) {
        let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        url.username = PercentEncodeSet.userinfo.encoded(bytes[..<colon])
        url.password = PercentEncodeSet.userinfo.encoded(bytes[colon...].dropFirst())
    }

    /// The states "host" and "port".
    private mutating func readHost(upTo end: Int) throws(URLError) {
        var colon: Int?
        var insideBrackets = false
        for index in position..<end {
            let byte = input[index]
            if byte == UInt8(ascii: "[") { insideBrackets = true }
            if byte == UInt8(ascii: "]") { insideBrackets = false }
            if byte == UInt8(ascii: ":"), !insideBrackets {
                colon = index
                break
            }
        }
        let host = input[position..<(colon ?? end)]
        if host.isEmpty, isSpecial || colon != nil {
            throw URLError(colon == nil ? "the host is missing" : "the host is missing before the port")
        }
        url.host = try HostParser(host).parse(isSpecial: isSpecial)
        if let colon { url.port = try port(input[(colon + 1)..<end]) }
    }

    private func port(_ digits: ArraySlice<UInt8>) throws(URLError) -> UInt16? {
        if digits.isEmpty { return nil }
        guard digits.allSatisfy(isDigit) else { throw wrongPort(digits) }
        var port = 0
        for digit in digits {
            port = port * 10 + Int(digit - UInt8(ascii: "0"))
            guard port <= 65535 else { throw URLError("the port \(quoted(digits)) is larger than 65535") }
        }
        let number = UInt16(port)
        return number == kind.defaultPort ? nil : number
    }

    private func wrongPort(_ text: ArraySlice<UInt8>) -> URLError {
        // With an `@` further on, this is most likely the beginning of a password, which is not shown.
        if input[text.startIndex...].contains(UInt8(ascii: "@")) {
            return URLError(
                "the port is not a number; write a `/`, `?` or `#` in a user name or password as `%2F`, "
                    + "`%3F` or `%23`")
        }
        return URLError("the port \(quoted(text)) is not a number")
    }
}

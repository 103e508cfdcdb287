/// The ways in which an IPv4 address can be written in a url, plain and inside IPv6.
enum AddressSpellings {
    /// Where clouds keep the metadata of their machines outside of the own cable, and the usual place on it.
    static let metadata: [[UInt8]] = [
        [169, 254, 169, 254], [100, 100, 100, 200], [192, 0, 0, 192], [168, 63, 129, 16], [100, 80, 80, 80],
        [169, 254, 170, 2],
    ]

    /// This machine, and addresses of each private network.
    static let inside: [[UInt8]] = [
        [127, 0, 0, 1], [10, 1, 2, 3], [172, 31, 255, 254], [192, 168, 1, 1], [100, 64, 0, 9], [0, 0, 0, 0],
    ]

    static func all(of bytes: [UInt8]) -> [String] {
        let plain = numbers(bytes) + letters(bytes)
        let dotted = bytes.map(String.init).joined(separator: ".")
        let around = ["u@", "u:p@", "example.org@", "example.org%2F@"].map { $0 + dotted } + [dotted + ":80"]
        return plain + around + within(bytes).map { "[\($0)]" }
    }

    /// Decimal, octal and hexadecimal numbers, of one to four parts.
    private static func numbers(_ bytes: [UInt8]) -> [String] {
        let parts = (1...4).map { count -> [UInt32] in
            let last = bytes[(count - 1)...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return bytes[..<(count - 1)].map(UInt32.init) + [last]
        }
        let ways: [(UInt32) -> String] = [
            { String($0) }, { "0" + String($0, radix: 8) }, { "000" + String($0, radix: 8) },
            { "0x" + String($0, radix: 16) }, { "0X000" + String($0, radix: 16, uppercase: true) },
        ]
        let written = parts.flatMap { parts in ways.map { parts.map($0).joined(separator: ".") } }
        let mixed = zip(bytes, [0, 1, 3, 4]).map { ways[$1](UInt32($0)) }.joined(separator: ".")
        return written + [mixed] + written.map { $0 + "." }
    }

    /// Characters that a url's host is read by as digits and dots.
    private static func letters(_ bytes: [UInt8]) -> [String] {
        let dotted = bytes.map(String.init).joined(separator: ".")
        let wide = String(
            dotted.unicodeScalars.map { scalar -> Character in
                scalar == "." ? "." : Character(UnicodeScalar(scalar.value + 0xFEE0) ?? scalar)
            })
        let percent = dotted.utf8.map { "%" + String($0, radix: 16) }.joined()
        let dots = ["\u{3002}", "\u{FF0E}", "\u{FF61}", "%2e", "%E3%80%82"].map { dot in
            bytes.map(String.init).joined(separator: dot)
        }
        let blank = "\u{AD}" + dotted
        return dots + [wide, percent, blank]
    }

    /// In IPv6: mapped, compatible, translated, for a NAT64, 6to4, Teredo and ISATAP.
    private static func within(_ bytes: [UInt8]) -> [String] {
        let dotted = bytes.map(String.init).joined(separator: ".")
        func pair(_ high: UInt8, _ low: UInt8) -> String {
            String(UInt32(high) << 8 | UInt32(low), radix: 16)
        }
        let hex = "\(pair(bytes[0], bytes[1])):\(pair(bytes[2], bytes[3]))"
        let turned = "\(pair(~bytes[0], ~bytes[1])):\(pair(~bytes[2], ~bytes[3]))"
        return ["::ffff:", "::", "::ffff:0:", "64:ff9b::", "64:ff9b:1::", "2606:4700::5efe:"].flatMap {
            [$0 + dotted, $0 + hex]
        } + [
            "0:0:0:0:0:FFFF:\(dotted)", "0000:0000:0000:0000:0000:ffff:\(hex)", "2002:\(hex)::1",
            "2001:0:808:808::\(turned)", "2001:0:\(hex)::f7f7:f7f7",
        ]
    }
}

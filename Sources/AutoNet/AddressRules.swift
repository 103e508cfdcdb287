/// Which addresses may be reached. Only the numbers count, never the name or the way in which an address is written.
package enum AddressKind: Sendable, Hashable {
    case publicAddress
    /// This machine and the own network.
    case privateAddress
    /// Link-local addresses, where clouds keep their metadata: never reached.
    case linkLocal

    /// The kind of an address in network order: 4 bytes, or 16.
    package init(_ bytes: [UInt8]) {
        if bytes.count == 4 {
            self = AddressKind.version4(bytes)
        } else {
            self = AddressKind.version6(bytes)
        }
    }

    private static func version4(_ bytes: [UInt8]) -> AddressKind {
        switch (bytes[0], bytes[1]) {
        case (169, 254): .linkLocal
        case (0, _), (10, _), (127, _), (100, 64...127), (172, 16...31), (192, 168), (198, 18...19),
            (224..., _):
            .privateAddress
        case (192, 0) where bytes[2] == 0 || bytes[2] == 2: .privateAddress
        case (192, 88) where bytes[2] == 99: .privateAddress
        case (198, 51) where bytes[2] == 100: .privateAddress
        case (203, 0) where bytes[2] == 113: .privateAddress
        default: .publicAddress
        }
    }

    private static func version6(_ bytes: [UInt8]) -> AddressKind {
        if let embedded = embeddedVersion4(bytes) { return version4(embedded) }
        switch (bytes[0], bytes[1]) {
        case (0xFE, 0x80...0xBF): return .linkLocal
        // The metadata address of one large cloud stands in its private range.
        case (0xFD, 0x00) where bytes[2] == 0x0E && bytes[3] == 0xC2: return .linkLocal
        case (0xFC...0xFD, _), (0xFE...0xFF, _): return .privateAddress
        case (0x20, 0x01) where bytes[2] == 0x0D && bytes[3] == 0xB8: return .privateAddress
        case (0x20, 0x01) where bytes[2] < 2: return .privateAddress
        case (0x20...0x3F, _): return .publicAddress
        default: return .privateAddress
        }
    }

    /// The IPv4 address in a mapped, compatible, translated or 6to4 address.
    private static func embeddedVersion4(_ bytes: [UInt8]) -> [UInt8]? {
        let zeros = bytes[0..<10].allSatisfy { $0 == 0 }
        if zeros, bytes[10] == 0xFF, bytes[11] == 0xFF { return Array(bytes[12...]) }
        if zeros, bytes[10] == 0, bytes[11] == 0, bytes[12] != 0 { return Array(bytes[12...]) }
        if bytes.starts(with: [0x00, 0x64, 0xFF, 0x9B]) { return Array(bytes[12...]) }
        if bytes.starts(with: [0x20, 0x02]) { return Array(bytes[2..<6]) }
        return nil
    }
}

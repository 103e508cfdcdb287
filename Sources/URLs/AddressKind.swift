/// What an address leads to. Only its numbers count, never the name or the way in which it is written.
///
/// The kinds are in order: a larger one is reached under more conditions, or never.
package enum AddressKind: Int, Sendable, Hashable, Comparable {
    case publicAddress
    /// This machine, the own network, and what is reserved.
    case privateAddress
    /// The own cable, where most clouds keep the metadata of their machines: never reached.
    case linkLocal
    /// The other addresses at which clouds tell their machines keys: never reached.
    case metadata

    /// The kind of an address in network order: 4 bytes, or 16.
    package init(_ bytes: [UInt8]) {
        switch bytes.count {
        case 4: self = AddressKind.version4(bytes)
        case 16:
            self = AddressKind.embeddedVersion4(bytes).map(AddressKind.version4)
                .reduce(AddressKind.version6(bytes), max)
        default: self = .privateAddress
        }
    }

    package static func < (left: AddressKind, right: AddressKind) -> Bool { left.rawValue < right.rawValue }

    /// Whether nothing that a user says opens the way to such an address.
    package var isNeverReached: Bool { self >= .linkLocal }

    private static func version4(_ bytes: [UInt8]) -> AddressKind {
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        case (169, 254, _, _): .linkLocal
        // Alibaba Cloud, Oracle Cloud, Azure and UCloud.
        case (100, 100, 100, 200), (192, 0, 0, 192), (168, 63, 129, 16), (100, 80, 80, 80): .metadata
        case (0, _, _, _), (10, _, _, _), (127, _, _, _), (100, 64...127, _, _), (172, 16...31, _, _),
            (192, 168, _, _), (198, 18...19, _, _), (224..., _, _, _):
            .privateAddress
        case (192, 0, 0, _), (192, 0, 2, _), (192, 88, 99, _), (198, 51, 100, _), (203, 0, 113, _):
            .privateAddress
        default: .publicAddress
        }
    }

    /// The kind by the prefix alone. Where an IPv4 address stands in it, that one counts as well.
    private static func version6(_ bytes: [UInt8]) -> AddressKind {
        if isVersion4Only(bytes) { return .publicAddress }
        if metadataWithin.contains(bytes) { return .metadata }
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        case (0xFE, 0x80...0xBF, _, _): return .linkLocal
        // AWS and Google Cloud have theirs in the range of private networks.
        case (0xFD, 0x00, 0x0E, 0xC2), (0xFD, 0x20, 0x00, 0xCE): return .metadata
        case (0xFC...0xFD, _, _, _), (0xFE...0xFF, _, _, _): return .privateAddress
        case (0x20, 0x01, 0x0D, 0xB8), (0x20, 0x01, 0x00...0x01, _), (0x3F, 0xFF, 0x00...0x0F, _):
            return .privateAddress
        case (0x20...0x3F, _, _, _): return .publicAddress
        default: return .privateAddress
        }
    }

    /// Single addresses in the range of private networks, whose neighbours may be anybody's: Scaleway's
    /// fd00:42::42, Oracle Cloud's fd00:c1::a9fe:a9fe, Akamai's fd00:a9fe:a9fe::1, Alibaba Cloud's
    /// fd00:100::100:200.
    private static let metadataWithin: Set<[UInt8]> = [
        [0xFD, 0, 0, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42],
        [0xFD, 0, 0, 0xC1, 0, 0, 0, 0, 0, 0, 0, 0, 0xA9, 0xFE, 0xA9, 0xFE],
        [0xFD, 0, 0xA9, 0xFE, 0xA9, 0xFE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        [0xFD, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0],
    ]

    /// Whether it is nothing but another way to write the IPv4 address in its last four bytes: mapped,
    /// compatible, translated, or for a NAT64 under its well-known prefix.
    private static func isVersion4Only(_ bytes: [UInt8]) -> Bool {
        let start = bytes.prefix(12)
        return start.allSatisfy { $0 == 0 }
            || start.elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
            || start.elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0])
            || start.elementsEqual([0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    /// The IPv4 addresses to which a packet for this address may be sent on.
    private static func embeddedVersion4(_ bytes: [UInt8]) -> [[UInt8]] {
        func at(_ places: Int...) -> [UInt8] { places.map { bytes[$0] } }
        var found: [[UInt8]] = []
        if isVersion4Only(bytes) { found.append(at(12, 13, 14, 15)) }
        // 6to4.
        if bytes.starts(with: [0x20, 0x02]) { found.append(at(2, 3, 4, 5)) }
        // Teredo: its server, and the client with each bit turned over.
        if bytes.starts(with: [0x20, 0x01, 0x00, 0x00]) {
            found += [at(4, 5, 6, 7), at(12, 13, 14, 15).map { ~$0 }]
        }
        // A NAT64 under a prefix of the own network may use any of the lengths of RFC 6052.
        if bytes.starts(with: [0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01]) {
            found += [at(6, 7, 9, 10), at(7, 9, 10, 11), at(9, 10, 11, 12), at(12, 13, 14, 15)]
        }
        // ISATAP, under any prefix.
        if bytes[8] & 0xFC == 0, bytes[9] == 0, bytes[10] == 0x5E, bytes[11] == 0xFE {
            found.append(at(12, 13, 14, 15))
        }
        return found
    }
}

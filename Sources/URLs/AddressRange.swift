/// An IPv4 address that is written as an IPv6 one, as IPv4; any other as it is.
///
/// - Parameter address: 4 or 16 bytes in network order.
package func shortestAddress(_ address: [UInt8]) -> [UInt8] {
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    return address.count == 16 && address.starts(with: mapped) ? Array(address[12...]) : address
}

/// The first address of the network that an address is in: all bits behind the prefix are off.
///
/// - Parameter prefix: how many bits are the network's.
package func networkAddress(of address: [UInt8], prefix: Int) -> [UInt8] {
    address.enumerated().map { index, byte in
        let kept = max(0, min(8, prefix - index * 8))
        return byte & UInt8(truncatingIfNeeded: 0xFF << (8 - kept))
    }
}

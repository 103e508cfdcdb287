import AutoRuntime
import NIOPosix
import StepKinds
import URLs
import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An address that a host stands for.
struct HostAddress: Sendable {
    /// The address as a socket takes it: one of IPv6 has no brackets.
    let text: String
    /// 4 or 16 bytes in network order.
    let bytes: [UInt8]

    var kind: AddressKind { AddressKind(bytes) }
}

/// The addresses of a url's host: its own when it is one, else what the system knows of its name.
///
/// - Throws: kind `network` when the name has none or nobody answers.
func addresses(of url: WebURL) async throws(StepFailure) -> [HostAddress] {
    let host = url.hostText
    if let bytes = url.addressBytes {
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        return [HostAddress(text: bare, bytes: bytes)]
    }
    // Off the threads that run steps: a name server may take its time.
    let outcome = try? await NIOThreadPool.singleton.runIfActive { lookUp(host) }
    switch outcome {
    case .success(let addresses): return addresses
    case .failure(let failure): throw failure
    case nil: throw StepFailure.cancelled
    }
}

private func lookUp(_ host: String) -> Result<[HostAddress], StepFailure> {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    guard code == 0 else { return .failure(notFound(host, code)) }
    defer { freeaddrinfo(list) }
    var addresses: [HostAddress] = []
    var next = list
    while let entry = next {
        if let address = numeric(entry.pointee) { addresses.append(address) }
        next = entry.pointee.ai_next
    }
    guard !addresses.isEmpty else { return .failure(notFound(host, EAI_NONAME)) }
    return .success(addresses)
}

private func notFound(_ host: String, _ code: Int32) -> StepFailure {
    if code == EAI_AGAIN {
        return StepFailure(
            .network, "the host `\(host)` is not found: no name server answers", retryable: true)
    }
    return StepFailure(.network, "the host `\(host)` is not found: no name server knows an address of it")
}

private func numeric(_ entry: addrinfo) -> HostAddress? {
    guard let socketAddress = entry.ai_addr else { return nil }
    let bytes: [UInt8]
    if entry.ai_family == AF_INET {
        bytes = socketAddress.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
            withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) }
        }
    } else if entry.ai_family == AF_INET6 {
        bytes = socketAddress.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
            withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }
        }
    } else {
        return nil
    }
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let converted = bytes.withUnsafeBytes {
        inet_ntop(entry.ai_family, $0.baseAddress, &buffer, socklen_t(buffer.count))
    }
    guard converted != nil else { return nil }
    let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return HostAddress(text: text, bytes: bytes)
}

import AutoRuntime
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// An address that a name stands for.
struct ResolvedAddress: Sendable {
    let text: String
    let kind: AddressKind
}

/// Asks the system for a name's addresses, off the threads that run steps.
func resolve(_ host: String) async throws(StepFailure) -> [ResolvedAddress] {
    let outcome = try? await NIOThreadPool.singleton.runIfActive { lookUp(host) }
    switch outcome {
    case .success(let addresses): return addresses
    case .failure(let failure): throw failure
    case nil: throw StepFailure.cancelled
    }
}

private func lookUp(_ host: String) -> Result<[ResolvedAddress], StepFailure> {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    guard code == 0 else {
        let reason = String(cString: gai_strerror(code))
        return .failure(
            StepFailure(
                "network", "the host `\(host)` is not found (\(reason))", retryable: code == EAI_AGAIN))
    }
    defer { freeaddrinfo(list) }
    var addresses: [ResolvedAddress] = []
    var next = list
    while let entry = next {
        if let address = numeric(entry.pointee) { addresses.append(address) }
        next = entry.pointee.ai_next
    }
    return .success(addresses)
}

private func numeric(_ entry: addrinfo) -> ResolvedAddress? {
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
    return ResolvedAddress(text: text, kind: AddressKind(bytes))
}

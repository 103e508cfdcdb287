import AsyncHTTPClient
import AutoRuntime
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL
import StepKinds
import URLs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What went wrong between us and a server, as one cause in our words.
///
/// - Parameters:
///   - server: the url without what may be secret in it.
///   - proxy: the url of the proxy by which the server was asked; nil for none.
func failure(_ error: any Error, _ server: String, by proxy: String?) -> StepFailure {
    guard let proxy else { return failure(error, server) }
    let shown = (try? WebURL(proxy))?.textForErrors ?? "of the settings"
    // Until there is a connection, nobody but the proxy has been asked.
    return isWithoutConnection(error)
        ? failure(error, "the proxy \(shown)") : failure(error, "\(server) (asked by the proxy \(shown))")
}

/// Whether there was no connection to whoever is connected to first.
private func isWithoutConnection(_ error: any Error) -> Bool {
    switch error {
    case is NIOConnectionError: true
    case let error as HTTPClientError: error == .connectTimeout
    case let error as IOError:
        [ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, ETIMEDOUT].contains(error.errnoCode)
    default: false
    }
}

/// What went wrong between us and a server, as one cause in our words.
///
/// - Parameter server: the url without what may be secret in it.
func failure(_ error: any Error, _ server: String) -> StepFailure {
    func network(_ words: String) -> StepFailure {
        StepFailure(.network, "\(server) \(words)", retryable: true)
    }
    if let failure = error as? StepFailure { return failure }
    if error is CancellationError || Task.isCancelled { return .cancelled }
    switch error {
    case let error as HTTPClientError: return clientFailure(error, server)
    case let error as HTTPParserError:
        if case .invalidEOFState = error { return network(cutShort) }
        return network("answers with what is no HTTP")
    case let error as NIOHTTPDecompression.DecompressionError:
        switch error {
        case .limit:
            return StepFailure(.tooLarge, "\(server) answers with more than 64 MB once it is unpacked")
        case .inflationError, .initializationError:
            return network("answers with packed bytes that cannot be unpacked")
        }
    case is NIOHTTPDecompression.ExtraDecompressionError:
        return network("answers with packed bytes that end too early")
    case let error as NIOSSLExtraError where error == .failedToValidateHostname:
        return StepFailure(.network, "\(server) shows a certificate of another name")
    case let error as NIOSSLError: return secureFailure(error, server)
    case let error as NIOConnectionError:
        return network(unreachable(error.connectionErrors.last?.error as? IOError))
    case let error as IOError: return network(unreachable(error))
    case is ChannelError: return network(cutShort)
    default: return network("cannot be read: its answer breaks the rules of HTTP")
    }
}

private let cutShort = "closed the connection before its answer was complete"

private func clientFailure(_ error: HTTPClientError, _ server: String) -> StepFailure {
    func network(_ words: String) -> StepFailure {
        StepFailure(.network, "\(server) \(words)", retryable: true)
    }
    switch error {
    case .cancelled: return .cancelled
    case .connectTimeout: return network("does not answer: no connection within 10 s")
    case .tlsHandshakeTimeout: return network("does not answer: no TLS within 10 s")
    case .getConnectionFromPoolTimeout: return network("has no connection free for this request")
    case .readTimeout, .deadlineExceeded: return network("stopped answering")
    case .writeTimeout: return network("stopped taking the request")
    case .proxyAuthenticationRequired:
        return StepFailure(
            .refused, "\(server) cannot be reached: the proxy wants a name and a password in its url")
    case .invalidProxyResponse: return network("cannot be reached: the proxy does not let us through to it")
    case .remoteConnectionClosed, .uncleanShutdown, .requestStreamCancelled: return network(cutShort)
    default: return network("cannot be asked: the exchange breaks the rules of HTTP")
    }
}

private func secureFailure(_ error: NIOSSLError, _ server: String) -> StepFailure {
    switch error {
    case .noCertificateToValidate: return StepFailure(.network, "\(server) shows no certificate")
    case .unableToValidateCertificate: return untrusted(server)
    case .uncleanShutdown: return StepFailure(.network, "\(server) \(cutShort)", retryable: true)
    case .handshakeFailed(.sslError(let causes)) where causes.contains(where: \.isFailedVerification):
        return untrusted(server)
    default: return StepFailure(.network, "\(server) speaks no TLS that we understand", retryable: true)
    }
}

extension BoringSSLInternalError {
    /// Whether the certificate did not pass: BoringSSL's reason SSL_R_CERTIFICATE_VERIFY_FAILED.
    ///
    /// swift-nio-ssl gives the error's number nowhere but in its description, `Error: 268435581 …`. The
    /// reason is the number's last twelve bits, and the library (16 for TLS) stands above them.
    fileprivate var isFailedVerification: Bool {
        let number = description.split(separator: " ").dropFirst().first.flatMap { UInt32($0) }
        return number == 16 << 24 | 125
    }
}

private func untrusted(_ server: String) -> StepFailure {
    StepFailure(
        .network, "\(server) shows a certificate that this machine does not trust")
}

private func unreachable(_ error: IOError?) -> String {
    switch error?.errnoCode {
    case ECONNREFUSED: "refuses the connection: nothing listens there"
    case ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL:
        "cannot be reached: there is no way to its address from here"
    case ETIMEDOUT: "does not answer"
    case EMFILE, ENFILE: "cannot be asked: this machine has too many connections open"
    case EACCES, EPERM: "cannot be reached: this machine does not let the connection out"
    default: "broke the connection"
    }
}

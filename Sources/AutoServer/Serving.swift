package import AutoRuntime
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import Logging
import NIOCore
import NIOHTTPTypes
import NIOSSL
import ServiceLifecycle
import Synchronization
import UnixSignals
import Values

/// Where and how a server listens.
package struct Listening: Sendable {
    /// A name or an address of this machine.
    package let host: String
    /// 0 for one that the system chooses.
    package let port: Int
    /// The paths of a certificate chain and its private key, both in PEM; nil to serve without TLS.
    package let tls: (certificate: String, key: String)?

    package init(host: String, port: Int, tls: (certificate: String, key: String)? = nil) {
        self.host = host
        self.port = port
        self.tls = tls
    }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1"
            || (host.hasPrefix("127.") && host.allSatisfy { "0123456789.".contains($0) })
    }
}

/// Why a server cannot serve.
package struct ServeError: Error, Sendable {
    /// A sentence without a full stop.
    package let message: String
    /// Whether what was asked for is wrong, and not the machine.
    package let isUsage: Bool
}

/// Serves the API until a signal ends it. Sessions are given back before their next step, for other servers or the next
/// start; a step that takes longer than the limits wait, or than a second signal, is left to be done again.
///
/// - Parameters:
///   - own: a token for as long as the server runs.
///   - background: what is done beside, cancelled at the end.
///   - onReady: told the port once requests are taken.
/// - Throws: when it cannot listen there, or not with this certificate.
package func serve(
    _ parts: ServerParts, _ limits: ServerLimits, at listening: Listening, own: TokenEntry?,
    background: @escaping @Sendable () async -> Void, onReady: @escaping @Sendable (Int) -> Void
) async throws(ServeError) {
    let core = ServerCore(parts, limits, own: own)
    // What the framework says of itself concerns who looks closer only.
    var frameLog = parts.log
    if frameLog.logLevel == .info { frameLog.logLevel = .notice }
    let isReady = Mutex(false)
    let app = Application(
        responder: core.api, server: try builder(listening, limits),
        configuration: ApplicationConfiguration(
            address: .hostname(listening.host, port: listening.port), serverName: "autorun", backlog: 4_096),
        onServerRunning: { channel in
            isReady.withLock { $0 = true }
            onReady(channel.localAddress?.port ?? listening.port)
        },
        logger: frameLog)
    var quiet = parts.log
    quiet.logLevel = .error
    // They stop one after another, the last first: who watches is let go before the connections are waited for, and
    // requests are answered while steps are.
    var configuration = ServiceGroupConfiguration(
        services: [
            .init(service: SecondSignal(core: core)), .init(service: CutOff(app)),
            .init(service: BackgroundService(work: background)),
            .init(service: core.engineService),
        ],
        gracefulShutdownSignals: endingSignals, logger: quiet)
    // Each ends in its own time; this is for one that does not.
    configuration.maximumGracefulShutdownDuration = .seconds(limits.graceSeconds + 15)
    do { try await ServiceGroup(configuration: configuration).run() } catch {
        // A client that did not let go in time has been cut off.
        if isReady.withLock({ $0 }) { return }
        throw ServeError(
            message:
                "cannot listen on \(listening.host):\(listening.port): \(reason(error)); name another address by --listen",
            isUsage: false)
    }
}

private func reason(_ error: any Error) -> String {
    if let error = error as? IOError {
        switch error.errnoCode {
        case EADDRINUSE: return "another program listens there already"
        case EACCES: return "it may not be used without more rights"
        case EADDRNOTAVAIL: return "this machine has no such address"
        default: break
        }
    }
    return "the address cannot be used"
}

private func builder(_ listening: Listening, _ limits: ServerLimits) throws(ServeError) -> HTTPServerBuilder {
    let seconds = limits.requestSeconds
    let http1 = HTTP1Channel.Configuration(
        additionalChannelHandlers: [RequestGuard(seconds: seconds)],
        httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 32 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 200))
    guard let tls = listening.tls else { return .http1(configuration: http1) }
    do {
        let chain = try NIOSSLCertificate.fromPEMFile(tls.certificate).map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: tls.key, format: .pem)
        guard !chain.isEmpty else {
            throw ServeError(message: "\(tls.certificate) holds no certificate", isUsage: true)
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        return try .http2Upgrade(
            tlsConfiguration: configuration,
            configuration: .init(
                idleTimeout: .seconds(seconds), gracefulCloseTimeout: .seconds(5), streamConfiguration: http1)
        )
    } catch let error as ServeError {
        throw error
    } catch {
        throw ServeError(
            message:
                "the certificate \(tls.certificate) and the key \(tls.key) cannot be used: expected PEM files that belong together",
            isUsage: true)
    }
}

private let endingSignals: [UnixSignal] = [.sigterm, .sigint]

/// Who sends a second signal does not want to wait for steps.
private struct SecondSignal: Service {
    let core: ServerCore

    func run() async {
        await cancelWhenGracefulShutdown {
            var count = 0
            for await _ in await UnixSignalsSequence(trapping: endingSignals) {
                count += 1
                if count > 1 { core.hurry() }
            }
        }
    }
}

/// Connections that have not ended some seconds after they were asked to are cut off.
private struct CutOff<Listener: Service>: Service {
    private static var patience: Swift.Duration { .seconds(5) }
    private let listener: Listener

    init(_ listener: Listener) { self.listener = listener }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listener.run() }
            group.addTask {
                try await gracefulShutdown()
                try await Task.sleep(for: Self.patience)
            }
            try await group.next()
            group.cancelAll()
        }
    }
}

private struct BackgroundService: Service {
    let work: @Sendable () async -> Void

    func run() async { await cancelWhenGracefulShutdown { await work() } }
}

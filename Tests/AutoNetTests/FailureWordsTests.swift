import AutoNet
import AutoRuntime
import NIOCore
import NIOPosix
import NIOSSL
import StepKinds
import TestSupport
import Testing

/// Causes that a library tells by types and numbers, as a user reads them. A new version of the library that
/// tells them otherwise is seen here.
@Suite(.timeLimit(.minutes(1))) struct FailureWordsTests {
    private func failure(_ url: String) async throws -> StepFailure? {
        try await withClient { await $0.failure(of: HTTPRequest(url: url)) }
    }

    /// A server that speaks TLS with a certificate that nobody trusts, on a port that the system chooses.
    private func withOwnCertificate(_ body: (Int) async throws -> Void) async throws {
        let certificate = try NIOSSLCertificate(bytes: Array(Certificate.own.utf8), format: .pem)
        let key = try NIOSSLPrivateKey(bytes: Array(Certificate.key.utf8), format: .pem)
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [.certificate(certificate)], privateKey: .privateKey(key)))
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(channel.localAddress?.port)
        do { try await body(port) } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }

    @Test func aCertificateThatIsNotTrustedIsNamed() async throws {
        try await withOwnCertificate { port in
            let failure = try await failure("https://127.0.0.1:\(port)/")
            #expect(failure?.kind == .network && failure?.isRetryable == false)
            #expect(
                failure?.message
                    == "https://127.0.0.1:\(port)/ shows a certificate that this machine does not trust")
        }
    }

    @Test func aServerWithoutTLSIsNamed() async throws {
        let server = try await TestServer { _, _ in ServerAnswer(pieces: ["plain"]) }
        let failure = try await failure("https://127.0.0.1:\(server.port)/")
        try await server.stop()
        #expect(failure?.kind == .network && failure?.isRetryable == true)
        #expect(failure?.message == "https://127.0.0.1:\(server.port)/ speaks no TLS that we understand")
    }

    /// The port was free a moment ago, and belongs to nobody now.
    @Test func whereNothingListensIsNamed() async throws {
        let server = try await TestServer { _, _ in ServerAnswer() }
        try await server.stop()
        let failure = try await failure(server.url)
        #expect(failure?.kind == .network && failure?.isRetryable == true)
        #expect(failure?.message.hasSuffix("refuses the connection: nothing listens there") == true)
    }

    @Test func anAnswerThatIsCutIsNamed() async throws {
        let server = try await TestServer { _, _ in ServerAnswer(pieces: ["half"], cut: true) }
        let failure = try await failure(server.url)
        try await server.stop()
        #expect(failure?.kind == .network && failure?.isRetryable == true)
        #expect(failure?.message.hasSuffix("closed the connection before its answer was complete") == true)
    }
}

/// A certificate for 127.0.0.1, signed by itself, and the key that belongs to it: both were made for these
/// tests only.
private enum Certificate {
    static let own = """
        -----BEGIN CERTIFICATE-----
        MIIBkDCCATagAwIBAgIUKM7mRgEsHdSeNF5S+rq6wcurIywwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjAyMDU0NFoYDzIxMjYxMTAy
        MDIwNTQ0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASOaiH++kXbO8fvQIRT/jhuXTwkpO2JL+qsq86gDpeJ8qPtLKaxodWS
        UxPgbRQXP43AscfKZXLHZZ1Vb3dgFyFpo2QwYjAdBgNVHQ4EFgQUs9MUgcWtguhY
        6G4+FzeTP70/8g4wHwYDVR0jBBgwFoAUs9MUgcWtguhY6G4+FzeTP70/8g4wDwYD
        VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0gAMEUC
        IQCgdiPwUkC49MeDLixCdSwEiW7TpmwSC0i75c+2MMPzCgIgRjQv7mVECIAWQf5s
        i54mUGFI6Jrj2Wj0/ZgIwjS4gsw=
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+mdAjZ7z9DaV3Pf6
        Sr0e2ofbcsHgFBtxIEheCv4SWtGhRANCAASOaiH++kXbO8fvQIRT/jhuXTwkpO2J
        L+qsq86gDpeJ8qPtLKaxodWSUxPgbRQXP43AscfKZXLHZZ1Vb3dgFyFp
        -----END PRIVATE KEY-----
        """
}

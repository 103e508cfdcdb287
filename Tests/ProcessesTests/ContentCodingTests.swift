import Processes
import Testing

/// What a `Content-Encoding` says, and how its undoing travels.
@Suite(.timeLimit(.minutes(1))) struct ContentCodingTests {
    @Test(arguments: [
        ("gzip", [ContentCoding.gzip]), ("X-GZIP", [.gzip]), ("gzip, br", [.gzip, .brotli]),
        (" deflate ,zstd ", [.deflate, .zstd]), ("identity", []), ("", []), (",", []),
    ]) func listsAreRead(_ header: String, _ codings: [ContentCoding]) throws {
        #expect(try ContentCoding.list(header) == codings)
    }

    @Test(arguments: [
        ("compress", "compress"), ("gzip, lzma", "lzma"), ("gzip, gzip, gzip, gzip, gzip", nil),
    ]) func othersAreNamed(_ header: String, _ name: String?) {
        let refused = #expect(throws: UnknownCoding.self) { try ContentCoding.list(header) }
        #expect(refused?.name == name)
    }

    @Test func whatCameOfItTravels() {
        for body in [UnpackedBody.whole([]), .whole([0]), .whole([1, 2, 1]), .tooLarge] {
            #expect(UnpackedBody(body.bytes) == body)
        }
        #expect(UnpackedBody([]) == nil && UnpackedBody([7]) == nil)
    }

    @Test func weSayWhatWeCan() { #expect(ContentCoding.accepted == "gzip, deflate, br, zstd") }
}

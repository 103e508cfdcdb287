import Processes
import Testing

/// Pages in the older character sets: bytes that stand for nothing become U+FFFD, and nothing
/// behind them is lost.
@Suite(.timeLimit(.minutes(1))) struct LegacyCharsetTests {
    private func read(_ request: WorkerRequest) async throws -> String {
        switch try await WorkerPool().run(request) {
        case .value(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .problem(let words, _), .unreadable(let words): return "problem: " + words
        }
    }

    private static let every = Array(UInt8(0x80)...0xFF)

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "ibm866", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "ISO-8859-7",
            "iso-8859-8", "iso-8859-8-i", "iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-15",
            "iso-8859-16", "koi8-r", "koi8-u", "macintosh", "tis-620", "windows-874", "windows-1250",
            "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255", "windows-1256",
            "windows-1257", "windows-1258", "x-mac-cyrillic",
        ])
    func noByteCutsAPageOff(charset: String) async throws {
        let page = Array("<p>a".utf8) + LegacyCharsetTests.every + Array("z</p><i>end</i>".utf8)
        let fields = Array(#"{"select": {"p": "p", "i": "i"}}"#.utf8)
        let type = "text/html; charset=\(charset)"
        let said = try await read(.page(bytes: page, type: type, base: "", fields: fields))
        #expect(said.hasSuffix(#"z","i":"end"}"#), "\(said)")
        // The same when only the page says it.
        let meta = Array("<html><meta charset='\(charset)'>".utf8) + page
        #expect(try await read(.page(bytes: meta, type: "", base: "", fields: fields)) == said)
    }

    /// What another element says of another file is not the page's own charset.
    @Test(.timeLimit(.minutes(1)))
    func onlyMetaNamesTheCharset() async throws {
        let page = "<script charset=iso-8859-7 src=x></script><meta charset=utf-8><p>é</p>"
        let request = WorkerRequest.page(
            bytes: Array(page.utf8), type: "", base: "", fields: Array(#"{"select": "p"}"#.utf8))
        #expect(try await read(request) == #""é""#)
    }
}

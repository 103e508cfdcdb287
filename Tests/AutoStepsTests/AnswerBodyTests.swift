import AutoRuntime
import CEL
import StepKinds
import TestSupport
import Testing
import Values

/// Bodies of answers, read as their server says what they are.
@Suite(.timeLimit(.minutes(1))) struct AnswerBodyTests {
    private func body(_ type: String?, _ bytes: [UInt8]) async throws -> Value? {
        let headers = type.map { [("content-type", $0)] } ?? []
        return try await rest(FixedClient(headers, bytes)).asMap?["body"]
    }

    private func failure(_ type: String?, _ bytes: [UInt8]) async throws -> StepFailure {
        let failure = await #expect(throws: StepFailure.self) { try await body(type, bytes) }
        return try #require(failure)
    }

    /// 你好 in GBK.
    private static let greeting: [UInt8] = [0xC4, 0xE3, 0xBA, 0xC3]

    private static func utf16(_ text: String, isBig: Bool) -> [UInt8] {
        text.utf16.flatMap { unit in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isBig ? [high, low] : [low, high]
        }
    }

    @Test(.timeLimit(.minutes(1))) func otherCharacterSets() async throws {
        let json = Array("{\"a\":\"".utf8) + AnswerBodyTests.greeting + Array("\"}".utf8)
        #expect(try await body("application/json; charset=GBK", json) == .record([("a", .string("你好"))]))
        #expect(try await body("text/plain; charset=\"gb2312\"", AnswerBodyTests.greeting) == .string("你好"))
        #expect(
            try await body("text/plain; charset=iso-8859-1", [0x63, 0x61, 0x66, 0xE9]) == .string("café"))
        // By the Encoding Standard latin-1 means windows-1252.
        #expect(try await body("text/html; charset=latin1", [0x80]) == .string("€"))
        #expect(try await body("text/plain;charset=Shift_JIS", [0x82, 0xA0]) == .string("あ"))
        #expect(try await body("text/plain", [0x63, 0x61, 0x66, 0xE9]) == .string("café"))
    }

    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func byteOrderMarks(isBig: Bool) async throws {
        let mark: [UInt8] = isBig ? [0xFE, 0xFF] : [0xFF, 0xFE]
        let text = mark + AnswerBodyTests.utf16("{\"a\":\"ä😀\"}", isBig: isBig)
        let expected = Value.record([("a", .string("ä😀"))])
        // The mark says more than the server does.
        for type in ["application/json", "application/json; charset=utf-8", "application/problem+json"] {
            #expect(try await body(type, text) == expected)
        }
        #expect(try await body(nil, text) == expected)
        let unmarked = AnswerBodyTests.utf16("ä😀", isBig: isBig)
        #expect(
            try await body("text/plain; charset=utf-16\(isBig ? "be" : "le")", unmarked) == .string("ä😀"))
        #expect(try await failure("text/plain", mark + [0x00]).kind == .body)
        #expect(try await failure("text/plain", mark + [0xD8, 0xD8, 0x00, 0x41]).kind == .body)
    }

    @Test(.timeLimit(.minutes(1))) func utf8Marks() async throws {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        #expect(try await body("text/plain; charset=gbk", mark + Array("ä".utf8)) == .string("ä"))
        #expect(try await body("application/json", mark + Array("[1]".utf8)) == .list([.int(1)]))
        #expect(try await failure("text/plain", mark + [0xFF]).message.contains("byte 1 "))
    }

    @Test(.timeLimit(.minutes(1))) func charactersThatAreNone() async throws {
        let cut = Array("ab".utf8) + [0xC3]
        #expect(try await failure("text/plain; charset=utf-8", cut).message.contains("byte 3 belongs to no"))
        #expect(try await failure("application/json", [0x22, 0xC4, 0xE3, 0x22]).kind == .body)
        #expect(try await failure("text/plain; charset=gbk", [0x41, 0xC4]).message.contains("`gbk`"))
        #expect(
            try await failure("text/plain; charset=klingon", [0x41]).message.contains(
                "`klingon` is not known"))
    }

    /// Half a character at the end never takes what stands before it along, whoever decodes the text.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("gbk", 0xC4), ("gb18030", 0x81), ("big5", 0xA4), ("shift_jis", 0x82), ("euc-jp", 0xA4),
            ("euc-kr", 0xB0), ("windows-949", 0xB0),
        ] as [(String, UInt8)])
    func halfACharacterFails(charset: String, lead: UInt8) async throws {
        for count in [0, 1, 5, 3_000] {
            let text = [UInt8](repeating: 0x41, count: count)
            let type = "text/plain; charset=\(charset)"
            #expect(try await body(type, text) == .string(String(repeating: "A", count: count)))
            #expect(try await failure(type, text + [lead]).kind == .body)
        }
    }

    @Test(.timeLimit(.minutes(1))) func setsThatTheTextNames() async throws {
        let xml = Array("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>".utf8) + [0xE9]
        #expect(try await body("application/xml", xml)?.asText?.hasSuffix("<a>é") == true)
        let html = Array("<meta charset=\"gbk\"><p>".utf8) + AnswerBodyTests.greeting
        #expect(try await body("text/html", html)?.asText?.hasSuffix("<p>你好") == true)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "image/png", "application/octet-stream", "application/pdf", "text/plain; charset=binary",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ])
    func bytesStayBytes(type: String) async throws {
        #expect(try await body(type, [0x41, 0xFF]) == .bytes([0x41, 0xFF]))
        #expect(try await body(type, [0x41]) == .bytes([0x41]))
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "text/csv", "application/xml", "application/atom+xml", "application/javascript", "image/svg+xml",
            "application/x-www-form-urlencoded", "application/x-ndjson", "TEXT/PLAIN ; Charset='UTF-8'",
        ])
    func textsAreTexts(type: String) async throws {
        #expect(try await body(type, Array("ä=1".utf8)) == .string("ä=1"))
    }

    @Test(.timeLimit(.minutes(1))) func emptyBodies() async throws {
        #expect(try await body("application/json", []) == .null)
        #expect(try await body("application/hal+json; charset=gbk", []) == .null)
        #expect(try await body("text/plain; charset=gbk", []) == .string(""))
        #expect(try await body(nil, []) == .string(""))
    }

    @Test(.timeLimit(.minutes(1))) func withoutATypeTheBytesAreLookedAt() async throws {
        #expect(try await body(nil, Array("{\"a\": 1}".utf8)) == .record([("a", .int(1))]))
        #expect(try await body(nil, Array("{\"a\": 1".utf8)) == .string("{\"a\": 1"))
        #expect(try await body(nil, [0x89, 0x50]) == .bytes([0x89, 0x50]))
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("{\"a\": [1, 2", "ends too early"), ("{\"a\": \"b", "ends too early"),
            ("<html>", "line 1, column 1"),
            ("{\n  \"ä\": tru\n}", "line 2, column 8"), ("[1] x", "line 1, column 5"),
            (" ", "ends too early"),
        ])
    func brokenJSONFails(text: String, words: String) async throws {
        let failure = try await failure("application/json", Array(text.utf8))
        #expect(failure.kind == .body && failure.message.contains(words), "\(failure.message)")
    }

    /// A text that is cut at any place is never taken for the whole.
    @Test(.timeLimit(.minutes(1))) func jsonThatIsCutAnywhereFails() async throws {
        let whole = Array("{\"a\":[1,\"ä\",{\"b\":null}],\"c\":\"\\u00e4\"}".utf8)
        for count in 1..<whole.count {
            #expect(try await failure("application/json", Array(whole[..<count])).kind == .body)
        }
    }

    @Test(.timeLimit(.minutes(1))) func deepJSONFails() async throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        let failure = try await failure("application/json", nested(600))
        #expect(failure.kind == .body && failure.message.contains("deep"), "\(failure.message)")
        #expect(try await body("application/json", nested(400))?.asList?.count == 1)
    }

    /// Large bodies are read on a thread of their own; what comes out is the same.
    @Test(.timeLimit(.minutes(1))) func largeBodies() async throws {
        let words = Array(repeating: "äß", count: 50_000)
        let text = "[" + words.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        #expect(try await body("application/json", Array(text.utf8))?.asList?.count == words.count)
        let cut = try await failure("application/json", Array(text.utf8.dropLast(2)))
        #expect(cut.message.contains("ends too early"))
        #expect(try await body("text/plain", Array(text.utf8)) == .string(text))
        let big: [UInt8] = [0xFE, 0xFF] + AnswerBodyTests.utf16(text, isBig: true)
        #expect(try await body("application/json", big)?.asList?.count == words.count)
    }

    /// A failure tells where the JSON breaks, never what stands there.
    @Test(.timeLimit(.minutes(1))) func failuresQuoteNothing() async throws {
        let failure = try await failure("application/json", Array("canary-secret".utf8))
        #expect(!failure.message.contains("canary"))
    }

    @Test(.timeLimit(.minutes(1))) func refusalsAreShownInTheirCharacterSet() async throws {
        let client = FixedClient(
            status: 404, [("content-type", "text/plain; charset=gbk")], AnswerBodyTests.greeting)
        let failure = await #expect(throws: StepFailure.self) { try await rest(client) }
        #expect(failure?.message == "the server answered 404, expected 2xx: 你好")
    }

    /// The whole way, over a real server.
    @Test(.timeLimit(.minutes(1))) func overTheWire() async throws {
        let server = try await TestServer { _, _ in
            var answer = ServerAnswer(headers: [("content-type", "application/json; charset=gbk")])
            answer.bytes = Array("[\"".utf8) + AnswerBodyTests.greeting + Array("\"]".utf8)
            return answer
        }
        let value = try await withClient { try await rest($0, [("url", .string(server.url))]) }
        try await server.stop()
        #expect(value.asMap?["body"] == .list([.string("你好")]))
    }
}

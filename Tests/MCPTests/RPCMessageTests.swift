import MCP
import Testing
import Values

/// Messages of JSON-RPC 2.0 as they are read and written.
@Suite(.timeLimit(.minutes(1))) struct RPCMessageTests {
    private func read(_ text: String) throws -> RPCMessage {
        let piece = try RPCPiece(Array(text.utf8))
        #expect(piece.parts.count == 1 && !piece.isBatch)
        return try #require(piece.parts.first).get()
    }

    private static let params = MapValue(record: [("a", .int(1))])
    static let messages: [(text: String, message: RPCMessage)] = [
        (
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"a":1}}"#,
            .request(id: .number(1), method: "tools/call", params: params)
        ),
        (
            #"{"jsonrpc":"2.0","id":"x","method":"ping"}"#,
            .request(id: .text("x"), method: "ping", params: MapValue())
        ),
        (
            #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"a":1}}"#,
            .notification(method: "notifications/progress", params: params)
        ),
        (#"{"jsonrpc":"2.0","id":-7,"result":{"a":1}}"#, .response(id: .number(-7), result: .map(params))),
        (#"{"jsonrpc":"2.0","id":2,"result":null}"#, .response(id: .number(2), result: .null)),
        (
            #"{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"no"}}"#,
            .failure(id: .number(2), RPCError(-32_601, "no"))
        ),
        (
            #"{"jsonrpc":"2.0","id":null,"error":{"code":5,"message":"no","data":[1]}}"#,
            .failure(id: nil, RPCError(5, "no", data: .list([.int(1)])))
        ),
    ]

    @Test func whatIsWrittenIsReadAgain() throws {
        for (text, message) in Self.messages {
            #expect(String(decoding: message.bytes, as: UTF8.self) == text)
            #expect(try read(text) == message)
        }
    }

    /// What other libraries write.
    @Test(arguments: [
        (
            #"{"jsonrpc":"2.0","id":1.0,"result":1,"error":null}"#,
            RPCMessage.response(id: .number(1), result: .int(1))
        ),
        (
            #"{"jsonrpc":"2.0","id":1,"result":null,"error":{"code":1,"message":"x"}}"#,
            .failure(id: .number(1), RPCError(1, "x"))
        ),
        (
            #" {"params":null,"id":1,"method":"ping","jsonrpc":"2.0","more":[]} "#,
            .request(id: .number(1), method: "ping", params: MapValue())
        ),
        (#"{"jsonrpc":"2.0","error":{"code":1,"message":"x"}}"#, .failure(id: nil, RPCError(1, "x"))),
    ])
    func whatOthersWriteIsRead(_ text: String, _ message: RPCMessage) throws {
        #expect(try read(text) == message)
    }

    /// Each is refused with the reason, the code, and the id where there is one.
    @Test(arguments: [
        (#"{"id":1,"method":"ping"}"#, "`jsonrpc` of a message is \"2.0\", found nothing", RPCID.number(1)),
        (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, "found another text", .number(1)),
        (#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, "found a number", .number(1)),
        (
            #"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, "`id` is a text or a whole number, found null",
            nil
        ),
        (
            #"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
            "`id` is a text or a whole number, found a number", nil
        ),
        (#"{"jsonrpc":"2.0","id":9223372036854775808,"method":"ping"}"#, "`id` is a text or a whole", nil),
        (#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, "found a truth value", nil),
        (#"{"jsonrpc":"2.0","id":{},"result":1}"#, "`id` is a text or a whole number, found an object", nil),
        (#"{"jsonrpc":"2.0","result":1}"#, "a response has the `id` of its request", nil),
        (#"{"jsonrpc":"2.0","id":1,"method":5}"#, "`method` is a text, found a number", .number(1)),
        (
            #"{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}"#, "`params` is an object, found a list",
            .number(1)
        ),
        (#"{"jsonrpc":"2.0","id":1,"method":"x","result":1}"#, "has one of `method`, `result`", .number(1)),
        (
            #"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":"x"}}"#, "has one of `method`",
            .number(1)
        ),
        (#"{"jsonrpc":"2.0","id":1}"#, "a message has one of `method`, `result` and `error`", .number(1)),
        (#"{"jsonrpc":"2.0","id":1,"error":"bad"}"#, "`error` is an object with `code`", .number(1)),
        (#"{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":"x"}}"#, "`error` is an object", .number(1)),
        (#"5"#, "a message is an object, found a number", nil),
    ])
    func whatIsNoMessageIsRefused(_ text: String, _ words: String, _ id: RPCID?) throws {
        let refusal = #expect(throws: RPCRefusal.self) { try read(text) }
        #expect(refusal?.error.message.contains(words) == true, "\(refusal?.error.message ?? "")")
        #expect(refusal?.error.code == RPCError.invalidRequestCode && refusal?.id == id)
    }

    @Test(arguments: [
        ("", "expected a value"), ("hello", "expected a value"),
        (#"{"jsonrpc":"2.0""#, "expected `,` or `}`"),
        (#"{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}"#, "a key stands twice"),
        (#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":[{"b":1,"b":1}]}}"#, "a key stands twice"),
        (String(repeating: "[", count: 100_000), "nested more than 500 deep"),
        (#"{"jsonrpc":"2.0","method":"\#u{1}"}"#, "expected no control character"),
    ])
    func whatIsNoJSONIsRefused(_ text: String, _ words: String) {
        let refusal = #expect(throws: RPCRefusal.self) { try RPCPiece(Array(text.utf8)) }
        #expect(refusal?.error.message.contains(words) == true, "\(refusal?.error.message ?? "")")
        #expect(refusal?.error.code == RPCError.parseErrorCode && refusal?.id == nil)
    }

    /// The letters of what is refused may be a secret.
    @Test func noRefusalShowsWhatStandsThere() {
        for text in [
            "sesame-open", #"{"jsonrpc":"sesame-open"}"#,
            #"{"jsonrpc":"2.0","id":1,"method":["sesame-open"]}"#,
        ] {
            let refusal = #expect(throws: RPCRefusal.self) { try read(text) }
            #expect(refusal?.error.message.contains("sesame") == false)
        }
    }

    @Test func aListHoldsSeveral() throws {
        let text = #"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"id":2},{"jsonrpc":"2.0","method":"x"}]"#
        let piece = try RPCPiece(Array(text.utf8))
        #expect(piece.isBatch && piece.parts.count == 3)
        #expect(try piece.parts[0].get() == .request(id: .number(1), method: "ping", params: MapValue()))
        #expect(throws: RPCRefusal.self) { try piece.parts[1].get() }
        #expect(try piece.parts[2].get() == .notification(method: "x", params: MapValue()))
        let many = "[" + Array(repeating: "1", count: RPCPiece.mostMessages + 1).joined(separator: ",") + "]"
        for text in ["[]", many] {
            let refusal = #expect(throws: RPCRefusal.self) { try RPCPiece(Array(text.utf8)) }
            #expect(refusal?.error.message.contains("holds 1 to 1000 of them") == true)
        }
    }

    /// A message is one line, whatever its texts hold.
    @Test func noMessageHasALineBreak() {
        let message = RPCMessage.response(id: .text("a\nb"), result: .string("c\r\nd\u{2028}"))
        #expect(!message.bytes.contains(0x0A) && !message.bytes.contains(0x0D))
    }

    @Test func aRefusalIsAnswered() throws {
        let refusal = #expect(throws: RPCRefusal.self) { try read(#"{"id":"q","method":"ping"}"#) }
        let answer = try #require(refusal?.answer)
        #expect(try read(String(decoding: answer.bytes, as: UTF8.self)) == answer)
        #expect(refusal?.isAnswer == false)
        let other = #expect(throws: RPCRefusal.self) { try read(#"{"jsonrpc":"2.0","id":1}"#) }
        #expect(other?.isAnswer == true)
    }

    @Test func revisionsAreComparedByDate() {
        #expect(ProtocolRevision.allCases == ProtocolRevision.allCases.sorted())
        #expect(ProtocolRevision.allCases.last == .newest)
        for revision in ProtocolRevision.allCases {
            #expect(ProtocolRevision.answer(to: revision.rawValue) == revision)
        }
        #expect(ProtocolRevision.answer(to: "2099-01-01") == .newest)
        #expect(ProtocolRevision.allCases.filter(\.hasBatches) == [.march2025])
    }
}

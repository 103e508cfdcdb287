import AutoRuntime
import CEL
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct MaskerTests {
    private let masker = Masker(["KEY": "s3cr/t+\"key\"&<é>"])
    private let secret = "s3cr/t+\"key\"&<é>"

    /// Any secret, in any text, in any two encodings of the whole.
    @Test func everyCompositionOfTwoEncodingsIsFound() {
        var random = Dice(seed: 4)
        let (before, after) = ("A text stands before it, and then it says: <", "> ends, at last.")
        for alphabet in ["abcXYZ0189", "ab01-_./+=", "ab01%\\&\"'<>/+= n#é😀{}[]\n"] {
            for _ in 0..<4 {
                let secret = "k" + random.text(of: alphabet, 9...30) + "k"
                let masker = Masker(["KEY": secret])
                for (inner, first) in Encoding.all {
                    for (outer, second) in Encoding.all {
                        let text = second(first(before + secret + after))
                        let masked = masker.mask(text)
                        let shown = "\(inner), \(outer): \(secret.debugDescription) gives \(masked)"
                        #expect(masked.contains("[secret KEY]"), "\(shown)")
                        #expect(!masked.contains(secret), "\(shown)")
                        let encoded = second(first(secret))
                        #expect(!masked.contains(encoded), "\(shown)")
                        #expect(masker.mask(masked) == masked, "\(shown)")
                        // A digit may hold the end of one character and the beginning of another; what closes
                        // the text, such as padding, stands elsewhere.
                        let start = second(first(before))
                        let kept = zip(start.utf8, masked.utf8).prefix { $0 == $1 }.count
                        #expect(kept >= start.utf8.count - 24, "\(shown)")
                        #expect(masked.utf8.count < text.utf8.count + 20, "\(shown)")
                    }
                }
            }
        }
    }

    @Test func theTextAroundStays() {
        var random = Dice(seed: 5)
        for (name, encode) in Encoding.all where !Encoding.codes.contains(name) && name != "JSON in JSON" {
            for _ in 0..<10 {
                let secret = "k" + random.text(of: "abc019/+=&<>\"é \n", 8...20) + "k"
                let (before, after) = ("a & \"b\" /c/ é: ", " +d\n'e' \"")
                let masked = Masker(["KEY": secret]).mask(encode(before + secret + after))
                #expect(masked == encode(before) + "[secret KEY]" + encode(after), "\(name): \(secret)")
            }
        }
    }

    @Test func basicCredentialsOfAnUnknownUserAreFound() {
        let masker = Masker(["PASSWORD": "correct-horse"])
        for user in ["", "a", "ab", "abc", "somebody@example.org"] {
            let header = "Basic " + base64(Array("\(user):correct-horse".utf8))
            let masked = masker.mask(header + " and more")
            #expect(masked.hasPrefix("Basic ") && masked.hasSuffix("[secret PASSWORD] and more"), "\(masked)")
        }
    }

    @Test func eachSpellingIsFound() {
        let spellings = [
            #"s3cr\/t+\"key\"&<\u00e9>"#, #"s3cr\u002ft\u002B\"key\"\u0026\u003c\u00E9\u003e"#,
            #"s3cr\\/t+\\\"key\\\"&<\\u00e9>"#, #"s3cr\\u002ft+\\u0022key\\u0022&<é>"#,
            "s3cr%2ft%2b%22key%22%26%3c%c3%a9%3e", "s3cr/t%2B%22key%22&%3C%C3%A9%3E",
            "s3cr&#x2F;t&plus;&quot;key&#34;&amp;&lt;&eacute;&gt;",
            "s3cr&#47;t+&QUOT;key&#X22;&AMP;&LT;&#233;&#62",
            "s3cr%252ft%252b%2522key%2522%2526%253c%25c3%25a9%253e", #"s3cr/t+\x22key\x22&<\xc3\xa9>"#,
            #"s3cr\/t\u{2b}"key"\u{26}<\U000000e9>"#, #"s3cr/t+""key""&<é>"#,
        ]
        for spelling in spellings {
            #expect(masker.mask("(\(spelling))") == "([secret KEY])", "\(spelling)")
        }
    }

    @Test func brokenLinesAreFound() {
        let key = "-----BEGIN KEY-----\nMIIBVgIBADANBgkq\r\nhkiG9w0BAQEFAASC\n-----END KEY-----\n"
        let masker = Masker(["PEM": key])
        let line = key.split(whereSeparator: \.isNewline).joined(separator: " ")
        #expect(masker.mask("a \(line) b") == "a [secret PEM] b")
        #expect(masker.mask(JSON.text(.string(key))) == "\"[secret PEM]\\n\"")
        let encoded = Array(base64(Array("key: \(key)".utf8)))
        let lines = stride(from: 0, to: encoded.count, by: 32).map { start in
            String(encoded[start..<min(start + 32, encoded.count)])
        }
        // The digits at both ends stand for "key:" and the last line's end.
        #expect(masker.mask(lines.joined(separator: "\n  ")) == "a2V5Oi[secret PEM]K")
    }

    @Test func hexadecimalPairsMayStandApart() {
        let digits = "correct-horse".utf8.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        let masker = Masker(["PASSWORD": "correct-horse"])
        for separator in ["", ":", "-", " "] {
            #expect(masker.mask("<\(digits.joined(separator: separator))>") == "<[secret PASSWORD]>")
        }
    }

    @Test func bytesNeedNotBeUTF8() {
        let mark = Array("[secret KEY]".utf8)
        let broken: [UInt8] = [0xFF, 0xC3]
        #expect(masker.mask(bytes: broken + secret.utf8 + broken) == broken + mark + broken)
        #expect(masker.mask(.bytes(broken + secret.utf8)) == .bytes(broken + mark))
        let low = secret.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let high = secret.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        #expect(masker.mask(bytes: broken + low + broken) == broken + mark + broken)
        #expect(masker.mask(bytes: broken + high + broken) == broken + mark + broken)
        #expect(masker.mask(base64(low)).hasPrefix("[secret KEY]"))
    }

    @Test func valuesAreMaskedThroughout() {
        let value = Value.record([
            (secret, .list([.string("x \(secret)"), .int(1)])), ("inner", .optional(.string(secret))),
        ])
        #expect(
            masker.mask(value)
                == .record([
                    ("[secret KEY]", .list([.string("x [secret KEY]"), .int(1)])),
                    ("inner", .optional(.string("[secret KEY]"))),
                ]))
        #expect(masker.secrets(in: value) == ["KEY"])
        #expect(masker.secrets(in: .record([("a", .string("nothing of it"))])).isEmpty)
        #expect(masker.secrets(in: .string(base64(Array("u:\(secret)".utf8)))) == ["KEY"])
    }

    @Test func numbersAreMasked() {
        let masker = Masker(["PIN": "0012345678", "LONG": "12345678901234567890"])
        let mark = Value.string("[secret PIN]")
        #expect(masker.mask(.int(12_345_678)) == mark && masker.mask(.double(12_345_678)) == mark)
        #expect(masker.mask(.uint(12_345_678_901_234_567_890)) == .string("[secret LONG]"))
        #expect(masker.mask(.int(1_234_567)) == .int(1_234_567) && masker.mask(.bool(true)) == .bool(true))
        #expect(masker.secrets(in: .list([.int(12_345_678)])) == ["PIN"])
        #expect(masker.mask("pin 0012345678.") == "pin [secret PIN].")
    }

    @Test func shortSecretsStay() {
        let secrets = ["SHORT": "o", "SEVEN": "1234567", "BLANK": "           \n", "EIGHT": "12345678"]
        #expect(Masker.unmaskable(secrets) == ["BLANK", "SEVEN", "SHORT"])
        let masker = Masker(secrets)
        #expect(masker.mask("o 1234567 b28= bw==") == "o 1234567 b28= bw==")
        #expect(masker.mask(.int(1_234_567)) == .int(1_234_567))
        #expect(masker.mask("1 12345678 9") == "1 [secret EIGHT] 9")
        #expect(Masker([:]).mask("text") == "text" && Masker(["A": ""]).mask(bytes: [1, 2]) == [1, 2])
    }

    @Test func theLongestSecretIsTold() {
        let masker = Masker(["PART": "token-123", "WHOLE": "my-token-123-x", "OTHER": "123-xyz-9"])
        #expect(masker.mask("my-token-123-x") == "[secret WHOLE]")
        #expect(masker.mask("a token-123 b") == "a [secret PART] b")
        // What overlaps leaves nothing of either.
        #expect(masker.mask("my-token-123-xyz-9!") == "[secret WHOLE]!")
        #expect(masker.mask("token-123token-123") == "[secret PART][secret PART]")
        #expect(masker.secrets(in: .string("my-token-123-x")) == ["PART", "WHOLE"])
        #expect(Masker(["A": "aaaaaaaa"]).mask(String(repeating: "a", count: 30)) == "[secret A]")
        #expect(Masker(["B": "same-value", "A": "same-value"]).mask("same-value") == "[secret A]")
    }

    @Test func marksAreLeftAsTheyAre() {
        let masker = Masker(["PASSWORD": "PASSWORD", "KEY": "[secret KEY]", "WORD": "secret PASSWORD"])
        for text in ["[secret PASSWORD]", "a [secret KEY] b", "[secret [secret PASSWORD]]"] {
            #expect(masker.mask(text) == text)
        }
        #expect(masker.mask("my PASSWORD") == "my [secret PASSWORD]")
        // Only known names make a mark: anyone can write brackets around what a secret is.
        #expect(Masker(["KEY": "letmein_123"]).mask("[secret letmein_123]") == "[secret [secret KEY]]")
    }

    @Test func credentialsAreMasked() {
        let fields = MapValue(record: [
            ("auth", .record([("user", .string("joe")), ("password", .string("correct-horse"))])),
            (
                "headers",
                .record([
                    ("Accept", .string("application/json")), ("X-Api-Key", .string("digest-of-it")),
                    ("Cookie", .string("theme=dark; session=correct-horse-7")),
                ])
            ),
        ])
        let basic = base64(Array("joe:correct-horse".utf8))
        let masker = Masker(["PASSWORD": "correct-horse"])
        let seen = masker.adding(credentialsOf: fields)
        #expect(seen.mask("Basic \(basic)") == "Basic [secret PASSWORD]")
        #expect(seen.mask("correct-horse-7, digest-of-it") == "[secret PASSWORD], digest-of-it")
        let told = masker.adding(credentialsOf: fields, madeFrom: ["headers.X-Api-Key": ["PASSWORD"]])
        #expect(told.mask("digest-of-it, application/json") == "[secret PASSWORD], application/json")
        let added = masker.adding(credential: "c0ffee-digest", of: "PASSWORD")
        #expect(added.mask("c0ffee-digest") == "[secret PASSWORD]")
    }

    /// The name and password of a url leave as `Basic`, like those of `auth`, of a step or of a tool.
    @Test func credentialsOfUrlsAndToolsAreMasked() {
        let masker = Masker(["PASSWORD": "correct horse"])
        func fields(tool: [(String, Value)]) -> MapValue {
            MapValue(record: [("tools", .list([.record(tool)]))])
        }
        let auth = Value.record([("user", .string("joe")), ("password", .string("correct horse"))])
        let url = Value.string("https://joe:correct%20horse@example.com/")
        let joes = [
            MapValue(record: [("url", url)]), fields(tool: [("mcp", url)]),
            fields(tool: [("mcp", .string("https://example.com")), ("auth", auth)]),
        ]
        let basic = base64(Array("joe:correct horse".utf8))
        for fields in joes {
            #expect(masker.adding(credentialsOf: fields).mask("Basic \(basic)") == "Basic [secret PASSWORD]")
        }
        let keyAlone = MapValue(record: [("url", .string("https://correct%20horse@example.com/"))])
        let encoded = base64(Array("correct horse:".utf8))
        #expect(masker.adding(credentialsOf: keyAlone).mask(encoded) == "[secret PASSWORD]")
    }

    @Test func longTextsAreLookedThroughInParts() {
        let rest = String(repeating: "lorem ipsum \\n dolor &amp; ", count: 3_000)
        let encoded = base64(Array((rest + secret + rest + secret).utf8))
        let masked = masker.mask(encoded)
        #expect(masked.components(of: "[secret KEY]") == 3 && masked.utf8.count > encoded.utf8.count - 100)
        let text = JSON.text(.string(rest + secret + rest))
        #expect(masker.mask(text).components(of: "[secret KEY]") == 2)
    }
}

@Suite(.timeLimit(.minutes(1))) struct StreamMaskerTests {
    private let secret = "s3cr/t+\"key\"&<é>"
    private let masker = Masker(["KEY": "s3cr/t+\"key\"&<é>", "PASSWORD": "correct-horse"])

    private func streamed(_ pieces: [String]) -> String {
        var stream = masker.stream
        return pieces.map { stream.take($0) }.joined() + stream.end()
    }

    @Test func everySplitGivesTheWhole() {
        for (name, encode) in Encoding.all {
            let text = encode("Say: \(secret), then \"correct-horse\".") + " [secret KEY] =\\"
            let whole = masker.mask(text)
            let characters = Array(text.unicodeScalars).map(String.init)
            #expect(streamed(characters) == whole, "\(name)")
            for place in 0...characters.count {
                let pieces = [characters[..<place].joined(), characters[place...].joined()]
                #expect(streamed(pieces) == whole, "\(name) at \(place)")
            }
        }
    }

    @Test func onlyABeginningIsHeldBack() {
        var stream = masker.stream
        #expect(stream.take("Hello, world! ") == "Hello, world! ")
        #expect(stream.take("It is correct-") == "It is ")
        #expect(stream.take("ish. ") == "correct-ish. ")
        #expect(stream.take("correct-hor") == "")
        #expect(stream.take("se, yes. ") == "[secret PASSWORD], yes. ")
        #expect(stream.take("correct-") == "" && stream.end() == "correct-")
        var idle = Masker([:]).stream
        #expect(idle.take("correct-") == "correct-" && idle.end() == "")
    }
}

@Suite(.timeLimit(.minutes(1))) struct MaskedTapeTests {
    private let secret = "s3cr/t+\"key\"&<é>"

    private func asked(_ tape: some Tape, body: [UInt8]) async throws -> HTTPResponse {
        let client = TapedClient(Echo(), tape)
        return try await client.send(HTTPRequest(method: "POST", url: "https://example.org/", body: body))
    }

    /// Answers with what it was sent.
    private struct Echo: HTTPClient {
        func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?) async throws(StepFailure)
            -> HTTPResponse
        {
            HTTPResponse(status: 200, headers: [], body: request.body ?? [], url: request.url)
        }
    }

    @Test func bodiesAreMaskedBeforeTheyAreEncoded() async throws {
        let kept = Kept()
        let recording = RecordingTape(masker: Masker(["KEY": secret])) { entry in kept.add(entry) }
        let body: [UInt8] = [0xFF, 0xFE] + secret.utf8 + [0xFF]
        let live = try await asked(recording, body: body)
        // What flows on is not masked.
        #expect(live.body == body)
        let entries = kept.entries.map { ("0001", $0) }
        let text = JSON.text(.list(entries.map(\.1.json)))
        #expect(Masker(["KEY": secret]).secrets(in: .string(text)).isEmpty)
        let replay = ReplayTape(entries, masker: Masker(["KEY": "[secret KEY]"]))
        let again = try await asked(replay, body: [0xFF, 0xFE] + Array("[secret KEY]".utf8) + [0xFF])
        #expect(again.body == [0xFF, 0xFE] + Array("[secret KEY]".utf8) + [0xFF])
        #expect(replay.unused.isEmpty)
    }
}

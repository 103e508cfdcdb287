import Testing
import URLs

@Suite(.timeLimit(.minutes(1))) struct EncodingTests {
    @Test(.timeLimit(.minutes(1)))
    func valuesAreEncodedWhole() throws {
        #expect(percentEncoded(value: "AZaz09-_.~") == "AZaz09-_.~")
        #expect(percentEncoded(value: "a/b?c#d&e=f+g h%20é") == "a%2Fb%3Fc%23d%26e%3Df%2Bg%20h%2520%C3%A9")
        let ascii = String(String.UnicodeScalarView((0..<128).compactMap(Unicode.Scalar.init)))
        let kept = percentDecoded(percentEncoded(value: ascii))
        #expect(kept == ascii)
        let encoded = percentEncoded(value: ascii + "é🍑")
        #expect(encoded.utf8.filter { $0 == UInt8(ascii: "%") }.count == 128 - 66 + 6)
        let url = try WebURL("https://\(encoded):\(encoded)@plum.example/\(encoded)?\(encoded)#\(encoded)")
        #expect([url.username, url.password, url.query, url.fragment].allSatisfy { $0 == encoded })
        #expect(url.path == "/" + encoded)
    }

    @Test(.timeLimit(.minutes(1)))
    func dotSegmentsAreToldApart() {
        for segment in [".", "..", "%2e", "%2E.", ".%2e", "%2e%2E"] { #expect(isDotSegment(segment)) }
        for segment in ["", "...", "a", ".a", "%2e%2e%2e", "%252e", "%2", "..%", "%2f"] {
            #expect(!isDotSegment(segment))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func escapesAreKeptOnce() throws {
        #expect(try WebURL("https://plum.example/%20%7e%zz%[]{}|é").path == "/%20%7e%zz%[]%7B%7D|%C3%A9")
        #expect(try WebURL("https://plum.example/?%20[]{}|é").query == "%20[]{}|%C3%A9")
    }

    @Test(.timeLimit(.minutes(1)))
    func decodingLeavesWhatIsNoEscape() {
        #expect(percentDecoded("%41%c3%A9+%zz%4%") == "Aé+%zz%4%")
        #expect(percentDecoded("%ff") == "\u{FFFD}")
        #expect(percentDecodedBytes("%ff%00a") == [0xFF, 0, 0x61])
    }

    @Test(.timeLimit(.minutes(1)))
    func formsAreWrittenAndRead() {
        let pairs = [(name: "a b", value: "1&2=3"), (name: "é", value: "*-._~+'"), (name: "", value: "")]
        let text = formEncoded(pairs)
        #expect(text == "a+b=1%262%3D3&%C3%A9=*-._%7E%2B%27&=")
        let read = formDecoded(text)
        #expect(read.map(\.name) == pairs.map(\.name))
        #expect(read.map(\.value) == pairs.map(\.value))
        let loose = formDecoded("&a&&b=c=d&=e&%zz=%41%+")
        #expect(loose.map(\.name) == ["a", "b", "", "%zz"])
        #expect(loose.map(\.value) == ["", "c=d", "e", "A% "])
        #expect(formEncoded([]) == "" && formDecoded("").isEmpty)
    }
}

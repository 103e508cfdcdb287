import Testing
import URLs

@Suite(.timeLimit(.minutes(1))) struct WebURLTests {
    @Test(.timeLimit(.minutes(1)))
    func partsAreKeptWithoutTheirSigns() throws {
        let url = try WebURL("HTTPS://ann:pa%20ss@Plum.Example:8443/a b/?q=1#top")
        #expect(url.scheme == "https")
        #expect(url.username == "ann")
        #expect(url.password == "pa%20ss")
        #expect(url.host == .domain("plum.example"))
        #expect(url.port == 8443)
        #expect(url.path == "/a%20b/")
        #expect(url.query == "q=1")
        #expect(url.fragment == "top")
        #expect(url.isSpecial && !url.hasOpaquePath)
        #expect(url.requestTarget == "/a%20b/?q=1")
        #expect(url.origin == "https://plum.example:8443")
        #expect(url.textForErrors == "https://plum.example:8443/a%20b/")
        #expect(url.text == "https://ann:pa%20ss@plum.example:8443/a%20b/?q=1#top")
    }

    @Test(.timeLimit(.minutes(1)))
    func nothingIsOtherThanEmpty() throws {
        let bare = try WebURL("https://plum.example")
        #expect(bare.query == nil && bare.fragment == nil && bare.port == nil)
        let empty = try WebURL("https://plum.example?#")
        #expect(empty.query == "" && empty.fragment == "")
        #expect(empty.text == "https://plum.example/?#")
        #expect(bare != empty)
        #expect(try WebURL("mailto:ann@plum.example").host == nil)
        #expect(try WebURL("file:///tart").host == .empty)
        #expect(try WebURL("tree://").path == "")
        #expect(try WebURL("tree://?q").requestTarget == "/?q")
    }

    @Test(.timeLimit(.minutes(1)))
    func portsFollowTheScheme() throws {
        #expect(try WebURL("http://plum.example").effectivePort == 80)
        #expect(try WebURL("wss://plum.example:443").port == nil)
        #expect(try WebURL("wss://plum.example:443").effectivePort == 443)
        #expect(try WebURL("ftp://plum.example").effectivePort == 21)
        #expect(try WebURL("tree://plum:70").effectivePort == 70)
        #expect(try WebURL("tree://plum").effectivePort == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func addressesHaveBytes() throws {
        #expect(try WebURL("http://0x7f.1").host == .ipv4(0x7F00_0001))
        #expect(try WebURL("http://0x7f.1").addressBytes == [127, 0, 0, 1])
        let mapped = try WebURL("http://[::FFFF:10.0.0.1]:81/")
        #expect(mapped.host == .ipv6([0, 0, 0, 0, 0, 0xFFFF, 0x0A00, 1]))
        #expect(mapped.hostText == "[::ffff:a00:1]")
        #expect(mapped.addressBytes == Array(repeating: 0, count: 10) + [255, 255, 10, 0, 0, 1])
        #expect(try WebURL("http://plum.example").addressBytes == nil)
        #expect(try WebURL("tree://127.0.0.1").host == .opaque("127.0.0.1"))
        #expect(try WebURL("tree://127.0.0.1").addressBytes == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func originsThatAreOpaqueAreNil() throws {
        #expect(try WebURL("blob:https://plum.example:443/1").origin == "https://plum.example")
        #expect(try WebURL("blob:ftp://plum.example/1").origin == nil)
        #expect(try WebURL("file:///tart").origin == nil)
        #expect(try WebURL("data:,x").origin == nil)
        #expect(try WebURL("tree://plum").origin == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func queryPairsAreAppended() throws {
        var url = try WebURL("https://plum.example/#top")
        url.appendQuery("")
        #expect(url.query == nil)
        url.appendQuery("a=1%20x")
        url.appendQuery("b=%zz#é d'")
        #expect(url.text == "https://plum.example/?a=1%20x&b=%zz%23%C3%A9%20d%27#top")
        #expect(try WebURL(url.text) == url)
        var ended = try WebURL("data:,x?y&")
        ended.appendQuery("z='")
        #expect(ended.text == "data:,x?y&z='")
    }

    @Test(.timeLimit(.minutes(1)))
    func aPathWithTwoSlashesIsNotTakenForAHost() throws {
        let url = try WebURL("tree:/.//plum/x?q")
        #expect(url.host == nil && url.path == "//plum/x")
        #expect(url.text == "tree:/.//plum/x?q")
        #expect(url.textForErrors == "tree:/.//plum/x")
        #expect(try WebURL("..//a", base: try WebURL("tree:/b/")).text == "tree:/.//a")
    }
}

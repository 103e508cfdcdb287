import AutoNet
import AutoRuntime
import StepKinds
import TestSupport
import Testing
import URLs

/// Which addresses may be reached, however they are written.
@Suite(.timeLimit(.minutes(1))) struct GuardTests {
    /// Spellings of addresses at which clouds keep keys: nothing opens the way to them.
    static let never = [
        "169.254.169.254", "169.254.169.254.", "169.254.0.1", "2852039166", "0xa9fea9fe",
        "0xA9.0xFE.0xA9.0xFE",
        "0251.0376.0251.0376", "169.254.43518", "169.0xfea9fe", "%31%36%39.254.169.254", "169。254。169。254",
        "１６９.254.169.254", "u@169.254.169.254", "u:p@169.254.169.254:80",
        "100.100.100.200", "1684301000", "192.0.0.192", "168.63.129.16", "0xa83f8110",
        "[fe80::1]", "[FE80::1]", "[febf::1]", "[fd00:ec2::254]", "[fd00:0ec2:0:0:0:0:0:254]",
        "[fd20:ce::254]",
        "[fd00:42::42]", "[fd00:c1::a9fe:a9fe]", "[fd00:a9fe:a9fe::1]", "[fd00:100::100:200]",
        "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::169.254.169.254]",
        "[::ffff:100.100.100.200]", "[::ffff:0:169.254.169.254]", "[64:ff9b::169.254.169.254]",
        "[64:ff9b::a83f:8110]", "[64:ff9b:1::169.254.169.254]", "[64:ff9b:1:a9fe:a9:fe00::]",
        "[2002:a9fe:a9fe::1]", "[2002:6464:64c8::1]", "[2001:0:808:808::5601:5601]",
        "[2001:0:a9fe:a9fe::f7f7:f7f7]", "[2606:4700::5efe:169.254.169.254]",
        "[2606:4700::200:5efe:192.0.0.192]",
    ]

    /// Spellings of this machine and the own network.
    static let inside = [
        "127.0.0.1", "127.1", "127.0.0.1.", "2130706433", "0x7f.1", "0x7F000001", "017700000001",
        "0177.0.0.1",
        "%31%32%37.0.0.1", "127。0。0。1", "127.255.255.254", "0", "0.0.0.0", "10.0.0.1", "10.1", "172.16.0.1",
        "172.31.255.255", "192.168.0.1", "192.168.257", "100.64.0.1", "198.18.0.1", "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::8.8.8.8]", "[2002:7f00:1::1]",
        "[2001:0:808:808::1]",
        "[2606:4700::5efe:127.0.0.1]", "[fc00::1]", "[fd12:3456::1]", "[fec0::1]", "[ff02::1]",
        "[2001:db8::1]",
        "[3fff::1]", "u@127.0.0.1", "example.org@10.0.0.1", "LOCALHOST",
    ]

    @Test(.timeLimit(.minutes(1)), arguments: never)
    func neverReached(host: String) async throws {
        let request = HTTPRequest(url: "http://\(host)/?token=canary", allowPrivate: true)
        let failure = try await withClient(allowed: ["0.0.0.0/0", "::/0", "169.254.169.254"]) {
            await $0.failure(of: request)
        }
        #expect(failure?.kind == .refused && failure?.message.contains("never reached") == true)
        #expect(failure?.message.contains("canary") == false && failure?.message.contains("u:p") == false)
    }

    @Test(.timeLimit(.minutes(1)), arguments: inside)
    func insideIsRefusedUnlessAllowed(host: String) async throws {
        let request = HTTPRequest(url: "http://\(host):1/?token=canary")
        let failure = try await withClient(allowed: []) { await $0.failure(of: request) }
        #expect(failure?.kind == .refused && failure?.message.contains("own network") == true, "\(host)")
        #expect(failure?.message.contains("canary") == false)
    }

    /// The refusal says how the one who asks would allow it.
    @Test(.timeLimit(.minutes(1))) func theRefusalSaysHowItIsAllowed() async throws {
        let plain = HTTPRequest(url: "http://127.0.0.1:1/")
        let usual = try await withClient(allowed: []) { await $0.failure(of: plain) }
        #expect(usual?.message.hasSuffix("with `allow_private: true` or --allow-host 127.0.0.1") == true)
        var request = plain
        request.allowsPrivateBy = "`x = true` in a file"
        let other = try await withClient(allowed: []) { [request] in await $0.failure(of: request) }
        #expect(other?.message.hasSuffix("with `x = true` in a file or --allow-host 127.0.0.1") == true)
    }

    /// Every address at which a cloud keeps keys, in every way in which it can be written.
    @Test(.timeLimit(.minutes(1))) func noSpellingIsReached() async throws {
        let spellings = AddressSpellings.metadata.flatMap(AddressSpellings.all)
        #expect(Set(spellings).count >= 200, "\(spellings.count)")
        try await withClient(allowed: ["0.0.0.0/0", "::/0"]) { client in
            for host in spellings {
                let failure = await client.failure(
                    of: HTTPRequest(url: "http://\(host)/", allowPrivate: true))
                #expect(
                    failure?.kind == .refused && failure?.message.contains("never reached") == true,
                    "\(host): \(failure?.message ?? "it was reached")")
            }
        }
    }

    /// The same of this machine and of the own network, which only the user's word opens.
    @Test(.timeLimit(.minutes(1))) func noSpellingLeadsInside() async throws {
        let spellings = AddressSpellings.inside.flatMap(AddressSpellings.all)
        #expect(Set(spellings).count >= 200, "\(spellings.count)")
        try await withClient(allowed: []) { client in
            for host in spellings {
                let failure = await client.failure(of: HTTPRequest(url: "http://\(host)/"))
                #expect(
                    failure?.kind == .refused && failure?.message.contains("own network") == true,
                    "\(host): \(failure?.message ?? "it was reached")")
            }
        }
    }

    /// A redirect to each spelling is refused like a request to it, and nothing is sent.
    @Test(.timeLimit(.minutes(1))) func redirectsAreChecked() async throws {
        let hosts = GuardTests.never + GuardTests.inside.filter { !$0.hasPrefix("127.0.0.1") }
        let server = try await TestServer { request, _ in
            let index = Int(request.path.dropFirst()) ?? 0
            return ServerAnswer(302, headers: [("location", "http://\(hosts[index])/")])
        }
        try await withClient(allowed: ["127.0.0.1:\(server.port)"]) { client in
            for (index, host) in hosts.enumerated() {
                let failure = await client.failure(of: HTTPRequest(url: "\(server.url)/\(index)"))
                #expect(failure?.kind == .refused, "\(host): \(failure?.message ?? "")")
            }
        }
        try await server.stop()
        #expect(server.seen.count == hosts.count)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "file:///etc/passwd", "ftp://example.org/", "gopher://127.0.0.1/", "javascript:1", "//[::1",
            "http://",
        ])
    func redirectsLeadToNothingElse(location: String) async throws {
        let server = try await TestServer { _, _ in ServerAnswer(302, headers: [("location", location)]) }
        let failure = try await withClient { await $0.failure(of: HTTPRequest(url: server.url)) }
        try await server.stop()
        #expect(failure?.kind == .url || failure?.kind == .redirects, "\(failure?.message ?? "")")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "http://example.org%40127.0.0.1/", "http://a\"b/", "http://a{b}/", "http://a`b/", "http://a,b/",
            "http://a..b/",
            "http://exa%00mple.org/", "http://", "ftp://example.org/", "example.org", "http://h:99999/",
        ])
    func hostsThatNoServerHas(url: String) async throws {
        let failure = try await withClient(allowed: []) { await $0.failure(of: HTTPRequest(url: url)) }
        #expect(failure?.kind == .url, "\(failure?.message ?? "")")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("2001:4860:4860::8888", AddressKind.publicAddress), ("64:ff9b::808:808", .publicAddress),
            ("2002:808:808::1", .publicAddress), ("::ffff:8.8.8.8", .publicAddress),
            ("2606:4700::5efe:8.8.8.8", .publicAddress), ("fd00:42::43", .privateAddress),
            ("fd20:cf::254", .privateAddress), ("64:ff9b:1::8.8.8.8", .privateAddress),
            ("fe80::1", .linkLocal),
            ("fd20:ce::254", .metadata), ("::ffff:168.63.129.16", .metadata),
        ])
    func kinds(address: String, kind: AddressKind) throws {
        let bytes = try #require(try WebURL("http://[\(address)]/").addressBytes)
        #expect(AddressKind(bytes) == kind)
    }
}

/// What `--allow-host` takes, and what it opens.
@Suite(.timeLimit(.minutes(1))) struct AllowedHostsTests {
    private func bytes(_ address: String) throws -> [UInt8] {
        let host = address.contains(":") ? "[\(address)]" : address
        return try #require(try WebURL("http://\(host)/").addressBytes)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("localhost", "localhost", 80, "127.0.0.1", true),
            ("LocalHost", "localhost", 80, "127.0.0.1", true),
            ("localhost.", "localhost", 80, "127.0.0.1", true),
            ("localhost", "localhost.", 80, "127.0.0.1", true),
            ("localhost", "other", 80, "127.0.0.1", false), ("db:5432", "db", 5432, "10.0.0.1", true),
            ("db:5432", "db", 80, "10.0.0.1", false), ("db:80", "db", 80, "10.0.0.1", true),
            ("bücher.example", "xn--bcher-kva.example", 80, "10.0.0.1", true),
            ("127.0.0.1", "any.example", 80, "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", 80, "127.0.0.2", false),
            ("127.0.0.1:81", "x", 81, "127.0.0.1", true), ("127.0.0.1:81", "x", 82, "127.0.0.1", false),
            ("127.0.0.1", "x", 80, "::ffff:127.0.0.1", true), ("::1", "[::1]", 80, "::1", true),
            ("[::1]", "[::1]", 80, "::1", true), ("[::1]:8080", "[::1]", 8080, "::1", true),
            ("[::1]:8080", "[::1]", 80, "::1", false), ("0:0:0:0:0:0:0:1", "[::1]", 80, "::1", true),
            ("10.0.0.0/8", "x", 80, "10.255.0.1", true), ("10.0.0.0/8", "x", 80, "11.0.0.1", false),
            ("192.168.4.0/22", "x", 80, "192.168.7.255", true),
            ("192.168.4.0/22", "x", 80, "192.168.8.0", false),
            ("10.0.0.1/32", "x", 80, "10.0.0.2", false), ("0.0.0.0/0", "x", 80, "10.0.0.2", true),
            ("fd00::/8", "x", 80, "fd12::1", true), ("[fd00::]/8", "x", 80, "fc00::1", false),
            ("fd00::/8", "x", 80, "10.0.0.1", false),
            ("*.Corp.example", "a.corp.example", 80, "10.0.0.1", true),
            ("*.corp.example", "a.b.corp.example", 80, "10.0.0.1", true),
            ("*.corp.example", "corp.example", 80, "10.0.0.1", false),
            ("*.corp.example", "evilcorp.example", 80, "10.0.0.1", false),
        ])
    func opens(pattern: String, host: String, port: UInt16, address: String, isOpen: Bool) throws {
        let hosts = try AllowedHosts([pattern])
        #expect(hosts.allows(host: host, port: port, address: try bytes(address)) == isOpen)
        #expect(!AllowedHosts.none.allows(host: host, port: port, address: try bytes(address)))
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "", " ", "a b", "*", "*.", "*.*.x", "*x.y", "a.*", "*.10.0.0.1", "http://x",
            "https://u:canary@x/y",
            "x/y",
            "/", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "10.0.0.1/8", "::1/129",
            "fd00::1/8",
            "x/8", "x:", "x:0x", "x:99999", "x:80:90", "u:canary@h", "%31.x", "x?y", "x#y", "[::1", "::1]",
            "fe80::1%eth0",
            "a..b", ".a", "a,b", "300.1.1.1", "1.2.3.4.5", "x\ty", "-x.com", "x-.com", "x.-com", "a.b-",
            "*.-x.com", "-", "x:0", "127.0.0.1:0", "[::1]:0", "x:00", "user@host/path", "@", "@h", "u@",
        ])
    func refuses(pattern: String) {
        let refused = #expect(throws: AllowedHostError.self) { try AllowedHosts(["ok", pattern]) }
        #expect(refused?.message.contains("canary") == false && refused?.message.isEmpty == false)
    }

    /// The sentence names what is odd and what to write.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (
                "user@db.internal",
                "`…@db.internal` has a user's name before its host: write the host alone, such as db.internal:8080"
            ),
            (
                "db.internal:0",
                "`db.internal:0` has port 0, at which no server listens: expected 1 to 65535"
            ),
        ])
    func refusesInWords(pattern: String, words: String) {
        #expect(throws: AllowedHostError(message: words)) { try AllowedHosts([pattern]) }
    }

    /// A hyphen within a part of a name is as common as letters.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["a-b.com", "xn--bcher-kva.example", "_srv.a--b.com:1", "*.a-b.com"])
    func takesHyphens(pattern: String) throws { _ = try AllowedHosts([pattern]) }
}

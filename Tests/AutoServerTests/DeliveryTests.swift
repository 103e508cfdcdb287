import AutoRuntime
import AutoServer
import OrderedCollections
import Testing
import Values

/// Tags, compression, HEAD and OPTIONS.
@Suite(.timeLimit(.minutes(1))) struct DeliveryTests {
    @Test func whatAClientHasIsNotSentAgain() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            let session = try await client.start(path)
            _ = try await client.ended(session)
            for one in ["/automations?view=summary", path, session, "/sessions", "/page.js", "/me"] {
                let first = try await client.get(one)
                let tag = try #require(first.header("ETag"), "\(one)")
                #expect(tag.hasPrefix("W/\""))
                for known in [tag, String(tag.dropFirst(2)), "\"other\", \(tag)", "*"] {
                    let again = try await client.get(one, headers: ["If-None-Match": known])
                    #expect(again.status == 304 && again.bytes.isEmpty, "\(one) \(known)")
                    #expect(again.header("ETag") == tag)
                }
                let other = try await client.get(one, headers: ["If-None-Match": "\"other\""])
                #expect(other.status == 200 && other.text == first.text)
            }
            let before = try await client.get("/sessions").header("ETag")
            _ = try await client.ended(try await client.start(path))
            #expect(try await client.get("/sessions").header("ETag") != before)
        }
    }

    /// Who keeps answers between a client and the server must not give JSON to who asked for events or text.
    @Test func whatDependsOnAcceptSaysSo() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            let session = try await client.start(path)
            _ = try await client.ended(session)
            for one in [path, session, path + "/sessions", "/sessions"] {
                let answer = try await client.get(one)
                let tag = answer.header("ETag") ?? "none"
                let text = try await client.get(one, headers: ["Accept": "text/x-auto"])
                let known = try await client.get(one, headers: ["If-None-Match": tag])
                for vary in [answer, text, known].map({ $0.header("Vary") ?? "" }) {
                    let names = vary.split(separator: ",").map { $0.filter { $0 != " " } }
                    #expect(names.contains("Accept"), "\(one): \(vary)")
                }
            }
            #expect(try await client.get("/me").header("Vary")?.contains("Accept,") != true)
        }
    }

    @Test func answersAreCompressedForWhoTakesIt() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            let large = String(repeating: "x", count: 100_000)
            let session = try await client.start(path, #"{"inputs": {"name": "\#(large)"}}"#)
            _ = try await client.ended(session)
            for one in [session, path + "/sessions", "/page.js", "/openapi.json"] {
                let plain = try await client.get(one)
                #expect(plain.header("Content-Encoding") == nil)
                let vary = one.hasPrefix(path) ? "Accept, Accept-Encoding" : "Accept-Encoding"
                #expect(plain.header("Vary") == vary, "\(one)")
                let small = try await client.get(one, headers: ["Accept-Encoding": "br, gzip;q=0.5"])
                #expect(small.header("Content-Encoding") == "gzip", "\(one)")
                #expect(small.bytes.prefix(2) == [0x1F, 0x8B] && small.bytes.count < plain.bytes.count / 2)
                for header in ["br", "gzip;q=0", "identity"] {
                    let other = try await client.get(one, headers: ["Accept-Encoding": header])
                    #expect(other.bytes == plain.bytes, "\(one) \(header)")
                }
            }
            let events = try await client.get(
                session, headers: ["Accept": "text/event-stream", "Accept-Encoding": "gzip"])
            #expect(events.header("Content-Encoding") == nil && events.events.count == 1)
        }
    }

    @Test func headTellsWhatGetWould() async throws {
        try await TestServer().run { client in
            let path = try await client.make(hello)
            for one in ["/healthz", "/automations", path, "/page.js"] {
                let (get, head) = (try await client.get(one), try await client.send(.head, one))
                #expect(head.status == 200 && head.bytes.isEmpty)
                for name in ["Content-Type", "Content-Length", "ETag"] {
                    #expect(head.header(name) == get.header(name), "\(one) \(name)")
                }
            }
        }
    }

    @Test func optionsTellsWhatAPathCan() async throws {
        try await TestServer().run { client in
            let stranger = client.with(token: nil)
            let list = try await stranger.send(.options, "/automations/")
            #expect(list.status == 204 && list.bytes.isEmpty)
            #expect(list.header("Allow") == "POST, GET, HEAD, OPTIONS")
            #expect(try await stranger.send(.options, "/nowhere").status == 404)
            let wrong = try await client.send(.delete, "/sessions")
            #expect(wrong.status == 405 && wrong.header("Allow") == "GET, HEAD, OPTIONS")
        }
    }

    @Test func theDescriptionHasTheAPIOnly() async throws {
        try await TestServer().run { client in
            let description = try await client.get("/openapi.json").json
            let paths = description["paths"].keys
            #expect(paths.contains("/sessions") && paths.contains("/files"))
            #expect(!paths.contains("/") && !paths.contains { $0.hasSuffix(".js") || $0.hasSuffix(".css") })
            let statuses = description["components"]["schemas"]["Status"]["enum"].items.map(\.asText)
            #expect(statuses == Status.allCases.map(\.rawValue))
            let tags = Set(description["tags"].items.map { $0["name"].asText })
            for path in paths {
                for (_, operation) in description["paths"][path].asMap?.entries ?? [:] {
                    guard operation.asMap != nil else { continue }
                    #expect(tags.isSuperset(of: operation["tags"].items.map(\.asText)), "\(path)")
                }
            }
        }
    }
}

import AutoChecker
import AutoConfig
import Foundation
import TestSupport
import Testing
import Values

/// `[provider.NAME]` of `autorun.toml`.
@Suite(.timeLimit(.minutes(1))) struct ProviderTableTests {
    private func providers(_ texts: String...) throws -> [String: ProviderSettings] {
        var settings = ProjectSettings()
        for text in texts { try settings.read(text, from: "autorun.toml") }
        return settings.check.providers
    }

    @Test func everythingIsRead() throws {
        let read = try providers(
            """
            [provider.mine]
            kind = "openai"
            base = "https://example.org/v1"
            key = "MY_KEY"
            headers = { "x-team" = "red" }
            query = { "api-version" = "2024-10-21" }
            timeout = "2m"
            first_token = 15
            at_once = 8
            per_minute = 100
            proxy = "http://proxy.example:3128"
            extra = { top_k = 40, stop = ["a"], deep = { on = true } }
            structured = "json"
            stream_options = false
            max_tokens = "max_completion_tokens"
            embed_batch = 16
            """)
        var expected = ProviderSettings(
            .openai, base: "https://example.org/v1", key: "MY_KEY", structured: .json, streamOptions: false,
            tokensField: .maxCompletionTokens, embedBatch: 16)
        expected.headers = ["x-team": "red"]
        expected.query = ["api-version": "2024-10-21"]
        expected.timeout = 120_000_000_000
        expected.firstToken = 15_000_000_000
        expected.atOnce = 8
        expected.perMinute = 100
        expected.proxy = "http://proxy.example:3128"
        expected.extra = [
            "top_k": .int(40), "stop": .list([.string("a")]), "deep": .record([("on", .bool(true))]),
        ]
        #expect(read == ["mine": expected])
    }

    /// Of a known provider the base and the key are known.
    @Test func aKnownProviderNeedsNoBase() throws {
        #expect(try providers("[provider.groq]\nat_once = 2")["groq"]?.atOnce == 2)
        #expect(try providers("[provider.azure]\nat_once = 2")["azure"]?.base == nil)
        #expect(try providers("[provider.other]\nkind = \"ollama\"")["other"]?.kind == .ollama)
    }

    /// The user's own file is read first.
    @Test func theLaterFileSaysMore() throws {
        let both = try providers(
            "[provider.mine]\nbase = \"http://127.0.0.1:1\"\nat_once = 1\nheaders = { a = \"1\" }",
            "[provider.mine]\nat_once = 2\nheaders = { b = \"2\" }\n[provider.other]\nbase = \"http://127.0.0.1:2\""
        )
        #expect(both["mine"]?.base == "http://127.0.0.1:1" && both["mine"]?.atOnce == 2)
        #expect(both["mine"]?.headers == ["a": "1", "b": "2"] && both.count == 2)
    }

    @Test(arguments: [
        (
            "provider = 1",
            "[provider] is a table: write [provider] on a line of its own, and its keys below it"
        ),
        (
            "[provider]\nmine = 1",
            "[provider]: `mine` is a table, such as [provider.mine] with `base = \"https://…\"`"
        ),
        (
            "[provider.mine]\nkey = \"K\"",
            "[provider.mine] needs `base`, the url below which the server's `/chat/completions` lies"
        ),
        ("[provider.mine]\nbsae = \"\"", "[provider.mine] has no `bsae`: did you mean `base`?"),
        (
            "[provider.builtin]\nbase = \"http://a\"",
            "[provider.builtin]: a provider cannot have this name, which stands before the `/` of its models' names"
        ),
        (
            "[provider.mine]\nbase = \"example.org\"",
            "[provider.mine] `base` is an http or https url, such as \"https://example.org/v1\", without `?`, found \"example.org\""
        ),
        (
            "[provider.groq]\nkind = \"openia\"",
            "[provider.groq] `kind` is \"openai\", \"anthropic\" or \"ollama\", found \"openia\""
        ),
        (
            "[provider.groq]\nstructured = true",
            "[provider.groq] `structured` is \"schema\", \"json\" or \"prompt\", found true"
        ),
        (
            "[provider.groq]\nat_once = 0",
            "[provider.groq] `at_once` is a whole number from 1 to 1000000, found 0"
        ),
        (
            "[provider.groq]\nstream_options = \"no\"",
            "[provider.groq] `stream_options` is true or false, found \"no\""
        ),
        (
            "[provider.groq]\ntimeout = \"soon\"",
            "[provider.groq] `timeout` is a time such as \"30s\" or \"2m\", or a number of seconds, from a millisecond up to a day, found \"soon\""
        ),
        (
            "[provider.groq]\nfirst_token = 0.0001",
            "[provider.groq] `first_token` is a time such as \"30s\" or \"2m\", or a number of seconds, from a millisecond up to a day, found 0.0001"
        ),
        (
            "[provider.groq]\nheaders = { a = 1 }",
            "[provider.groq] `headers`: `a` is a text in quotes, found 1"
        ),
        (
            "[provider.groq]\nheaders = { \"a b\" = \"1\" }",
            "[provider.groq] `headers`: `a b` is no name of a header, which has letters, digits and `-`"
        ),
        (
            "[provider.groq]\nheaders = { a = \"secret\\nx: y\" }",
            "[provider.groq] `headers`: the value of `a` has a line break or another control character"
        ),
        (
            "[provider.groq]\nproxy = \"socks5://a\"",
            "[provider.groq] `proxy` is the url of an HTTP proxy, such as \"http://proxy.example:3128\", or \"\" for none, found \"socks5://a\""
        ),
        (
            "[provider.groq]\nextra = [1]",
            "[provider.groq] `extra` is a table of fields of the request's body, such as { top_k = 40 }, found a list"
        ),
        (
            "[provider.groq]\nextra = { a = 2024-01-01 }",
            "[provider.groq] `extra`: `a` is no value that JSON has"
        ),
        (
            "[provider.groq]\nextra = { a = [inf] }",
            "[provider.groq] `extra`: `a` is no value that JSON has"
        ),
        (
            "[provider.groq]\nextra = { model = \"m\" }",
            "[provider.groq] `extra` cannot say `model`, which each question says itself"
        ),
    ])
    func mistakesAreToldInWords(text: String, words: String) {
        #expect(throws: SettingsError(message: "autorun.toml: " + words)) { try providers(text) }
    }

    /// Who writes the key itself into the file does not see it in an error, too.
    @Test func aKeyInTheFileIsNotRepeated() throws {
        let error = #expect(throws: SettingsError.self) {
            try providers("[provider.groq]\nkey = \"gsk_0123456789abcdef\"")
        }
        #expect(
            error?.message.contains("gsk_") == false && error?.message.contains("not the key itself") == true)
    }

    @Test func pricesKnowWhatIsCached() throws {
        var settings = ProjectSettings()
        try settings.read(
            "[prices]\n\"m\" = { input = 2, output = 4, cached = 0.5, kept = 3 }", from: "autorun.toml")
        let kept = Price.Kept(minutes: 3, hour: 3)
        #expect(settings.price(of: "m") == Price(input: 2, output: 4, cached: 0.5, kept: kept))
        for wrong in ["cached = -1", "kept = -1", "kept_hour = \"2\""] {
            let error = #expect(throws: SettingsError.self) {
                try settings.read(
                    "[prices]\n\"m\" = { input = 2, output = 4, \(wrong) }", from: "autorun.toml")
            }
            #expect(error?.message.contains("`\(wrong.prefix { $0 != " " })` of `m` is a number") == true)
        }
    }

    /// The page of the settings has the table that is made of the keys.
    @Test func theDocumentationHasEachKey() throws {
        let page = try String(contentsOfFile: Command.root + "/Grammar/README.md", encoding: .utf8)
        let start = try #require(page.range(of: "<!-- made from Sources/AutoConfig: provider -->\n"))
        let rest = page[start.upperBound...]
        let end = try #require(rest.range(of: "\n<!-- end -->"))
        #expect(rest[..<end.lowerBound] == ProviderKey.table)
    }

    /// Each key can be written, and none is left out of what is read.
    @Test(arguments: ProviderKey.allCases) func eachKeyIsRead(key: ProviderKey) throws {
        let values: [ProviderKey: String] = [
            .kind: "\"anthropic\"", .base: "\"https://example.org\"", .key: "\"A_KEY\"",
            .headers: "{ a = \"b\" }", .query: "{ a = \"b\" }", .timeout: "\"1s\"", .firstToken: "2",
            .atOnce: "3", .perMinute: "4", .proxy: "\"\"", .extra: "{ a = 1 }", .structured: "\"json\"",
            .streamOptions: "false", .maxTokens: "\"max_tokens\"", .embedBatch: "5",
        ]
        let value = try #require(values[key])
        let read = try providers("[provider.groq]\n\(key.rawValue) = \(value)\n")["groq"]
        #expect(read != ProviderSettings())
    }
}

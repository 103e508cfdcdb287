import Diagnostics
import Testing

/// Constants that a step would refuse each time it runs.
@Suite(.timeLimit(.minutes(1))) struct ConstantCheckTests {
    private func file(_ type: String, _ fields: String) -> String {
        """
        automation "A"
        input x: text = "y"
        secret KEY
        START begin -> a
        \(type) a -> end { timeout: 5s, prompt_template { \(fields) } }

        """
    }

    private func request(_ fields: String) -> String {
        file("REST_API", "url: \"https://a.example\", " + fields)
    }

    @Test(arguments: [
        ("REST_API", #"url: "a.example/b""#, #"write "https://a.example/b""#),
        ("REST_API", #"url: "localhost:8000/b""#, #"write "https://localhost:8000/b""#),
        ("REST_API", #"url: "/b""#, "write for example"),
        ("REST_API", #"url: "ftp://a.example""#, "write for example"),
        ("REST_API", #"url: "a.example/${inputs.x}""#, "write for example"),
        ("REST_API", #"url: "file:a.json""#, "write for example"),
        ("WEB_SCRAPE", #"url: "a.example""#, #"write "https://a.example""#),
    ])
    func aURLHasAScheme(type: String, fields: String, help: String) {
        let told = errors(file(type, fields))
        #expect(told.map(\.code) == [.badSetting] && told[0].help?.hasPrefix(help) == true, "\(told)")
    }

    @Test(arguments: [
        ("REST_API", #"url: "${inputs.x}/b""#), ("REST_API", #"url: "${inputs.x}://a.example/b""#),
        ("REST_API", #"url: "HTTPS://a.example""#), ("REST_API", #"url: "https://${inputs.x}/b""#),
        ("REST_API", #"url: "http${inputs.x}""#), ("REST_API", "url: inputs.x"),
        ("WEB_SCRAPE", #"url: "file:a.html""#), ("WEB_SCRAPE", #"url: "https://a.example?b=c:d""#),
    ])
    func otherURLsPass(type: String, fields: String) { #expect(errors(file(type, fields)).isEmpty) }

    @Test(arguments: [
        ("auth: { token: secrets.KEY }", "`auth` has no `token`"),
        ("auth: { basic: \"x\" }", "`auth` has no `basic`"),
        ("auth: { user: \"a\" }", "`auth` takes { bearer: … } or { user: …, password: … }"),
        (#"headers: { "a b": "c" }"#, "a header's name has letters"),
        ("expect: []", "`expect` names no status"),
        (
            #"headers: { "Content-Type": "multipart/form-data; boundary=x" }, form: { a: "1" }"#,
            "a `form` is sent as application/x-www-form-urlencoded"
        ),
    ])
    func whatNoRequestTakesIsTold(fields: String, words: String) {
        let told = errors(request(fields))
        #expect(told.count == 1 && told[0].message.hasPrefix(words), "\(told.map(\.message))")
    }

    @Test(arguments: [
        "auth: { bearer: secrets.KEY }", "auth: { user: \"a\", password: secrets.KEY }", "expect: [200]",
        #"headers: { "X-A": "c" }"#,
        #"headers: { "content-type": "application/x-www-form-urlencoded" }, form: { a: "1" }"#,
    ])
    func whatRequestsTakePasses(fields: String) { #expect(errors(request(fields)).isEmpty) }

    @Test(arguments: [
        ("temperature: 3", "`temperature` is between 0 and 2"),
        ("temperature: -1", "`temperature` is between 0 and 2"),
        ("top_p: 2", "`top_p` is between 0 and 1"), ("max_tokens: 0", "`max_tokens` is at least 1"),
        ("temperature: 2", nil), ("top_p: 0.5", nil), ("max_tokens: 1", nil),
    ])
    func numbersAreInTheirRange(field: String, words: String?) {
        let told = errors(file("LLM_CALL", "user: \"a\", \(field)"))
        #expect(
            told.count == (words == nil ? 0 : 1) && words.map { told[0].message.hasPrefix($0) } ?? true,
            "\(told)")
    }

    @Test(arguments: [
        ("messages: []", "a conversation has one entry at least"),
        (#"messages: ["hi"]"#, "an entry of `messages` is a record, found a text"),
    ])
    func aConversationHasEntries(field: String, words: String) {
        #expect(errors(file("LLM_CALL", field)).map(\.message) == [words])
    }
}

import AutoChecker
import Diagnostics
import Testing

/// Keys that are written into a file, by the forms in which services give them out.
@Suite(.timeLimit(.minutes(1))) struct WrittenKeyTests {
    private func isFound(_ text: String) -> Bool {
        let file = """
            automation "A"
            START begin -> a
            DATA_TRANSFORM a -> end { prompt_template { value: "\(text)" } }

            """
        return check(SourceText(name: "a.auto", text: file)).findings.contains { $0.code == .hardCodedKey }
    }

    /// Each key is put together here, so that nobody takes this file for one that holds keys.
    @Test(arguments: [
        ("sk-", 20), ("sk_live_", 16), ("ghp_", 30), ("github_pat_", 30), ("glpat-", 20), ("xoxb-", 10),
        ("AKIA", 16),
        ("AIza", 35), ("hf_", 30), ("https://a.example/?api_key=", 12),
        ("https://a.example/x?a=1&token=", 12),
    ])
    func aKeyIsFound(start: String, letters: Int) {
        let key = start + String(repeating: "A", count: letters)
        #expect(isFound(key) && isFound("the key is \(key), and no other"))
        #expect(!isFound(String(key.dropLast())))
    }

    @Test func otherFormsAreFound() {
        let part = String(repeating: "a", count: 16)
        #expect(isFound("SG." + part + "." + part))
        #expect(isFound("eyJ" + part + ".eyJ" + part + "." + part))
        #expect(isFound("-----BEGIN RSA PRIVATE" + " KEY-----"))
        #expect(isFound("https://eva:" + "secret@a.example/x"))
    }

    @Test(arguments: [
        "a text without any of that, however long it is", "https://a.example/a-very-long-path-of-a-page",
        "-----", "ada@a.example",
        "https://a.example/?page=1&q=what", "https://eva@a.example/",
    ])
    func nothingElseIs(text: String) { #expect(!isFound(text)) }
}

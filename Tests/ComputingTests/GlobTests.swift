import Computing
import Testing

/// One matcher of paths, for documents and for what a check leaves out.
@Suite(.timeLimit(.minutes(1))) struct GlobTests {
    @Test(arguments: [
        ("*.md", "a.md", true), ("*.md", "a.mdx", false), ("*.md", "b/a.md", false), ("b/*", "b/a", true),
        ("?.md", "ä.md", true), ("?.md", "ab.md", false), ("[a-c]x", "bx", true), ("[a-c]x", "dx", false),
        ("[!a-c]x", "dx", true), ("[!a-c]x", "ax", false), ("[]]", "]", true), ("[a", "[a", true),
        ("[", "[", true), ("\\*", "*", true), ("\\*", "a", false), ("[a-]", "-", true),
        ("**", "a/b/c", true), ("**", "a", true), ("**/c", "c", true), ("**/c", "a/b/c", true),
        ("a/**/c", "a/c", true), ("a/**/c", "a/b/b/c", true), ("a/**/c", "b/c", false),
        ("a/**", "a/b", true), ("a*b*c", "axxbyyc", true), ("a*b*c", "axxbyy", false),
        ("*", ".env", false), ("**", ".git/config", false), ("**/x", ".git/x", false), (".env", ".env", true),
        (".e*", ".env", true), ("?env", ".env", false), ("[.]env", ".env", false), ("", "a", false),
    ])
    func matches(pattern: String, path: String, fits: Bool) { #expect(Glob(pattern).matches(path) == fits) }

    @Test(arguments: [
        ("drafts", "drafts", true), ("drafts", "a/drafts/b.auto", true), ("drafts/", "x/drafts/b.auto", true),
        ("drafts/**", "drafts/a/b.auto", true), ("drafts/**", "x/drafts/a.auto", false),
        ("*.test.auto", "a/b.test.auto", true), ("a/*.auto", "a/b.auto", true),
        ("a/*.auto", "x/a/b.auto", false), ("a/b", "a/b/c.auto", true), ("a/b", "a/bc.auto", false),
        ("", "a.auto", false), ("**", "a.auto", true),
    ])
    func covers(pattern: String, path: String, fits: Bool) { #expect(Glob(pattern).covers(path) == fits) }

    /// A matcher that tried every way would not end in the time that this suite has.
    @Test func manyStarsEnd() {
        let name = String(repeating: "a", count: 5_000)
        #expect(!Glob(String(repeating: "a*", count: 200) + "b").matches(name))
        let path = Array(repeating: "a", count: 500).joined(separator: "/")
        #expect(!Glob(Array(repeating: "**", count: 100).joined(separator: "/") + "/b").matches(path))
    }
}

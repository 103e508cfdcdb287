import AutoRuntime
import AutoSteps
import Foundation
import StepKinds
import Testing

/// How files of the automation's folder are named.
@Suite(.timeLimit(.minutes(1))) struct FolderNameTests {
    /// A folder with the files `a.md`, `b c.md`, `50%.md`, `x#y.md`, `.hidden.md`, `docs/d.md` and
    /// `docs/deep/e.md`.
    private func withFolder(_ body: (Folder) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/autorun names-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(
            atPath: path + "/docs/deep", withIntermediateDirectories: true)
        let names = [
            "a.md", "b c.md", "50%.md", "x#y.md", ".hidden.md", "docs/d.md", "docs/deep/e.md",
        ]
        for name in names { try Data(name.utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
        try body(Folder(path: path))
    }

    @Test(arguments: [
        ("file:a.md", "a.md"), ("FILE:a.md", "a.md"), ("file:./docs/../a.md", "a.md"),
        ("file:a.md#part", "a.md"),
        ("file:a.md?x=1", "a.md"), ("file:b%20c.md", "b c.md"), ("file:50%25.md", "50%.md"),
        ("file:x%23y.md", "x#y.md"), ("file:docs/d.md", "docs/d.md"), ("file:docs%2Fd.md", "docs/d.md"),
    ])
    func urlsAreRead(url: String, name: String) throws {
        try withFolder { folder in
            let found = try folder.name(inURL: url)
            let text = try folder.read(found ?? "")
            #expect(found == name && text == Array(name.utf8))
        }
    }

    @Test func absoluteURLsStayInTheFolder() throws {
        try withFolder { folder in
            let start = "file://" + folder.path.replacingOccurrences(of: " ", with: "%20")
            let names = try [start + "/a.md#x", "file:///etc/passwd", "https://example.org/a.md"].map {
                try folder.name(inURL: $0)
            }
            #expect(names == ["a.md", "/etc/passwd", nil])
            let refused = #expect(throws: StepFailure.self) { try folder.read("/etc/passwd") }
            #expect(refused?.kind == .refused)
        }
    }

    @Test(arguments: [
        "file:../a.md", "file:docs/../../x", "file:%2e%2e/x", "file://server/a.md", "file:%FF.md",
    ])
    func whatLeadsOutIsRefused(url: String) throws {
        try withFolder { folder in
            let failure = #expect(throws: StepFailure.self) { try folder.name(inURL: url) }
            #expect(failure?.message.contains("`\(url)`") == true)
            #expect(failure?.message.contains(folder.path) == false)
        }
    }

    @Test(arguments: [
        ("*.md", ["50%.md", "a.md", "b c.md", "x#y.md"]),
        ("**/*.md", ["50%.md", "a.md", "b c.md", "docs/d.md", "docs/deep/e.md", "x#y.md"]),
        ("docs/**", ["docs/d.md", "docs/deep/e.md"]), ("docs/*", ["docs/d.md"]),
        (".hidden.md", [".hidden.md"]),
        ("docs", []), ("nothing*", []),
    ])
    func globsNameFiles(pattern: String, names: [String]) throws {
        try withFolder { folder in
            let found = try folder.files(matching: pattern)
            #expect(found == names)
        }
    }
}

import AutoChecker
import AutoConfig
import Diagnostics
import Foundation
import TestSupport
import Testing

/// What `autorun.toml` says, and how its mistakes are told.
@Suite(.timeLimit(.minutes(1))) struct ProjectSettingsTests {
    private func settings(_ text: String) throws(SettingsError) -> ProjectSettings {
        var settings = ProjectSettings()
        try settings.read(text, from: "autorun.toml")
        return settings
    }

    @Test func everythingIsRead() throws {
        let settings = try settings(
            """
            [model]
            default = "openai/gpt-x"
            embedding = "text-embedding-3-small"
            [check]
            exclude = ["drafts/**", "old.auto"]
            max_cost = 0
            [check.severity]
            a502 = "error"
            A113 = "off"
            [check.windows]
            "my-model" = 32000
            [prices]
            "my-model" = { input = 1, output = 2.5 }
            """)
        #expect(
            settings.defaultModel == "openai/gpt-x" && settings.embeddingModel == "text-embedding-3-small")
        #expect(settings.exclude == ["drafts/**", "old.auto"] && settings.check.maxCost == 0)
        #expect(settings.check.severities == [.noTimeout: .error, .unusedInput: .off])
        #expect(settings.check.windows == ["my-model": 32_000])
        let price = try #require(settings.price(of: "my-model"))
        #expect(price.input == 1 && price.output == 2.5)
    }

    @Test func anEmptyFileChangesNothing() throws {
        #expect(try settings("").defaultModel == nil && settings("# only a comment\n").exclude.isEmpty)
    }

    /// The user's own file is read first: what the project says wins, what it leaves out stays.
    @Test func theLaterFileWins() throws {
        var both = try settings("[model]\ndefault = \"a\"\nembedding = \"b\"\n[check]\nmax_cost = 5")
        try both.read("[model]\ndefault = \"c\"", from: "autorun.toml")
        #expect(both.defaultModel == "c" && both.embeddingModel == "b" && both.check.maxCost == 5)
    }

    /// A sentence names the file, what was found there and what is expected.
    @Test(arguments: [
        ("[model\n", "autorun.toml:1:7: no valid TOML"), ("x = = 1", "autorun.toml:1:5: no valid TOML"),
        ("[modle]", "autorun.toml: the file has no `modle`: did you mean `model`?"),
        (
            "[nothing]",
            "autorun.toml: the file has no `nothing`; there are `model`, `provider`, `mcp`, `check`, `prices`, `network`, `server` and `trust`"
        ),
        (
            "model = 1",
            "autorun.toml: [model] is a table: write [model] on a line of its own, and its keys below it"
        ),
        ("[model]\ndefault = 1", "autorun.toml: [model] `default` is a text in quotes"),
        ("[model]\ndefualt = \"x\"", "autorun.toml: [model] has no `defualt`: did you mean `default`?"),
        ("[check.severity]\nA999 = \"off\"", "autorun.toml: [check] severity: there is no code `A999`"),
        (
            "[check.severity]\nA502 = \"loud\"",
            "autorun.toml: [check] severity: `A502` is \"error\", \"warning\" or \"off\""
        ),
        (
            "[check.severity]\nA101 = \"warning\"",
            "autorun.toml: [check] severity: `A101` stays an error: the file would run without what could not be read or found"
        ),
        ("[check.windows]\nm = -1", "autorun.toml: [check] windows: `m` is a whole number of tokens"),
        ("[check.windows]\nm = \"1\"", "autorun.toml: [check] windows: `m` is a whole number of tokens"),
        (
            "[check]\nexclude = \"x\"",
            "autorun.toml: [check] exclude is a list of globs, such as [\"drafts/**\"]"
        ),
        (
            "[check]\nexclude = [1]",
            "autorun.toml: [check] exclude is a list of globs, such as [\"drafts/**\"]"
        ),
        ("[check]\nmax_cost = -1", "autorun.toml: [check] max_cost is a whole number of model calls"),
        (
            "[prices]\nm = 3",
            "autorun.toml: [prices]: `m` is { input = …, output = … }, dollars for a million tokens"
        ),
        (
            "[prices]\nm = { input = -1, output = 1 }",
            "autorun.toml: [prices]: `m` is { input = …, output = … }, dollars for a million tokens"
        ),
        ("[prices]\nm = { inptu = 1 }", "autorun.toml: [prices] `m` has no `inptu`: did you mean `input`?"),
    ])
    func mistakesAreToldInWords(text: String, words: String) {
        #expect(throws: SettingsError(message: words)) { try settings(text) }
    }
}

/// Which `autorun.toml` holds for a file.
@Suite(.timeLimit(.minutes(1))) struct SettingsFinderTests {
    /// Makes the files, and gives the folder in which they stand.
    private func withFiles(_ files: [(String, String)], _ body: (String) throws -> Void) throws {
        let command = try Command()
        defer { command.clean() }
        for (name, text) in files { _ = try command.file(name, text) }
        try body(command.state)
    }

    private func model(_ name: String) -> String { "[model]\ndefault = \"\(name)\"\n" }

    @Test func theNearestFileHolds() throws {
        try withFiles([
            ("user/autorun.toml", model("user") + "embedding = \"e\"\n"),
            ("p/autorun.toml", model("project")),
            ("p/a/b/autorun.toml", model("deep")), ("p/a/x.auto", ""), ("q/y.auto", ""),
        ]) { root in
            var finder = SettingsFinder(userFolder: root + "/user")
            let near = try finder.settings(for: root + "/p/a")
            #expect(near.settings.defaultModel == "project" && near.folder == root + "/p")
            #expect(near.settings.embeddingModel == "e", "the user's own settings stand below")
            #expect(try finder.settings(for: root + "/p/a/b").settings.defaultModel == "deep")
            let none = try finder.settings(for: root + "/q")
            #expect(none.settings.defaultModel == "user" && none.folder == "/")
        }
    }

    @Test func withoutAUserThereAreDefaults() throws {
        try withFiles([("q/y.auto", "")]) { root in
            var finder = SettingsFinder(userFolder: nil)
            let found = try finder.settings(for: root + "/q")
            #expect(found.settings.defaultModel == nil)
        }
    }

    /// A mistake is told each time, and not taken for a file that says nothing.
    @Test func mistakesAreNotForgotten() throws {
        try withFiles([("p/autorun.toml", "[modle]")]) { root in
            var finder = SettingsFinder(userFolder: nil)
            for _ in 0..<2 {
                let error = #expect(throws: SettingsError.self) { try finder.settings(for: root + "/p") }
                #expect(
                    error?.message.contains("did you mean `model`?") == true && error?.isUnreadable == false)
            }
        }
    }

    /// A folder of this name is there and cannot be read.
    @Test func whatCannotBeReadIsTold() throws {
        try withFiles([("p/autorun.toml/x", "")]) { root in
            var finder = SettingsFinder(userFolder: nil)
            let error = #expect(throws: SettingsError.self) { try finder.settings(for: root + "/p") }
            #expect(error?.isUnreadable == true && error?.message.hasPrefix("cannot read ") == true)
        }
    }
}

/// Paths and files, read without Foundation.
@Suite(.timeLimit(.minutes(1))) struct FileTests {
    @Test(arguments: [("a/b", "a"), ("/a", "/"), ("/a/b/c", "/a/b"), ("a", "."), ("", ".")])
    func parents(path: String, folder: String) { #expect(parent(of: path) == folder) }

    @Test(arguments: [("/a/./b/../c", "/a/c"), ("/../..", "/"), ("//a//b/", "/a/b"), ("/", "/")])
    func pathsFromTheRoot(path: String, expected: String) { #expect(absolute(path) == expected) }

    @Test func relativePathsBeginHere() {
        let here = FileManager.default.currentDirectoryPath
        #expect(absolute("x/../y") == (here == "/" ? "" : here) + "/y")
    }

    @Test func filesAreReadWhole() throws {
        let command = try Command()
        defer { command.clean() }
        let text = String(repeating: "zeile\n", count: 50_000)
        let path = try command.file("a.txt", text)
        #expect(try readFile(path).get() == Array(text.utf8))
        #expect(throws: ReadError.self) { try readFile(command.state + "/nothing").get() }
    }

    /// Opening a pipe would wait for who writes into it: nobody does.
    @Test func pipesAreNoFiles() throws {
        let command = try Command()
        defer { command.clean() }
        try #require(mkfifo(command.state + "/pipe", 0o600) == 0)
        let error = #expect(throws: ReadError.self) { try readFile(command.state + "/pipe").get() }
        #expect(error?.reason == "it is a named pipe, and no file")
    }

    @Test func automationsAreFoundInOrder() throws {
        let command = try Command()
        defer { command.clean() }
        let names = [
            "b.auto", "a.auto", "x.txt", ".hidden.auto", "c/d.auto", ".git/e.auto", "node_modules/f.auto",
            "out/g.auto",
        ]
        for name in names { _ = try command.file("all/" + name, "") }
        let folder = command.state + "/all"
        // A link back to the folder itself would lead round for ever.
        try FileManager.default.createSymbolicLink(atPath: folder + "/round", withDestinationPath: folder)
        let found = automations(in: folder) { $0.hasSuffix("/out") }
        #expect(found == ["a.auto", "b.auto", "c/d.auto"].map { folder + "/" + $0 })
        #expect(automations(in: folder + "/nothing") { _ in false }.isEmpty)
        #expect(isFolder(folder) && !isFolder(folder + "/a.auto") && !isFolder(folder + "/nothing"))
    }
}

import Foundation
import TestSupport
import Testing

/// A machine on which autorun-worker cannot start, because a library of another version is installed or none
/// at all: what is not checked for that is said, and what cannot be done fails in words.
@Suite(.timeLimit(.minutes(1))) struct MissingLibraryTests {
    private static let page = """
        automation "Page"
        START begin -> t
        WEB_SCRAPE t -> end { prompt_template { html: "<p>a", select: { a: xpath("//p[") } } }

        """

    private static let missing =
        "autorun-worker cannot be started, since libraries that it needs are missing: "
        + "install libxml2, libuchardet, libyaml, libjq and libpcre2"

    /// Runs a command beside a worker that ends as the system's loader ends a program without its libraries.
    private func run(_ name: String, _ arguments: [String]) async throws -> CommandResult {
        let command = try Command()
        defer { command.clean() }
        let path = try command.copy(name, to: "bin")
        let worker = try command.file("bin/autorun-worker", "#!/bin/sh\nexit 127\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: worker)
        let file = try command.file("page.auto", MissingLibraryTests.page)
        let process = command.process(name, arguments + [file])
        process.executableURL = URL(fileURLWithPath: path)
        return try await command.run(process)
    }

    @Test func theCheckerSaysWhatItDoesNotCheck() async throws {
        let outcome = try await run("autocheck", [])
        #expect(
            outcome.errors.contains(
                "jq programs and XPaths are not checked: \(MissingLibraryTests.missing)"), "\(outcome)")
        #expect(outcome.code == 0, "\(outcome)")
    }

    @Test func aRunFailsInWords() async throws {
        let outcome = try await run("autorun", ["run"])
        #expect(outcome.errors.contains("step t: \(MissingLibraryTests.missing)"), "\(outcome)")
        #expect(outcome.code != 0)
    }

    /// Where the libraries are there, the same file is a finding.
    @Test func anXPathIsCheckedElsewhere() async throws {
        let command = try Command()
        defer { command.clean() }
        let outcome = try await command.run(
            "autocheck", [try command.file("page.auto", MissingLibraryTests.page)])
        #expect(outcome.code == 1 && outcome.output.contains("A604"), "\(outcome)")
    }
}

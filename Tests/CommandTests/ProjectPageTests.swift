import Foundation
import TestSupport
import Testing

/// The pages for those who work on the project name files that are there.
@Suite(.timeLimit(.minutes(1))) struct ProjectPageTests {
    @Test(arguments: ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "README.md"])
    func pathsAreThere(page: String) throws {
        let text = try String(contentsOfFile: Command.root + "/" + page, encoding: .utf8)
        let quoted = text.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(
            \.element)
        let paths = quoted.filter { path in
            ["Sources/", "Tests/", "Grammar/", "Examples/", ".ci/"].contains { path.hasPrefix($0) }
                && !path.contains(where: { $0 == " " || $0 == "*" })
        }
        for path in paths {
            #expect(
                FileManager.default.fileExists(atPath: Command.root + "/" + path), "\(page) names \(path)")
        }
    }

    /// Whoever adds a target says what it holds.
    @Test func everyTargetIsDescribed() throws {
        let text = try String(contentsOfFile: Command.root + "/ARCHITECTURE.md", encoding: .utf8)
        let targets = try FileManager.default.contentsOfDirectory(atPath: Command.root + "/Sources")
        // Those with a C before a capital only bind a library for the target that uses it.
        for target in targets
        where target.dropFirst().first?.isUppercase != true || !target.hasPrefix("C") || target == "CEL" {
            #expect(text.contains("`\(target)`"), "ARCHITECTURE.md does not describe \(target)")
        }
    }
}

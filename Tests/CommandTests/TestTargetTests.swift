import Foundation
import TestSupport
import Testing

/// The tests stand as the sources do.
@Suite(.timeLimit(.minutes(1))) struct TestTargetTests {
    private static func folders(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Command.root + "/" + name).sorted()
    }

    /// The commands and how they end are run by CommandTests, and the bindings of C libraries are tested by the targets that
    /// use them.
    private static func isTestedElsewhere(_ target: String) -> Bool {
        target.first?.isLowercase == true
            || [
                "CBrotli", "CFileAttributes", "CJQ", "CLibXML2", "CPCRE2", "CSandbox", "CUchardet", "CYAML",
                "CZlib", "CZstd",
                "CommandEnd",
            ].contains(target)
    }

    @Test func everyTargetHasItsTests() throws {
        let package = try String(contentsOfFile: Command.root + "/Package.swift", encoding: .utf8)
        let tests = try TestTargetTests.folders("Tests")
        for target in try TestTargetTests.folders("Sources") where !TestTargetTests.isTestedElsewhere(target)
        {
            #expect(tests.contains(target + "Tests"), "Tests has no folder for \(target)")
        }
        for folder in tests where folder.hasSuffix("Tests") {
            #expect(package.contains("\"\(folder)\""), "Package.swift does not name \(folder)")
        }
    }

    /// A test that waits for what never comes would hold up all others.
    @Test func everySuiteHasATimeLimit() throws {
        let root = Command.root + "/Tests"
        let files = try #require(FileManager.default.subpaths(atPath: root)).filter { $0.hasSuffix(".swift") }
        #expect(files.count > 100)
        for file in files {
            let text = try String(contentsOfFile: root + "/" + file, encoding: .utf8)
            for line in text.split(separator: "\n") where line.hasPrefix("@Suite") || line.hasPrefix("@Test")
            {
                #expect(line.contains(".timeLimit("), "\(file): \(line)")
            }
        }
    }
}

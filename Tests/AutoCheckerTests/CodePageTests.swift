import AutoChecker
import Compilers
import Diagnostics
import Foundation
import Processes
import Testing
import Values

private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Grammar/codes")

extension CodePage: CustomTestStringConvertible {
    package var testDescription: String { code.rawValue }
}

/// Every code has a page; `Grammar/codes` holds them as they are printed, and `RECORD=1` writes them anew.
@Suite(.timeLimit(.minutes(1))) struct CodePageTests {
    @Test func everyCodeHasAPage() throws {
        #expect(CodePage.all.map(\.code) == Code.allCases)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.sorted() == Code.allCases.map { $0.rawValue + ".md" })
    }

    @Test(arguments: CodePage.all)
    func pageIsWritten(page: CodePage) throws {
        let path = folder.appendingPathComponent(page.code.rawValue + ".md")
        let text = page.markdown(Compilers(workers: WorkerPool()))
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: path)
            Issue.record("recorded \(page.code.rawValue): read the difference")
            return
        }
        #expect(
            text == String(decoding: FileManager.default.contents(atPath: path.path) ?? Data(), as: UTF8.self)
        )
    }

    /// The bad file has this finding and no other; the mended one has none.
    @Test(arguments: CodePage.all.filter { !$0.bad.isEmpty })
    func examplesHold(page: CodePage) {
        #expect(Set(page.findings(Compilers(workers: WorkerPool())).findings.map(\.code)) == [page.code])
        let good = page.findingsOfMended(Compilers(workers: WorkerPool()))
        #expect(good.findings.isEmpty, "\(render(good.findings, in: good.source, as: .terminal))")
    }

    @Test(arguments: ["A301", "a301"]) func isFoundByItsCode(code: String) {
        #expect(CodePage.of(code)?.code == .noStart)
        #expect(CodePage.of("A999") == nil)
    }
}

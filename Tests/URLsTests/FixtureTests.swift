import Foundation
import Testing
import URLs

/// A url of `Fixtures/urls.tsv` with what another reader of urls makes of it.
private struct Row: CustomTestStringConvertible {
    let line: Int
    let input: String
    let base: String?
    /// The parts of the url in the order of the file; nil when it is none.
    let parts: [String]?

    var testDescription: String { "line \(line)" }

    init(line: Int, _ columns: [Substring]) {
        self.line = line
        input = unescaped(columns[0])
        base = columns[1] == "\\-" ? nil : unescaped(columns[1])
        parts = columns[2] == "failure" ? nil : columns[2...].map(unescaped)
    }
}

/// The text with `\t`, `\n`, `\r`, `\0`, `\u{1f}` and other escapes decoded.
private func unescaped(_ text: Substring) -> String {
    var output = String.UnicodeScalarView()
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
        guard scalar == "\\", let letter = rest.popFirst() else {
            output.append(scalar)
            continue
        }
        switch letter {
        case "t": output.append("\t")
        case "n": output.append("\n")
        case "r": output.append("\r")
        case "0": output.append("\0")
        case "u":
            let digits = rest.dropFirst().prefix { $0 != "}" }
            rest = rest.dropFirst(digits.count + 2)
            output.append(UInt32(String(digits), radix: 16).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}")
        default: output.append(letter)
        }
    }
    return String(output)
}

private func rows() throws -> [Row] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/urls.tsv")
    let lines = try String(contentsOf: file, encoding: .utf8)
        .split(separator: "\n", omittingEmptySubsequences: false)
    return lines.enumerated().compactMap { index, line in
        guard !line.hasPrefix("#") else { return nil }
        let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
        return columns.count > 2 ? Row(line: index + 1, columns) : nil
    }
}

private func read(_ row: Row) -> WebURL? {
    guard let base = row.base else { return try? WebURL(row.input) }
    guard let base = try? WebURL(base) else { return nil }
    return try? WebURL(row.input, base: base)
}

/// The parts as the file has them: the query and the fragment with their sign, when they are not empty.
private func parts(of url: WebURL) -> [String] {
    [
        url.text, url.scheme + ":", url.username, url.password, url.hostText,
        url.port.map { String($0) } ?? "", url.path,
        url.query.map { $0.isEmpty ? "" : "?" + $0 } ?? "",
        url.fragment.map { $0.isEmpty ? "" : "#" + $0 } ?? "",
        url.origin ?? "null",
    ]
}

@Suite(.timeLimit(.minutes(1))) struct FixtureTests {
    @Test(.timeLimit(.minutes(1)))
    func urlsAreReadAsAnotherReaderReadsThem() throws {
        let rows = try rows()
        #expect(rows.count > 1000)
        for row in rows {
            let url = read(row)
            #expect(url.map(parts) == row.parts, "\(row.testDescription): \(row.input)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func theTextOfAUrlReadsAsTheSameUrl() throws {
        for row in try rows() {
            guard let url = read(row) else { continue }
            #expect(try WebURL(url.text) == url, "\(row.testDescription)")
            #expect(try WebURL(url.textForErrors).text == url.textForErrors, "\(row.testDescription)")
        }
    }
}

import Diagnostics
import Foundation
import Testing

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// Every `.auto` text of the project, broken ones too: examples, fixtures, and the blocks of the reference.
func projectFiles() -> [SourceText] {
    var sources: [SourceText] = []
    for folder in ["Examples", "Tests", "Grammar"] {
        let place = root.appendingPathComponent(folder).path
        for path in (try? FileManager.default.subpathsOfDirectory(atPath: place)) ?? [] {
            let isText = path.hasSuffix(".auto")
            guard isText || path.hasSuffix(".md") else { continue }
            let bytes = Array(FileManager.default.contents(atPath: place + "/" + path) ?? Data())
            if isText {
                sources.append(SourceText(name: path, bytes: bytes))
                continue
            }
            let blocks = String(decoding: bytes, as: UTF8.self).components(separatedBy: "```auto\n")
            for (number, block) in blocks.dropFirst().enumerated() {
                let text = block.components(separatedBy: "```")[0]
                sources.append(SourceText(name: "\(path) \(number + 1)", text: text))
            }
        }
    }
    return sources
}

extension SourceText: CustomTestStringConvertible {
    package var testDescription: String { name }
}

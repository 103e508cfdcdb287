import AutoChecker
import CEL
import Diagnostics

/// The paths that can be written where a file names another: behind `automation: "`, `from "` and in the list
/// `tools` automations, behind `read: "` any file.
struct NamedFilePaths {
    /// The paths from the file's folder, and what of each is still to be written behind the last `/`, `.` or other
    /// sign that parts words.
    let rests: [(path: String, rest: String)]

    /// Whether a word stands right there, read backwards, and is no end of a longer one.
    private static func begins(_ reversed: some Sequence<UInt8>, with word: String) -> Bool {
        var rest = Array(reversed.prefix(word.utf8.count + 1))
        guard rest.starts(with: word.utf8.reversed()) else { return false }
        rest.removeFirst(word.utf8.count)
        return rest.first.map { !isIdentifierPart($0) } ?? true
    }

    /// Whether an element of the list `tools` begins behind a text.
    private static func isTool(_ text: ArraySlice<UInt8>) -> Bool {
        guard let last = text.last(where: { $0 > 0x20 }),
            last == UInt8(ascii: "[") || last == UInt8(ascii: ",")
        else { return false }
        let text = String(decoding: text, as: UTF8.self)
        guard let field = text.ranges(of: "tools:").last else { return false }
        let list = text[field.upperBound...]
        // Within an entry, such as `{ mcp: …, only: ["`, stands no automation by itself.
        return !list.contains("]") && list.count { $0 == "{" } == list.count { $0 == "}" }
    }

    /// - Parameter place: where the word begins that is being written.
    init?(_ document: Document, at place: Int, _ workspace: Workspace) {
        let bytes = document.source.bytes
        // A path is short; what is longer is none.
        let beginning = bytes[max(0, place - 1_000)..<place]
        guard let quote = beginning.lastIndex(of: UInt8(ascii: "\"")), !beginning[quote...].contains(0x0A)
        else {
            return nil
        }
        let before = beginning[..<quote].reversed().drop { $0 == UInt8(ascii: " ") }
        let isRead = NamedFilePaths.begins(before, with: "read:")
        guard
            isRead || ["automation:", "from"].contains(where: { NamedFilePaths.begins(before, with: $0) })
                || NamedFilePaths.isTool(beginning[..<quote]),
            let written = String(validating: beginning[(quote + 1)...], as: UTF8.self)
        else { return nil }
        let folder = folderPart(of: document.name)
        let root = folder.utf8.count > 1 ? String(folder.dropLast()) : folder
        if isRead {
            rests = workspace.files(root).filter { $0.hasPrefix(written) && !$0.hasSuffix(".auto") }.sorted()
                .map {
                    ($0, String($0.dropFirst(written.count)))
                }
            return
        }
        rests = workspace.automations(root).compactMap { path in
            guard path.hasPrefix(folder), path != document.name else { return nil }
            let relative = String(path.dropFirst(folder.count))
            guard relative.hasPrefix(written) else { return nil }
            return (relative, String(relative.dropFirst(written.count)))
        }.sorted { $0.path < $1.path }
    }
}

import AutoChecker
import Diagnostics

/// The paths that can be written where a file names another: behind `automation: "` and `from "`.
struct NamedFilePaths {
    /// The paths from the file's folder, and what of each is still to be written behind the last `/`, `.` or other
    /// sign that parts words.
    let rests: [(path: String, rest: String)]

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
        guard ["automation:", "from"].contains(where: { before.starts(with: $0.utf8.reversed()) }),
            let written = String(validating: beginning[(quote + 1)...], as: UTF8.self)
        else { return nil }
        let folder = folderPart(of: document.name)
        let root = folder.utf8.count > 1 ? String(folder.dropLast()) : folder
        rests = workspace.automations(root).compactMap { path in
            guard path.hasPrefix(folder), path != document.name else { return nil }
            let relative = String(path.dropFirst(folder.count))
            guard relative.hasPrefix(written) else { return nil }
            return (relative, String(relative.dropFirst(written.count)))
        }.sorted { $0.path < $1.path }
    }
}

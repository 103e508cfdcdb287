import AutoChecker
import Diagnostics

/// The paths that can be written where a file names another: behind `automation: "`, `from "` and in the list
/// `tools` automations, behind `read: "` any file of data.
struct NamedFilePaths {
    /// The paths from the file's folder, and what of each is still to be written behind the last `/`, `.` or other
    /// sign that parts words.
    let rests: [(path: String, rest: String)]

    init?(_ document: Document, _ context: CompletionContext, _ workspace: Workspace) {
        guard let (kind, written) = context.namedFile else { return nil }
        let folder = folderPart(of: document.name)
        let root = folder.utf8.count > 1 ? String(folder.dropLast()) : folder
        let paths =
            switch kind {
            case .data: workspace.files(root).filter { !$0.hasSuffix(".auto") }
            case .automation:
                workspace.automations(root)
                    .filter { $0.hasPrefix(folder) && $0 != document.name }
                    .map { String($0.dropFirst(folder.count)) }
            }
        rests = paths.filter { $0.hasPrefix(written) }.sorted().map {
            ($0, String($0.dropFirst(written.count)))
        }
    }
}

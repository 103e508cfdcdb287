import Synchronization

/// The texts of the files that an editor has open, as they stand there: what is checked against them sees
/// what is not saved yet.
package final class OpenTexts: Sendable {
    private let texts = Mutex<[String: [UInt8]]>([:])

    /// The bytes of an open file, by its path; nil for one that is not open.
    package func text(of path: String) -> [UInt8]? { texts.withLock { $0[path] } }

    func keep(_ bytes: [UInt8]?, of path: String) { texts.withLock { $0[path] = bytes } }
}

extension Workspace {
    /// The disk with open files in front of it.
    func under(_ open: OpenTexts) -> Workspace {
        Workspace(
            automations: automations, files: files,
            read: { [read] in open.text(of: $0) ?? read($0) },
            exists: { [exists] in open.text(of: $0) != nil || exists($0) })
    }
}

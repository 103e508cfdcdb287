package import AutoRuntime
import Computing
import Foundation
import StepKinds
import URLs

// How files of the automation's folder are named in an automation: by a `file:` url, or by a glob.

extension Folder {
    /// The name of the file that a `file:` url means, which is resolved against the folder as a link is
    /// against its page; nil for other urls. What stands behind `?` or `#` is no part of a name.
    ///
    /// - Throws: kind `refused` where the url leads outside the folder, or to another machine; kind `url` for
    ///   a name that is no text in UTF-8.
    package func name(inURL text: String) throws(StepFailure) -> String? {
        guard let base = try? WebURL("file://" + percentEncoded(path: path) + "/"),
            let url = try? WebURL(text, base: base), url.scheme == "file"
        else { return nil }
        guard url.hostText.isEmpty else {
            throw StepFailure(.refused, "`\(text)` names a file of another machine, which steps do not read")
        }
        guard let place = String(validating: percentDecodedBytes(url.path), as: UTF8.self) else {
            throw StepFailure(.url, "`\(text)` names a file by bytes that are no text in UTF-8")
        }
        let start = path == "/" ? path : path + "/"
        if place.hasPrefix(start) { return String(place.dropFirst(start.count)) }
        // A path through links may lead back into the folder, if the url writes it from the root on.
        if let alone = try? WebURL(text), alone.path == url.path { return place }
        throw StepFailure(
            .refused, "`\(text)` lies outside the automation's folder, where steps read no files")
    }

    /// The files that a glob matches, relative to the folder and sorted; hidden ones only where the glob
    /// names them.
    ///
    /// - Throws: kind `refused` for a glob that leads outside the folder.
    package func files(matching pattern: String) throws(StepFailure) -> [String] {
        guard !pattern.hasPrefix("/"), !pattern.split(separator: "/").contains("..") else {
            throw StepFailure(
                .refused, "`\(pattern)` leads outside the automation's folder, where steps read no files")
        }
        let glob = Glob(pattern)
        var found: [String] = []
        guard let walker = FileManager.default.enumerator(atPath: path) else { return [] }
        while let name = walker.nextObject() as? String {
            let parts = name.split(separator: "/")
            if parts.last?.hasPrefix(".") == true { walker.skipDescendants() }
            if let depth = glob.depth, parts.count >= depth { walker.skipDescendants() }
            if glob.matches(name), isFile(name) { found.append(name) }
        }
        return found.sorted()
    }

    /// Whether a name is one of a file within the folder, links followed.
    private func isFile(_ name: String) -> Bool {
        guard let place = try? resolved(name) else { return false }
        var status = stat()
        return stat(place, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}

/// A path of the machine as the path of a url has it.
private func percentEncoded(path: String) -> String {
    path.split(separator: "/", omittingEmptySubsequences: false).map { percentEncoded(value: String($0)) }
        .joined(separator: "/")
}

package import AutoChecker
import Computing
import Diagnostics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension CheckOptions {
    /// The same for one file, which may name others in its folder and below.
    ///
    /// - Parameters:
    ///   - path: the file's path from the root on; it need not be there.
    ///   - open: the text of a file that an editor has open, by its path from the root on; nil for others.
    package func forFile(
        _ path: String, open: @escaping @Sendable (String) -> [UInt8]? = { _ in nil }
    ) -> CheckOptions {
        var options = self
        let folder = parent(of: path)
        options.files = OtherFiles(
            beside: String(path.dropFirst(folder.count).drop { $0 == "/" }),
            read: { (name) throws(OtherFiles.Unreadable) in try bytes(of: name, in: folder, open) },
            lookUp: { (name) throws(OtherFiles.Unreadable) in _ = try place(of: name, in: folder) })
        return options
    }
}

/// What stands in a file that another names.
///
/// - Parameters:
///   - name: its path from the folder of the other.
///   - path: the other's path, from the root on.
/// - Throws: where it is not there, not in the folder, or cannot be read.
package func bytes(ofFile name: String, beside path: String) throws(OtherFiles.Unreadable) -> [UInt8] {
    try bytes(of: name, in: parent(of: path)) { _ in nil }
}

private func bytes(of name: String, in folder: String, _ open: (String) -> [UInt8]?)
    throws(OtherFiles.Unreadable) -> [UInt8]
{
    let path = folder == "/" ? "/" + name : folder + "/" + name
    if let text = open(path) { return text }
    let place = try place(of: name, in: folder)
    switch readFile(place) {
    case .success(let bytes): return bytes
    case .failure(let error):
        throw OtherFiles.Unreadable("cannot be read: \(error.reason)", help: "check its permissions")
    }
}

/// Where a file lies, links followed.
///
/// - Throws: where none is there, or not in the folder; with the nearest name.
private func place(of name: String, in folder: String) throws(OtherFiles.Unreadable) -> String {
    let path = folder == "/" ? "/" + name : folder + "/" + name
    guard let place = realPath(path), let inside = realPath(folder) else {
        let near = near(name, in: folder)
        throw OtherFiles.Unreadable(
            "is not there",
            help: near.map { "did you mean \"\($0)\"?" } ?? "name a file in this folder or in one under it",
            meant: near)
    }
    guard place.hasPrefix(inside == "/" ? inside : inside + "/") else {
        throw OtherFiles.Unreadable(
            "is a link that leads out of this file's folder", help: "copy the file into the folder")
    }
    guard !isFolder(place) else {
        throw OtherFiles.Unreadable("is a folder", help: "name a file in it")
    }
    return place
}

/// The path of the file beside a missing one whose name is nearest.
private func near(_ name: String, in folder: String) -> String? {
    let (above, last) =
        name.lastIndex(of: "/").map { (String(name[...$0]), String(name[name.index(after: $0)...])) }
        ?? ("", name)
    guard let inside = realPath(folder), let beside = realPath(folder + "/" + above),
        beside == inside || beside.hasPrefix(inside == "/" ? inside : inside + "/")
    else { return nil }
    return nearestName(to: last, in: fileNames(in: beside)).map { above + $0 }
}

package import AutoChecker

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
        options.files = OtherFiles(beside: String(path.dropFirst(folder.count).drop { $0 == "/" })) {
            (name) throws(OtherFiles.Unreadable) in
            try bytes(of: name, in: folder, open)
        }
        return options
    }
}

private func bytes(of name: String, in folder: String, _ open: (String) -> [UInt8]?)
    throws(OtherFiles.Unreadable) -> [UInt8]
{
    let path = folder == "/" ? "/" + name : folder + "/" + name
    if let text = open(path) { return text }
    guard let place = realPath(path), let inside = realPath(folder) else {
        throw OtherFiles.Unreadable("is not there", help: "name a file in this folder or in one under it")
    }
    guard place.hasPrefix(inside == "/" ? inside : inside + "/") else {
        throw OtherFiles.Unreadable(
            "is a link that leads out of this file's folder", help: "copy the file into the folder")
    }
    guard !isFolder(place) else {
        throw OtherFiles.Unreadable("is a folder", help: "name a .auto file in it")
    }
    switch readFile(place) {
    case .success(let bytes): return bytes
    case .failure(let error):
        throw OtherFiles.Unreadable("cannot be read: \(error.reason)", help: "check its permissions")
    }
}

/// A path without links; nil where nothing is there.
private func realPath(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
}

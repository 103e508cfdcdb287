#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How a box shows a folder of the machine, in which nothing can be changed.
enum BoxFolder {
    /// Of a folder that only root may enter, at most so many entries are shown one by one.
    private static let mostEntries = 500

    /// The arguments of bubblewrap that show a folder in the place where it is.
    static func shown(_ folder: String) -> [String] {
        let whole = ["--ro-bind", folder, folder]
        // Where this is root, the code in the box is another user, who may not enter such a folder. Its entries
        // stand in a folder of the box's own then.
        guard geteuid() == 0, let folderMode = mode(of: folder), folderMode & 0o005 != 0o005 else {
            return whole
        }
        let names = entries(of: folder)
        guard names.count <= mostEntries else { return whole }
        return ["--dir", folder] + names.flatMap { shownEntry(folder + "/" + $0) }
    }

    private static func shownEntry(_ path: String) -> [String] {
        guard let mode = mode(of: path) else { return [] }
        guard mode & S_IFMT == S_IFLNK else { return ["--ro-bind", path, path] }
        // Bound, a link would show what it leads to, which may lie anywhere.
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &target, target.count)
        guard count > 0,
            let text = String(validating: target.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        else { return [] }
        return ["--symlink", text, path]
    }

    private static func mode(of path: String) -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : nil
    }

    private static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory), names.count <= mostEntries {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let name, name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}

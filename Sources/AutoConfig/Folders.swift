#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

package func isFolder(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
}

/// Every `.auto` file below a folder, in order; hidden folders and what `skips` names are left out.
package func automations(in folder: String, skips: (String) -> Bool) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
        }
        if !name.hasPrefix(".") { names.append(name) }
    }
    closedir(directory)
    let prefix = folder == "." ? "" : folder.hasSuffix("/") ? folder : folder + "/"
    return names.sorted().flatMap { name -> [String] in
        let path = prefix + name
        if skips(path) { return [] }
        var information = stat()
        // Links to folders are not followed, since they may lead round.
        guard lstat(path, &information) == 0 else { return [] }
        if information.st_mode & S_IFMT == S_IFDIR {
            return name == "node_modules" ? [] : automations(in: path, skips: skips)
        }
        return name.hasSuffix(".auto") ? [path] : []
    }
}

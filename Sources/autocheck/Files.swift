#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Puts a file in the place of another at once, with the same permissions; false when that cannot be done.
func replaceFile(_ path: String, with bytes: [UInt8]) -> Bool {
    var information = stat()
    guard stat(path, &information) == 0 else { return false }
    let fresh = path + ".\(getpid()).fixed"
    let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, information.st_mode & 0o7777)
    guard descriptor >= 0 else { return false }
    var written = 0
    while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        written += count
    }
    close(descriptor)
    guard written == bytes.count, rename(fresh, path) == 0 else {
        unlink(fresh)
        return false
    }
    return true
}

/// Whether a path, relative to where the glob belongs, is named by it: `*` within a folder, `**` over folders, `?` one character.
///
/// A glob without a slash names files and folders at any depth, and a folder names all that is in it.
func matches(_ glob: String, _ path: String) -> Bool {
    let anywhere = !glob.dropLast(glob.hasSuffix("/") ? 1 : 0).contains("/")
    let pattern = glob.split(separator: "/").map(String.init)
    let parts = path.split(separator: "/").map(String.init)
    return matches((anywhere ? ["**"] : [])[...] + pattern[...], parts[...])
}

private func matches(_ pattern: ArraySlice<String>, _ path: ArraySlice<String>) -> Bool {
    guard let first = pattern.first else { return true }
    if first == "**" {
        if pattern.count == 1 { return !path.isEmpty }
        return path.indices.contains { matches(pattern.dropFirst(), path[$0...]) }
    }
    guard let part = path.first, fnmatch(first, part, 0) == 0 else { return false }
    return matches(pattern.dropFirst(), path.dropFirst())
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a file cannot be read.
package struct ReadError: Error {
    /// The system's words, without the file's path.
    package let reason: String
}

/// Reads a file without Foundation, which would cost more to start than the check takes.
package func readFile(_ path: String) -> Result<[UInt8], ReadError> {
    // Opening a named pipe would otherwise wait for who writes into it.
    let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
        let reason = errno == ENOENT ? "there is no such file" : String(cString: strerror(errno))
        return .failure(ReadError(reason: reason))
    }
    defer { if descriptor != 0 { close(descriptor) } }
    var status = stat()
    if descriptor != 0, fstat(descriptor, &status) == 0,
        status.st_mode & S_IFMT == S_IFIFO || status.st_mode & S_IFMT == S_IFSOCK
    {
        return .failure(ReadError(reason: "it is a named pipe, and no file"))
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { return .failure(ReadError(reason: String(cString: strerror(errno)))) }
        // One byte over the checker's limit is enough for it to say so.
        if count == 0 || bytes.count > 16 << 20 { return .success(bytes) }
        bytes += buffer[..<count]
    }
}

/// The folder of a path, without its last part.
package func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// A path without links; nil where nothing is there.
func realPath(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
}

/// A path as the ids of automations are made of it: from the root on, and without links where something is there.
package func canonical(_ path: String) -> String {
    let whole = absolute(path)
    return realPath(whole) ?? whole
}

/// A path from the root on, without `.` and `..`.
package func absolute(_ path: String) -> String {
    var parts: [Substring] = []
    var whole = path
    if !path.hasPrefix("/"), let here = getcwd(nil, 0) {
        whole = String(cString: here) + "/" + path
        free(here)
    }
    for part in whole.split(separator: "/") where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
}

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

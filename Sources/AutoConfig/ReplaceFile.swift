#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Puts a file in the place of another at once, with the same permissions; of a link in the place of what it leads to.
///
/// - Returns: false when that cannot be done, which `errno` tells of.
package func replaceFile(_ path: String, with bytes: [UInt8]) -> Bool {
    var information = stat()
    guard let place = realPath(path), stat(place, &information) == 0 else { return false }
    let fresh = place + ".\(getpid()).fixed"
    let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, information.st_mode & 0o7777)
    guard descriptor >= 0 else { return false }
    var written = 0
    while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        written += count
    }
    // A new file gets no more permissions than the process lets it have.
    let isAllowed = fchmod(descriptor, information.st_mode & 0o7777) == 0
    close(descriptor)
    guard isAllowed, written == bytes.count, rename(fresh, place) == 0 else {
        unlink(fresh)
        return false
    }
    return true
}

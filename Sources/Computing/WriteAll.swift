#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes all of a text to a file descriptor, however long its reader takes.
///
/// Where the reader is gone, the rest is dropped: there is nobody to tell.
package func writeAll(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN {
            var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&room, 1, -1)
            continue
        }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
}

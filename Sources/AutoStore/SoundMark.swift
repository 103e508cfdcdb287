import CFileAttributes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A note at a store's file, as an extended attribute, that it has been looked through and was sound: who opens it next
/// need not look again as long as nobody has written to the file since.
///
/// With a log beside it, the file itself is written seldom. A file system without such attributes has no notes, and the
/// store is looked through each time.
struct SoundMark {
    private static let attribute = "user.autorun.sound"
    /// After a day it is looked through again: a disk may spoil what nobody has written. Nanoseconds.
    private static let life: Int64 = 86_400_000_000_000

    private let path: String
    /// Which file it is, how long, and when it was written last; nil where that cannot be told.
    private let state: String?
    /// In bytes; 0 where it cannot be told.
    let size: Int64

    /// - Parameter path: of the file, as it is now.
    init(_ path: String) {
        self.path = path
        var found = stat()
        guard stat(path, &found) == 0 else {
            state = nil
            size = 0
            return
        }
        #if os(Linux)
            let written = found.st_mtim
        #else
            let written = found.st_mtimespec
        #endif
        size = Int64(found.st_size)
        state = "\(found.st_ino) \(found.st_size) \(written.tv_sec).\(written.tv_nsec)"
    }

    /// Whether the file was sound within the last day, and is as it was then.
    ///
    /// - Parameter now: nanoseconds since 1970.
    func holds(at now: Int64) -> Bool {
        guard let state, let text = read() else { return false }
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[1] == state, let time = Int64(parts[0]) else { return false }
        return time <= now && now - time < Self.life
    }

    /// Notes that the file, as it was when this was made, is sound.
    func set(at now: Int64) {
        guard let state else { return }
        let text = Array("\(now) \(state)".utf8)
        #if os(Linux)
            _ = setxattr(path, Self.attribute, text, text.count, 0)
        #else
            _ = setxattr(path, Self.attribute, text, text.count, 0, 0)
        #endif
    }

    private func read() -> String? {
        var bytes = [UInt8](repeating: 0, count: 256)
        #if os(Linux)
            let count = getxattr(path, Self.attribute, &bytes, bytes.count)
        #else
            let count = getxattr(path, Self.attribute, &bytes, bytes.count, 0, 0)
        #endif
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}

import AutoRuntime
import StepKinds

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where steps write files: whole or not at all, and never outside.
package enum OutputFolder: Sendable {
    /// A folder, which is made when it is first written into.
    case folder(String)
    /// Nowhere, for this reason: a sentence.
    case none(String)
    /// Nowhere, without saying so: a test writes nothing.
    case rehearsal

    /// What is said where automations came by the API.
    package static let ofAPI = OutputFolder.none("an automation that came by the API writes no files")

    /// What is said where nobody has named a folder.
    package static let unnamed = OutputFolder.none("no output folder is named here")

    /// Writes a file, and makes the folders that its name needs.
    ///
    /// What is written stands under another, hidden name until all of it is on the disk; then it takes the place of what
    /// was there. A process that dies before leaves the hidden file, which the next one that writes the same file uses
    /// up.
    ///
    /// - Parameter name: its path from the folder on.
    /// - Throws: kind `refused` for a name that steps do not write, `file` where the disk says no.
    func write(_ bytes: [UInt8], to name: String) throws(StepFailure) {
        if let problem = WrittenName.problem(of: name) { throw StepFailure(.refused, problem) }
        switch self {
        case .none(let reason): throw StepFailure(.refused, "`\(name)` is not written: \(reason)")
        case .rehearsal: return
        case .folder(let path):
            let parts = name.split(separator: "/").filter { $0 != "." }.map(String.init)
            let folder = try OutputFolder.folder(of: parts.dropLast(), in: path, name)
            try FreshFile(name: name, last: parts[parts.count - 1], folder: folder).write(bytes)
        }
    }

    /// The folder in which a file goes, each part made where it is missing. A link to another place is not followed.
    private static func folder(of parts: ArraySlice<String>, in path: String, _ name: String)
        throws(StepFailure)
        -> Descriptor
    {
        try makeFolders(path, name)
        var folder = try opened(AT_FDCWD, path, O_DIRECTORY, name)
        for part in parts {
            if mkdirat(folder.number, part, 0o777) != 0, errno != EEXIST { throw failure(name) }
            folder = try opened(folder.number, part, O_DIRECTORY | O_NOFOLLOW, name)
        }
        return folder
    }

    /// The output folder itself is the user's own choice, links included.
    private static func makeFolders(_ path: String, _ name: String) throws(StepFailure) {
        var place = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            place += part + "/"
            if mkdir(place, 0o777) != 0, errno != EEXIST, errno != EISDIR, errno != EROFS, errno != EACCES {
                throw failure(name)
            }
        }
    }

    fileprivate static func opened(_ folder: Int32, _ part: String, _ flags: Int32, _ name: String)
        throws(StepFailure) -> Descriptor
    {
        let number = openat(folder, part, O_RDONLY | O_CLOEXEC | flags)
        guard number >= 0 else {
            if errno == ELOOP || errno == ENOTDIR {
                throw StepFailure(
                    .refused,
                    "`\(name)` is not written: a part of its path is a link or a file, and no folder")
            }
            throw failure(name)
        }
        return Descriptor(number)
    }

    /// What the system says of the last call, without a path.
    fileprivate static func failure(_ name: String) -> StepFailure {
        StepFailure(.file, "the file `\(name)` cannot be written: \(String(cString: strerror(errno)))")
    }
}

/// An open file, closed when nothing holds it any more.
private final class Descriptor {
    let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }
}

/// A file that is being written.
private struct FreshFile {
    /// The file as the step names it.
    let name: String
    /// The last part of it.
    let last: String
    let folder: Descriptor

    /// The same for each writer of this file, so that what one left behind is used up by the next.
    private var hiddenName: String { ".\(last).autorun" }

    func write(_ bytes: [UInt8]) throws(StepFailure) {
        let permissions = try permissionsOfOld()
        let file = try lockedFile()
        guard ftruncate(file.number, 0) == 0 else { throw OutputFolder.failure(name) }
        do throws(StepFailure) {
            try fill(file, bytes)
            if let permissions, fchmod(file.number, permissions) != 0 { throw OutputFolder.failure(name) }
            guard fsync(file.number) == 0 else { throw OutputFolder.failure(name) }
            guard renameat(folder.number, hiddenName, folder.number, last) == 0 else {
                throw OutputFolder.failure(name)
            }
        } catch {
            unlinkat(folder.number, hiddenName, 0)
            throw error
        }
        // Without this the old name may come back after a power cut, which is one of the two.
        fsync(folder.number)
    }

    /// The permissions of the file that is there already; nil where none is. A link is replaced, never followed.
    private func permissionsOfOld() throws(StepFailure) -> mode_t? {
        var status = stat()
        guard fstatat(folder.number, last, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            guard errno == ENOENT else { throw OutputFolder.failure(name) }
            return nil
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return status.st_mode & 0o777
        case S_IFLNK: return nil
        default: throw StepFailure(.refused, "`\(name)` is not written: it is there already, and no file")
        }
    }

    /// The file under its hidden name, which nobody else writes now.
    private func lockedFile() throws(StepFailure) -> Descriptor {
        while true {
            let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
            let number = openat(folder.number, hiddenName, flags, 0o666)
            guard number >= 0 else { throw OutputFolder.failure(name) }
            let file = Descriptor(number)
            while flock(number, LOCK_EX) != 0 {
                guard errno == EINTR else { throw OutputFolder.failure(name) }
            }
            var (own, there) = (stat(), stat())
            guard fstat(number, &own) == 0, own.st_mode & S_IFMT == S_IFREG, own.st_nlink <= 1 else {
                throw StepFailure(
                    .refused, "`\(name)` is not written: `\(hiddenName)` beside it is no file of ours")
            }
            // Who held the lock before may have given the file its name, so that this one is a new one's turn.
            if fstatat(folder.number, hiddenName, &there, AT_SYMLINK_NOFOLLOW) == 0,
                own.st_ino == there.st_ino
            {
                return file
            }
        }
    }

    private func fill(_ file: Descriptor, _ bytes: [UInt8]) throws(StepFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { writeBytes(file.number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw OutputFolder.failure(name) }
            rest = rest.dropFirst(count)
        }
    }
}

/// The system's `write`, which within a type with a method of that name cannot be called by it.
private func writeBytes(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}

package import AutoRuntime
import Computing
import Diagnostics
import StepKinds
import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The automation's own folder, the only place from which steps read files.
package struct Folder: Sendable {
    /// Its path, with links resolved.
    package let path: String

    package init(path: String) {
        // `realpath` also resolves what Foundation leaves as it is.
        let real = realpath(path, nil)
        defer { free(real) }
        self.path = real.map { String(cString: $0) } ?? path
    }

    /// The same as `read`, on a thread of its own: a disk or a network folder may take its time.
    package func readAside(_ name: String) async throws(StepFailure) -> [UInt8] {
        let outcome = await onOwnThread { _ -> Result<[UInt8], StepFailure> in
            do throws(StepFailure) { return .success(try read(name)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }

    /// Reads the file that a `file:` url means.
    ///
    /// - Throws: as `read` does, and kind `url` for a url of another kind.
    package func file(atURL url: String) async throws(StepFailure) -> [UInt8] {
        guard let name = try name(inURL: url) else { throw StepFailure(.url, "`\(url)` is no file url") }
        return try await readAside(name)
    }

    /// Reads a file named relative to the folder; links that lead out of it are refused.
    ///
    /// - Throws: kind `file` for what is no file or cannot be read whole, `refused` outside the folder,
    ///   `too_large`.
    package func read(_ name: String, maximumBytes: Int = 64 << 20) throws(StepFailure) -> [UInt8] {
        let place = try resolved(name)
        let descriptor = open(place, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        // Opening a named pipe would otherwise wait for who writes into it.
        guard descriptor >= 0 else { throw StepFailure(.file, "the file `\(name)` cannot be read") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw StepFailure(.file, "`\(name)` is no file")
        }
        let size = Int(status.st_size)
        guard size <= maximumBytes else {
            throw StepFailure(.tooLarge, "the file `\(name)` is larger than \(maximumBytes >> 20) MB")
        }
        // Read in place: pages are large, and each copy of them would be felt. The byte behind the end shows
        // whether the file has grown.
        var isRead = true
        let bytes = [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, count in
            while count <= size {
                let got = readBytes(descriptor, buffer.baseAddress.map { $0 + count }, size + 1 - count)
                if got < 0, errno == EINTR { continue }
                if got < 0 { isRead = false }
                if got <= 0 { break }
                count += got
            }
        }
        guard isRead else { throw StepFailure(.file, "the file `\(name)` cannot be read to its end") }
        guard bytes.count == size else {
            throw StepFailure(.file, "the file `\(name)` was changed while it was read", retryable: true)
        }
        return bytes
    }

    /// The path of the file beside a missing one whose name is nearest; nil where none is near, or in the folder.
    private func near(_ name: String) -> String? {
        guard !name.contains("\0"), !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
            return nil
        }
        let cut = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
        guard let beside = realpath(path + "/" + name[..<cut], nil) else { return nil }
        defer { free(beside) }
        let place = String(cString: beside)
        guard place == path || place.hasPrefix(path == "/" ? path : path + "/") else { return nil }
        return nearestName(to: String(name[cut...]), in: fileNames(in: place)).map { name[..<cut] + $0 }
    }

    /// Where a file lies, links followed.
    ///
    /// - Throws: kind `file` where there is none, `refused` outside the folder.
    func resolved(_ name: String) throws(StepFailure) -> String {
        guard !name.contains("\0"), let real = realpath(name.hasPrefix("/") ? name : path + "/" + name, nil)
        else {
            let meant = near(name).map { "; did you mean `\($0)`?" } ?? ""
            throw StepFailure(.file, "there is no file `\(name)` in the automation's folder\(meant)")
        }
        defer { free(real) }
        let place = String(cString: real)
        guard place == path || place.hasPrefix(path == "/" ? path : path + "/") else {
            throw StepFailure(
                .refused, "`\(name)` lies outside the automation's folder, where steps read no files")
        }
        return place
    }
}

/// The system's `read`, which within a type with a method of that name cannot be called by it.
private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}

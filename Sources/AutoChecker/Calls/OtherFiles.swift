import Synchronization
package import Values

/// The files that a file may name: automations that it calls, and those whose types it takes.
///
/// They lie under the folder of the file that names them. A file that is named is checked once, however many
/// others name it.
package struct OtherFiles: Sendable {
    /// Why a file cannot be read.
    package struct Unreadable: Error, Sendable, Hashable {
        /// What goes on from "the file `x` ".
        package let words: String
        /// What to do about it.
        package let help: String
        /// The file that is most likely meant; nil where none is.
        package let meant: String?

        package init(_ words: String, help: String, meant: String? = nil) {
            self.words = words
            self.help = help
            self.meant = meant
        }
    }

    /// Why an automation that came without a folder names no file.
    package static let noFiles = Unreadable(
        "cannot be read: this automation lies in no folder",
        help: "save it as a file beside the other; on a server, call the other by its id")

    /// Why nobody knows what an id stands for.
    static let noServer = Unreadable(
        "is named by its id, which says something on its server only, to an automation that came by the API",
        help: "write the path of its file, such as \"digest.auto\"")

    /// How deep calls and types may lead from file to file.
    package static let deepest = 32

    private let read: @Sendable (String) throws(Unreadable) -> [UInt8]
    private let lookUp: @Sendable (String) throws(Unreadable) -> Void
    let shelf: FileShelf
    /// The files that are being checked, the outermost first, each with the way that leads to the next.
    let callers: [Caller]

    /// A file that is being checked because another names it.
    struct Caller: Sendable {
        /// The path from the outermost file's folder.
        let path: String
        /// Whether its call of the next cannot be avoided: every run of it comes to that call.
        var isUnavoidable = false
        /// The type that is taken from it; nil for an automation that is called.
        var type: String?
    }

    /// - Parameters:
    ///   - file: the name of the file that is checked, without its folder.
    ///   - read: the bytes of a file, by its path from the folder of `file`.
    ///   - lookUp: throws where there is no file of a path, which starts from the folder of `file`; it opens
    ///     none.
    package init(
        beside file: String, read: @escaping @Sendable (String) throws(Unreadable) -> [UInt8],
        lookUp: @escaping @Sendable (String) throws(Unreadable) -> Void = { _ in }
    ) {
        self.init(
            { (path) throws(Unreadable) in
                guard !OtherFiles.isByID(path) else { throw OtherFiles.noServer }
                return try read(path)
            }, lookUp, FileShelf(), [Caller(path: file)])
    }

    /// What an automation may name that came by the API of a server: others there, by their ids.
    ///
    /// - Parameters:
    ///   - id: its own.
    ///   - read: the text of the automation of an id; with a path, that of a file that it names, from its own folder.
    package init(
        servedAs id: ID, read: @escaping @Sendable (ID, _ path: String?) throws(Unreadable) -> [UInt8]
    ) {
        self.init(
            { (path) throws(Unreadable) in
                guard let (id, path) = OtherFiles.parts(ofPlace: path) else { throw OtherFiles.noFiles }
                return try read(id, path)
            }, { _ in }, FileShelf(), [Caller(path: OtherFiles.place(of: id))])
    }

    private init(
        _ read: @escaping @Sendable (String) throws(Unreadable) -> [UInt8],
        _ lookUp: @escaping @Sendable (String) throws(Unreadable) -> Void, _ shelf: FileShelf,
        _ callers: [Caller]
    ) {
        self.read = read
        self.lookUp = lookUp
        self.shelf = shelf
        self.callers = callers
    }

    /// The same files, of which nothing is known yet: they may have changed.
    var afresh: OtherFiles { OtherFiles(read, lookUp, FileShelf(), callers) }

    /// The path, from the outermost folder, of a file that this one names.
    ///
    /// - Throws: for a path that leads out of the folder of the file that names it.
    func path(_ written: String) throws(Unreadable) -> String {
        try OtherFiles.path(of: written, namedIn: path)
    }

    /// The path of a file that another names, from where the other's path leads from.
    ///
    /// - Parameters:
    ///   - written: the path as the other file has it.
    ///   - file: the path of the file that names it.
    /// - Throws: for a path that leads out of the folder of the file that names it.
    package static func path(of written: String, namedIn file: String) throws(Unreadable) -> String {
        if let id = ID(written) { return place(of: id) }
        let parts = written.split(separator: "/", omittingEmptySubsequences: false)
        guard !written.isEmpty, parts.last?.isEmpty == false else {
            throw Unreadable("has no name", help: "write the path of a file, such as \"digest.auto\"")
        }
        guard parts.first?.isEmpty == false, !parts.contains(".."), !written.contains("\\"),
            !written.contains("\0")
        else {
            throw Unreadable(
                "lies outside of this file's folder",
                help: "name a file in this folder or in one under it, parted by `/`")
        }
        return folderPart(of: file) + OtherFiles.plain(written)
    }

    /// A path without parts that lead nowhere, `./a.auto` is `a.auto`; of an id what stands for it among the paths.
    package static func plain(_ path: String) -> String {
        if let id = ID(path) { return place(of: id) }
        return path.split(separator: "/", omittingEmptySubsequences: false).filter { $0 != "." }.joined(
            separator: "/")
    }

    /// The path of the file that names others, from the outermost one's folder.
    var path: String { callers.last?.path ?? "" }

    /// The folder of the file that names others, from the outermost one; empty, or with a `/` behind it.
    var folder: String { folderPart(of: path) }

    /// - Parameter path: from the outermost folder.
    func bytes(of path: String) throws(Unreadable) -> [UInt8] {
        if !OtherFiles.isByID(path) { shelf.isAsked(for: path) }
        return try read(path)
    }

    /// Looks whether a file of data is there, without opening it.
    ///
    /// - Parameter written: its path from the folder of the file that names it.
    /// - Throws: where there is none, or not in the folder; with the nearest name.
    func look(for written: String) throws(Unreadable) { try lookUp(try path(written)) }

    /// The files as one of them sees them.
    ///
    /// - Parameters:
    ///   - isUnavoidable: whether every run comes to the call that leads to it.
    ///   - type: what is taken from it; nil where it is called.
    func seen(from path: String, isUnavoidable: Bool = false, takingType type: String? = nil) -> OtherFiles {
        var callers = callers
        if !callers.isEmpty { callers[callers.count - 1].isUnavoidable = isUnavoidable }
        return OtherFiles(read, lookUp, shelf, callers + [Caller(path: path, type: type)])
    }
}

/// What stands for an automation of a server among the paths of files, `/ID`. What its file names lies behind that,
/// `/ID/lib/clean.auto`. No path of a file begins so, since all of them lead down from a folder.
extension OtherFiles {
    /// What stands for the automation of an id.
    package static func place(of id: ID) -> String { "/" + id.text }

    /// The id that a path stands for; nil for the path of a file.
    package static func id(ofPlace path: String) -> ID? {
        path.first == "/" ? ID(String(path.dropFirst())) : nil
    }

    /// Whether a path leads to an automation by its id, or to a file that such a one names.
    package static func isByID(_ path: String) -> Bool { path.first == "/" }

    /// The id at the beginning of a path, and what stands behind it.
    fileprivate static func parts(ofPlace path: String) -> (id: ID, path: String?)? {
        guard isByID(path) else { return nil }
        let parts = path.dropFirst().split(separator: "/", maxSplits: 1)
        guard let first = parts.first, let id = ID(String(first)) else { return nil }
        return (id, parts.count > 1 ? String(parts[1]) : nil)
    }

    /// A path as people write it, an id without the sign that it is one.
    package static func shown(_ path: String) -> String { id(ofPlace: path)?.text ?? path }
}

/// The folder in a path, with its `/`; empty where the path is a name alone.
package func folderPart(of path: String) -> String {
    if OtherFiles.id(ofPlace: path) != nil { return path + "/" }
    return path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
}

/// What has been found of the files named so far, by their paths from the outermost folder.
///
/// It is shared by all checks of one outermost file, so that a file which many others name is checked once.
final class FileShelf: Sendable {
    private let files = Mutex<[String: CalledFile]>([:])
    private let types = Mutex<[String: DataType]>([:])
    private let asked = Mutex<Set<String>>([])

    /// The paths of all files that were asked for.
    var paths: Set<String> { asked.withLock { $0 } }

    func isAsked(for path: String) { asked.withLock { _ = $0.insert(path) } }

    func file(_ path: String) -> CalledFile? { files.withLock { $0[path] } }

    func keep(_ file: CalledFile, as path: String) { files.withLock { $0[path] = file } }

    func type(_ name: String, in path: String) -> DataType? { types.withLock { $0[path + "#" + name] } }

    func keep(_ type: DataType, named name: String, in path: String) {
        types.withLock { $0[path + "#" + name] = type }
    }

    /// Every automation that was checked without an error, by its path.
    var automations: [String: CheckedAutomation] {
        files.withLock { $0.compactMapValues { $0.called?.automation } }
    }
}

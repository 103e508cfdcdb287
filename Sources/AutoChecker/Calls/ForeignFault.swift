import AutoSyntax
import Diagnostics

/// Why a type does not come from another file. However many files it is handed on by, what is wrong is told once.
struct ForeignFault: Error {
    private enum What {
        /// Of the last file of the way.
        case file(OtherFiles.Unreadable)
        /// The files take the type one from the other, and the last of them from the first.
        case circle
    }

    /// The files that hand the type on, from the one that is named to the one that is at fault.
    private let way: [String]
    private let what: What

    private init(way: [String], _ what: What) {
        self.way = way
        self.what = what
    }

    init(_ path: String, _ error: OtherFiles.Unreadable) { self.init(way: [path], .file(error)) }

    /// - Parameter way: the files, of which the last is the first again.
    static func circle(_ way: [String]) -> ForeignFault { ForeignFault(way: way, .circle) }

    /// The same, seen by who takes the type from a file that takes it from others.
    func seen(through path: String) -> ForeignFault {
        switch what {
        case .file: ForeignFault(way: [path] + way, what)
        case .circle: self
        }
    }

    func finding(of type: String, at written: Name) -> Diagnostic {
        switch what {
        case .circle:
            Diagnostic(
                .endlessType, "the type `\(type)` leads back to itself: \(fileWay(way, joiner: " -> "))",
                at: written.span,
                help: "declare it in one of these files, or use `json` where the depth is open")
        case .file(let error) where way.count == 1:
            Diagnostic(
                .unreadableFile, "the file \(jsonString(written.text)) \(error.words)", at: written.span,
                help: error.help)
        case .file(let error):
            Diagnostic(
                .unreadableFile,
                "the type `\(type)` comes by way of \(fileWay(way, joiner: " -> ")), and the file \(jsonString(OtherFiles.shown(way.last ?? ""))) \(error.words)",
                at: written.span, help: error.help)
        }
    }

    /// What a file cannot give for a reason of its own.
    static func reading<Result>(
        _ path: String, _ body: () throws(OtherFiles.Unreadable) -> Result
    ) throws(ForeignFault) -> Result {
        do throws(OtherFiles.Unreadable) { return try body() } catch { throw ForeignFault(path, error) }
    }
}

/// Files that lead one to the next, in words; of many the first and the last ones.
func fileWay(_ paths: [String], joiner: String) -> String {
    let most = 6
    let shown = paths.map(OtherFiles.shown)
    let parts = shown.count > most ? shown.prefix(3) + ["…"] + shown.suffix(2) : shown[...]
    return parts.joined(separator: joiner)
}

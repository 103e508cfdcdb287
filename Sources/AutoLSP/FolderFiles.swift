import AutoChecker
import AutoSyntax
import Diagnostics
import StepKinds
import Values

/// A file as it stands in the editor, or on the disk where it is not open.
struct FolderFile {
    let uri: String
    let source: SourceText
    let automation: Automation
    let steps: [String: Step]
    let types: [String: TypeDeclaration]
    private let places: Places
    var path: String { source.name }

    init(uri: String, source: SourceText, automation: Automation, unit: ColumnUnit) {
        self.uri = uri
        self.source = source
        self.automation = automation
        steps = Dictionary(automation.steps.map { ($0.name.text, $0) }) { first, _ in first }
        types = Dictionary(automation.types.map { ($0.name.text, $0) }) { first, _ in first }
        places = Places(source: source, unit: unit)
    }

    func location(_ span: Span) -> Value {
        .record([("uri", .string(uri)), ("range", places.range(span))])
    }

    func edit(_ span: Span, _ text: String) -> Value {
        .record([("range", places.range(span)), ("newText", .string(text))])
    }

    /// The place of a finding or a declaration, as people say it.
    func lineWords(_ span: Span) -> String {
        "line \(source.position(at: span.start).line) of \(path.split(separator: "/").last ?? "")"
    }

    /// The path of the file that a step calls; nil where it calls none.
    func callee(of step: Step) -> String? {
        guard step.type == .restAPI, case .text(let written) = step.given[RestAPI.automation] else {
            return nil
        }
        return try? OtherFiles.path(of: written, namedIn: path)
    }
}

/// The files of the folders that an editor shows. Each is read once for a request, and only when it is asked
/// for.
struct FolderFiles {
    /// More than these are not looked through.
    static let most = 2_000

    private let documents: [String: Document]
    private let folders: [String]
    let workspace: Workspace
    private let unit: ColumnUnit
    private var known: [String: FolderFile] = [:]

    /// - Parameters:
    ///   - documents: the open files.
    ///   - folders: the paths of the folders that the editor has open.
    ///   - workspace: the disk, with the open files in front of it.
    init(
        _ documents: some Sequence<Document>, _ folders: [String], _ workspace: Workspace, _ unit: ColumnUnit
    ) {
        self.documents = Dictionary(documents.map { ($0.name, $0) }) { first, _ in first }
        self.folders = folders
        self.workspace = workspace
        self.unit = unit
    }

    /// - Returns: nil where nothing can be read at the path.
    mutating func file(_ path: String) -> FolderFile? {
        if let file = known[path] { return file }
        let document = documents[path]
        guard let source = document?.source ?? workspace.read(path).map({ SourceText(name: path, bytes: $0) })
        else { return nil }
        let file = FolderFile(
            uri: document?.uri ?? Paths.uri(ofPath: path), source: source,
            automation: document?.model?.automation ?? parseAutomation(source).automation, unit: unit)
        known[path] = file
        return file
    }

    /// The paths of the files that may name a file: those in its folder and in the folders above it, as far
    /// as the editor shows them. Open files are among them.
    func paths(thatMayName path: String) -> [String] {
        let shown = folders.contains { path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }
        let own = String(folderPart(of: path).dropLast())
        // The root of the disk is not looked through.
        let roots = shown ? folders : own.isEmpty ? [] : [own]
        var found = Set(roots.flatMap(workspace.automations))
        found.formUnion(documents.keys)
        found.insert(path)
        return found.filter { path.hasPrefix(folderPart(of: $0)) }.sorted()
    }
}

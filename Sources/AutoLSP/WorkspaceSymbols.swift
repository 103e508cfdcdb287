import AutoChecker
import AutoSyntax
import Diagnostics
import Values

private let mostFiles = 2_000
private let mostSymbols = 500

/// The declarations of all files of the folders whose names hold the letters of a query in their order.
///
/// Files that are open are taken as they stand in the editor, all others as they lie on the disk.
func workspaceSymbols(
    _ query: String, _ documents: [Document], _ folders: [String], _ workspace: Workspace, _ unit: ColumnUnit
) -> Value {
    var found: [Value] = []
    func add(_ automation: Automation, _ uri: String, _ range: (Span) -> Value) {
        for symbol in symbols(of: automation) where found.count < mostSymbols {
            guard holds(symbol.name, query) else { continue }
            let location = Value.record([("uri", .string(uri)), ("range", range(symbol.word))])
            found.append(
                .record([
                    ("name", .string(symbol.name)), ("kind", .int(symbol.kind.rawValue)),
                    ("location", location),
                    ("containerName", .string(automation.name?.text ?? "")),
                ]))
        }
    }
    for document in documents.sorted(by: { $0.uri < $1.uri }) {
        if let automation = document.model?.automation { add(automation, document.uri, document.range) }
    }
    let open = Set(documents.map(\.name))
    for path in folders.flatMap(workspace.automations).filter({ !open.contains($0) }).prefix(mostFiles) {
        guard found.count < mostSymbols, let bytes = workspace.read(path) else { continue }
        let source = SourceText(name: path, bytes: bytes)
        let places = Places(source: source, unit: unit)
        add(parseAutomation(source).automation, Paths.uri(ofPath: path), places.range)
    }
    return .list(found)
}

/// Whether a name holds the letters of a query in their order, small or capital.
private func holds(_ name: String, _ query: String) -> Bool {
    var rest = name.lowercased()[...]
    for letter in query.lowercased() {
        guard let place = rest.firstIndex(of: letter) else { return false }
        rest = rest[rest.index(after: place)...]
    }
    return true
}

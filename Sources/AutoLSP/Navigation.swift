import AutoChecker
import AutoSyntax
import Diagnostics
import Values

/// The name at a place, and every place of it.
func occurrence(_ document: Document, _ offset: Int) -> (Occurrence, [Occurrence])? {
    guard let all = document.model?.occurrences,
        let here = all.first(where: { $0.span.start <= offset && offset <= $0.span.end })
    else { return nil }
    return (here, all.filter { $0.kind == here.kind && $0.name == here.name })
}

func definition(_ document: Document, _ offset: Int, _ workspace: Workspace) -> Value {
    if let file = document.model?.namedFiles.first(where: { $0.path.span.holds(offset) }) {
        return definition(of: file, document, workspace)
    }
    guard let (_, all) = occurrence(document, offset), let place = all.first(where: \.isDeclaration) else {
        return .null
    }
    return document.location(place.span)
}

/// The file that a call or a type names, at the type that is taken from it.
private func definition(of file: NamedFile, _ document: Document, _ workspace: Workspace) -> Value {
    let path = folderPart(of: document.name) + file.path.text
    guard workspace.exists(path) else { return .null }
    let named = SourceText(name: path, bytes: workspace.read(path) ?? [])
    let type = file.type.flatMap { type in
        parseAutomation(named).automation.types.first { $0.name.text == type }
    }
    let places = Places(source: named, unit: document.unit)
    return .record([
        ("uri", .string(Paths.uri(ofPath: path))), ("range", places.range(type?.name.span ?? Span(0, 0))),
    ])
}

extension Span {
    /// Whether a place stands in it, or at one of its ends.
    func holds(_ offset: Int) -> Bool { start <= offset && offset <= end }
}

func references(_ document: Document, _ offset: Int, withDeclaration: Bool) -> Value {
    guard let (_, all) = occurrence(document, offset) else { return .list([]) }
    return .list(all.filter { withDeclaration || !$0.isDeclaration }.map { document.location($0.span) })
}

func highlights(_ document: Document, _ offset: Int) -> Value {
    guard let (_, all) = occurrence(document, offset) else { return .list([]) }
    return .list(
        all.map { place in
            .record([("range", document.range(place.span)), ("kind", .int(place.isDeclaration ? 3 : 2))])
        })
}

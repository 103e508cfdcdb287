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

func definition(_ document: Document, _ offset: Int, _ files: inout FolderFiles) -> Value {
    if let file = document.model?.namedFiles.first(where: { $0.path.span.holds(offset) }) {
        return definition(of: file, document, &files)
    }
    if let shared = files.sharedName(at: offset, of: document.name)?.name, shared.path != document.name {
        return files.declaration(of: shared) ?? .null
    }
    if let (_, all) = occurrence(document, offset), let place = all.first(where: \.isDeclaration) {
        return document.location(place.span)
    }
    return files.calledField(document, offset) ?? .null
}

extension FolderFiles {
    fileprivate mutating func declaration(of name: SharedName) -> Value? {
        guard let file = file(name.path) else { return nil }
        return file.automation.occurrences.first {
            $0.isDeclaration && $0.kind == name.kind.symbol && $0.name == name.name
        }.map { file.location($0.span) }
    }
}

/// The file that a call or a type names, at the type that is taken from it.
private func definition(of file: NamedFile, _ document: Document, _ files: inout FolderFiles) -> Value {
    guard let path = try? OtherFiles.path(of: file.path.text, namedIn: document.name),
        let named = files.file(path)
    else { return .null }
    return named.location(file.type.flatMap { named.types[$0] }?.name.span ?? Span(0, 0))
}

extension Span {
    /// Whether a place stands in it, or at one of its ends.
    func holds(_ offset: Int) -> Bool { start <= offset && offset <= end }
}

/// The places of a name, in other files too where they use it.
func references(
    _ document: Document, _ offset: Int, withDeclaration: Bool, _ files: inout FolderFiles
) -> Value {
    if let shared = files.sharedName(at: offset, of: document.name)?.name {
        return .list(
            files.places(of: shared).sorted { $0.key < $1.key }.flatMap { path, places -> [Value] in
                guard let file = files.file(path) else { return [] }
                return places.filter { withDeclaration || !$0.isDeclaration }.map { file.location($0.span) }
            })
    }
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

import AutoChecker
import Diagnostics
import Values

/// The name at a place, and every place of it.
func occurrence(_ document: Document, _ offset: Int) -> (Occurrence, [Occurrence])? {
    guard let all = document.model?.occurrences,
        let here = all.first(where: { $0.span.start <= offset && offset <= $0.span.end })
    else { return nil }
    return (here, all.filter { $0.kind == here.kind && $0.name == here.name })
}

func definition(_ document: Document, _ offset: Int) -> Value {
    guard let (_, all) = occurrence(document, offset), let place = all.first(where: \.isDeclaration) else {
        return .null
    }
    return document.location(place.span)
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

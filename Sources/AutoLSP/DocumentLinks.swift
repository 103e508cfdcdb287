import AutoSyntax
import CEL
import Diagnostics
import Values

/// Texts that are urls, or paths of files that there are.
func documentLinks(_ document: Document, _ workspace: Workspace) -> Value {
    let tree = document.tree
    let folder = document.name.lastIndex(of: "/").map { String(document.name[...$0]) }
    var links: [Value] = []
    for token in tree.tokens {
        guard token.role != .program, case .text(let pieces) = token.kind, pieces.count == 1,
            case .characters(let text) = pieces[0],
            let target = target(text, folder, workspace)
        else { continue }
        let quoted = tree.source.text(token.span)
        // Only of a text without escapes it is known where its characters stand.
        guard let place = quoted.firstRange(of: text) else { continue }
        let start = token.span.start + quoted[..<place.lowerBound].utf8.count
        links.append(
            .record([
                ("range", document.range(Span(start, start + text.utf8.count))),
                ("target", .string(target)),
            ]))
    }
    return .list(links)
}

/// Where a text leads to; nil for one that is no link.
private func target(_ text: String, _ folder: String?, _ workspace: Workspace) -> String? {
    guard text.utf8.count <= 2_000, !text.contains(where: \.isWhitespace) else { return nil }
    if text.hasPrefix("https://") || text.hasPrefix("http://") { return text }
    guard let folder, folder.hasPrefix("/") else { return nil }
    var path = text
    if text.hasPrefix("file:") {
        path = Paths.path(ofURI: text)
        if path == text { path = String(text.dropFirst("file:".count)) }
    } else if text.hasPrefix("@") {
        path = String(text.dropFirst())
    }
    // What has neither a dot nor a slash is a word, and a pattern stands for many files.
    guard path.contains(where: { "./".contains($0) }), !path.contains(where: { "*?[{".contains($0) }) else {
        return nil
    }
    let whole = path.hasPrefix("/") ? path : folder + path
    return workspace.exists(whole) ? Paths.uri(ofPath: whole) : nil
}

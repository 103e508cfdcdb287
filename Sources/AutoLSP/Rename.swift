import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import Values

/// - Throws: When no name stands at the place that can be another.
func prepareRename(
    _ document: Document, _ offset: Int, _ files: inout FolderFiles
) throws(ResponseError) -> Value {
    if let shared = files.sharedName(at: offset, of: document.name), shared.name.path != document.name {
        return placeholder(shared.name.name, document.range(shared.span))
    }
    let (here, _) = try renamed(document, offset)
    return placeholder(here.name, document.range(here.span))
}

private func placeholder(_ name: String, _ range: Value) -> Value {
    .record([("range", range), ("placeholder", .string(name))])
}

/// The edits that give what stands at a place another name, wherever it stands: an input, a step and a type
/// also in the files of the folder that use them.
///
/// - Parameter declaring: gives the document of the file that declares a name, by its path.
/// - Throws: When no name stands at the place that can be another, or when the new one cannot be taken.
func rename(
    _ document: Document, _ offset: Int, to name: String, _ files: inout FolderFiles,
    declaring: (FolderFile) -> Document
) throws(ResponseError) -> Value {
    if let shared = files.sharedName(at: offset, of: document.name) {
        return try rename(shared.name, to: name, &files, declaring)
    }
    let (here, all) = try renamed(document, offset)
    if let words = refusal(of: name, for: here, all, document) {
        throw ResponseError(.requestFailed, words)
    }
    let edits = name == here.name ? [] : all.map { edit(document, $0.span, name) }
    return .record([("changes", .record([(document.uri, .list(edits))]))])
}

private func renamed(
    _ document: Document, _ offset: Int
) throws(ResponseError) -> (Occurrence, [Occurrence]) {
    guard let found = occurrence(document, offset) else {
        let word = document.word(at: offset)
        let words =
            word.isEmpty
            ? "no name stands here"
            : reservedNames.contains(word)
                ? "`\(word)` is reserved and has no other name"
                : "`\(word)` is a word of the language or part of a value, and no name that the file declares"
        throw ResponseError(
            .requestFailed, words + "; steps, inputs, secrets, types and variables can be renamed")
    }
    guard found.1.contains(where: \.isDeclaration) else {
        throw ResponseError(.requestFailed, "`\(found.0.name)` is declared nowhere in this file")
    }
    return found
}

/// Why a name cannot be taken; nil when it can.
func refusal(
    of name: String, for here: Occurrence, _ all: [Occurrence], _ document: Document
) -> String? {
    guard isIdentifier(name) else {
        return "\(jsonString(name)) is no name: names are made of the letters A to Z, digits and `_`, "
            + "and begin with no digit"
    }
    if name == here.name { return nil }
    if here.kind == .type {
        if DataType.names.contains(name) { return "`\(name)` is a type of the language already" }
    } else if !isName(name) {
        return "`\(name)` is a word of expressions and cannot be a name in them"
    }
    return clash(name, here, all, document)
}

/// Whether an expression reads a word as a name, as it does not with `true` or `in`.
private func isName(_ word: String) -> Bool {
    guard let expression = try? parseExpression(SourceText(name: "", text: word), dialect: .automation) else {
        return false
    }
    return expression.kind == .name(word, rooted: false)
}

/// What has the name already, in words; nil when nothing has it that would be mistaken for what is renamed.
private func clash(
    _ name: String, _ here: Occurrence, _ all: [Occurrence], _ document: Document
) -> String? {
    let others = document.model?.occurrences.filter { $0.isDeclaration && $0.name == name } ?? []
    func taken(_ what: String, _ other: Occurrence) -> String {
        let line = document.source.position(at: other.span.start).line
        return "\(what) `\(name)` is declared in line \(line) already; choose another name"
    }
    switch here.kind {
    case .input: return others.first { $0.kind == .input }.map { taken("the input", $0) }
    case .secret: return others.first { $0.kind == .secret }.map { taken("the secret", $0) }
    case .type: return others.first { $0.kind == .type }.map { taken("the type", $0) }
    case .step, .variable:
        if reservedNames.contains(name) { return "`\(name)` is reserved; choose another name" }
        if let step = others.first(where: { $0.kind == .step }) { return taken("the step", step) }
        // A variable hides what has its name around it, so that a use of the one would become a use of the other.
        let scope = here.kind == .step ? nil : document.model?.step(at: here.span.start)
        let variable = others.first {
            if case .variable = $0.kind {
                scope == nil || scope == document.model?.step(at: $0.span.start)
            } else {
                false
            }
        }
        return variable.map { taken("the variable", $0) }
    }
}

extension Document {
    /// The word that stands at a place; empty where none does.
    func word(at offset: Int) -> String {
        let bytes = source.bytes
        var start = min(max(0, offset), bytes.count)
        var end = start
        while start > 0, isIdentifierPart(bytes[start - 1]) { start -= 1 }
        while end < bytes.count, isIdentifierPart(bytes[end]) { end += 1 }
        return source.text(Span(start, end))
    }
}

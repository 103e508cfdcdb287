import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// Where in a file, perhaps a broken one, the cursor stands.
///
/// The text before the cursor is parsed: what the parser has open where that text ends is what is being written.
struct CompletionContext {
    enum Place: Hashable {
        /// At the beginning of a line outside of all blocks.
        case declaration
        /// Behind `->`.
        case target
        /// Where a setting of a step begins.
        case setting
        /// Where a field of a prompt_template begins.
        case field(StepType?)
        /// In the value of a field, a setting or an entry, by its name.
        case value(StepType?, field: String)
        case type
        /// Where the name of a declared type stands.
        case typeName
        /// Where an entry of a test begins.
        case testEntry
        /// Inside a text, and not in an interpolation of it.
        case text(StepType?, field: String)
        case nowhere
    }

    let place: Place
    /// The step that the cursor stands in, by name.
    let step: String?
    /// The word that is being written.
    let word: Span
    /// The names of the setting, the field or the entry that the cursor stands in, and of those inside it, outermost first.
    let path: [String]
    /// Whether it stands in a setting of a step.
    let isSetting: Bool
    /// Whether the key of a record's entry can begin there.
    let beginsKey: Bool
    /// What of a record's key in quotes stands before the word; nil where no such key is being written.
    let quotedKey: String?
    /// What names a file, and what stands of its path before the word; nil where none is named.
    let namedFile: (kind: NamedFile, written: String)?
    /// What is compared with the word where it is the left side of a comparison; nil elsewhere.
    let comparedBehind: (chain: String, isElement: Bool)?
    /// What stands before the word, or before the text that it stands in, in the same expression.
    let before: Pieces

    /// More files than these are not read for what they declare.
    static let mostFiles = 200

    /// Which files can stand where a text names one.
    enum NamedFile: Hashable {
        case automation
        case data
    }

    init(_ source: SourceText, at offset: Int) {
        let offset = min(offset, source.bytes.count)
        var start = offset
        while start > 0, isIdentifierPart(source.bytes[start - 1]) { start -= 1 }
        word = Span(start, offset)
        let prefix = SourceText(name: source.name, bytes: Array(source.bytes[..<start]))
        let cursor = Cursor(parseAutomation(prefix).tree)
        step = cursor.stepName
        path = cursor.entryNames
        isSetting = cursor.isSetting
        beginsKey = cursor.beginsKey
        quotedKey = cursor.quotedKey
        (place, before) = cursor.place()
        namedFile = cursor.namedFile(place, before)
        var end = offset
        while end < source.bytes.count, isIdentifierPart(source.bytes[end]) { end += 1 }
        if case .text = place, end < source.bytes.count, source.bytes[end] == UInt8(ascii: "\"") { end += 1 }
        comparedBehind =
            before.beginOperand
            ? Pieces.compared(behind: end, in: source).map { (chain: $0, isElement: false) } : nil
    }

    /// The entry of a test that the cursor stands in; nil outside of tests.
    var testWord: TestWord? { step == nil ? path.first.flatMap(TestWord.init(rawValue:)) : nil }
}

/// The end of a text, seen from what is open there.
private struct Cursor {
    private let tree: SyntaxTree
    /// The nodes in which the text ends, outermost first.
    private let open: [SyntaxNode]

    init(_ tree: SyntaxTree) {
        self.tree = tree
        // A field of which nothing is written yet is no more than the record that it will stand in.
        open = tree.openNodes.map { tree.nodes[$0] }.filter { $0.kind != .field || !$0.tokens.isEmpty }
    }

    private var step: SyntaxNode? { open.first { $0.kind == .step } }

    private var stepType: StepType? {
        step.flatMap { StepType(rawValue: tree.text(of: $0.tokens.lowerBound)) }
    }

    var stepName: String? {
        guard let tokens = step?.tokens, tokens.count > 1 else { return nil }
        return tree.tokens[tokens.lowerBound + 1].word
    }

    /// The names of the entries in which the text ends, outermost first.
    var entryNames: [String] {
        open.compactMap { node in
            switch node.kind {
            case .field, .branch, .setting, .expectation:
                node.tokens.first.map { tree.text(of: $0).filter { $0 != "\"" } }
            case .file, .declaration, .step, .block, .template, .record, .selector, .type, .oneOf,
                .recordType, .target, .expression:
                nil
            }
        }
    }

    private var entryName: String { entryNames.first ?? "" }

    var isSetting: Bool { open.contains { $0.kind == .setting } }

    var beginsKey: Bool { open.last?.kind == .record && beginsEntry }

    var quotedKey: String? {
        let bytes = tree.source.bytes
        guard let last, last.kind == nil, bytes[last.span.start] == UInt8(ascii: "\""),
            !bytes[last.span.start...].contains(0x0A), open.contains(where: { $0.kind == .record })
        else { return nil }
        let before = tree.tokens.dropLast(2).last
        guard last.newlineBefore || before?.isSymbol(.openBrace) == true || before?.isSymbol(.comma) == true
        else { return nil }
        return String(decoding: bytes[(last.span.start + 1)...], as: UTF8.self)
    }

    /// The last token before the end.
    private var last: SyntaxToken? { tree.tokens.dropLast().last }

    private var isOnNewLine: Bool { tree.tokens.count == 1 || tree.tokens.last?.newlineBefore == true }

    private var isInComment: Bool {
        guard let comment = tree.comments(before: tree.tokens.count - 1).last else { return false }
        return !tree.source.bytes[comment.span.start...].contains(0x0A)
    }

    /// What names a file in the text that is being written, which has no `${` then.
    func namedFile(_ place: CompletionContext.Place, _ before: Pieces) -> (
        CompletionContext.NamedFile, String
    )? {
        guard case .text = place, let last, last.kind == nil else { return nil }
        let kind: CompletionContext.NamedFile
        switch entryNames {
        case [RestAPI.automation.name]: kind = .automation
        case [LLMCall.tools.name]:
            switch ToolPlace(before)?.place {
            case .entry, .value(ToolField.automation): kind = .automation
            case .key, .value, .innerKey, .elsewhere, nil: return nil
            }
        case [DataTransform.read.name]: kind = .data
        case [] where tree.tokens.dropLast(2).last?.word == "from": kind = .automation
        default: return nil
        }
        return (kind, String(decoding: tree.source.bytes[(last.span.start + 1)...], as: UTF8.self))
    }

    func place() -> (CompletionContext.Place, Pieces) {
        var pieces = Pieces(tree.source)
        if isInComment { return (.nowhere, pieces) }
        for token in open.last?.tokens ?? 0..<0 {
            if let kind = tree.tokens[token].kind { pieces.append(kind, tree.tokens[token].span) }
        }
        if let last, last.kind == nil, !tree.source.bytes[last.span.end...].contains(0x0A) {
            return inside(last.span.start, pieces)
        }
        return (placeOutsideTexts, pieces)
    }

    private var placeOutsideTexts: CompletionContext.Place {
        guard let innermost = open.last else { return isOnNewLine ? .declaration : .nowhere }
        switch innermost.kind {
        case .file: return isOnNewLine ? .declaration : .nowhere
        case .block: return beginsEntry ? entryPlace(innermost) : .nowhere
        case .target: return .target
        case .type: return .type
        // The word alone stands there, before the end of the text.
        case .declaration(.type) where innermost.tokens.lowerBound == tree.tokens.count - 2 && !isOnNewLine:
            return .typeName
        case .record, .selector, .expression: return .value(stepType, field: entryName)
        case .declaration, .step, .setting, .template, .field, .branch, .expectation, .oneOf, .recordType:
            return .nowhere
        }
    }

    /// Whether an entry of a block can begin where the text ends.
    private var beginsEntry: Bool {
        guard !isOnNewLine, let last else { return true }
        return last.isSymbol(.openBrace) || last.isSymbol(.closeBrace) || last.isSymbol(.comma)
    }

    private func entryPlace(_ block: SyntaxNode) -> CompletionContext.Place {
        guard let parent = block.parent else { return .nowhere }
        switch tree.nodes[parent].kind {
        case .step: return .setting
        case .template: return .field(stepType)
        case .declaration: return .testEntry
        case .file, .block, .setting, .field, .branch, .expectation, .record, .selector, .type, .oneOf,
            .recordType, .target, .expression:
            return .nowhere
        }
    }

    /// The place inside a text that is never closed: in its characters, or in the innermost `${` that is open.
    private func inside(_ start: Int, _ outside: Pieces) -> (CompletionContext.Place, Pieces) {
        let bytes = tree.source.bytes
        var pieces = outside
        var lexer = Lexer(bytes: bytes, range: start..<bytes.count, dialect: .automation)
        while true {
            do throws(Diagnostic) {
                let token = try lexer.next()
                guard token.kind != .endOfText else {
                    return (.value(stepType, field: entryName), pieces)
                }
                pieces.append(token.kind, token.span)
            } catch {
                guard error.code == .unclosedText, bytes[error.span.start] == UInt8(ascii: "$") else {
                    return (.text(stepType, field: entryName), pieces)
                }
                pieces = Pieces(tree.source)
                lexer = Lexer(bytes: bytes, range: error.span.end..<bytes.count, dialect: .automation)
            }
        }
    }
}

import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import Values

/// An open file, with what is known of it.
struct Document {
    let uri: String
    let name: String
    private(set) var source: SourceText
    var version: Value
    let options: CheckOptions
    private(set) var draft: CheckDraft
    /// The last state that had a START and steps, for completion in a file that is broken just now.
    private(set) var model: SemanticModel?
    let unit: ColumnUnit
    /// The tree of this state, once a request has needed it.
    private var keptTree: SyntaxTree?

    init(uri: String, name: String, text: String, version: Value, options: CheckOptions, unit: ColumnUnit) {
        self.uri = uri
        self.name = name
        self.version = version
        self.options = options
        self.unit = unit
        source = SourceText(name: name, text: text)
        draft = CheckDraft(source, options)
        model = draft.model
    }

    /// Takes the changes of one notification in.
    mutating func change(_ changes: [Value]) {
        var bytes = source.bytes
        for change in changes {
            guard let map = change.asMap, let text = map["text"]?.asText else { continue }
            if let range = map["range"], range.asMap != nil {
                let current = SourceText(name: name, bytes: bytes)
                let span = Places(source: current, unit: unit).span(range)
                bytes.replaceSubrange(span.start..<span.end, with: Array(text.utf8))
            } else {
                bytes = Array(text.utf8)
            }
        }
        source = SourceText(name: name, bytes: bytes)
        keptTree = nil
        draft = CheckDraft(source, options)
        model = draft.model ?? model
    }

    /// Checks it anew: a file that it names has changed.
    mutating func checkAgain() {
        draft = CheckDraft(source, options)
        model = draft.model ?? model
    }

    /// Whether a change of a file changes what is known of this one, because it names that file, or one that
    /// it names does.
    func names(_ path: String) -> Bool {
        let folder = folderPart(of: name)
        return path != name && path.hasPrefix(folder)
            && draft.namedFiles.contains(String(path.dropFirst(folder.count)))
    }

    /// The text as it stands, broken or not, without loss.
    var tree: SyntaxTree { keptTree ?? parseAutomation(source).tree }

    /// Keeps the tree for the requests that are made again and again between two keystrokes.
    mutating func keepTree(for method: RequestMethod) {
        switch method {
        case .semanticTokens, .semanticTokensInRange, .foldingRange, .documentLink:
            if keptTree == nil { keptTree = tree }
        case .hover, .signatureHelp, .definition, .references, .documentHighlight, .prepareRename, .rename,
            .completion, .documentSymbol, .workspaceSymbol, .formatting, .rangeFormatting, .codeAction,
            .codeLens:
            break
        }
    }

    // Places.

    private var places: Places { Places(source: source, unit: unit) }

    func offset(_ position: Value?) -> Int { places.offset(position) }

    func span(_ range: Value?) -> Span { places.span(range) }

    func lineAndColumn(_ offset: Int) -> (line: Int, column: Int) { places.lineAndColumn(offset) }

    func position(_ offset: Int) -> Value { places.position(offset) }

    func range(_ span: Span) -> Value { places.range(span) }

    func location(_ span: Span) -> Value {
        .record([("uri", .string(uri)), ("range", range(span))])
    }
}

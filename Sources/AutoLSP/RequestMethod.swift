import Values

/// The requests that are served, beside `initialize` and `shutdown`.
///
/// The one list of them: what the server says that it can is made of it, and each is answered by a `switch` over it.
enum RequestMethod: String, CaseIterable {
    case hover = "textDocument/hover"
    case signatureHelp = "textDocument/signatureHelp"
    case definition = "textDocument/definition"
    case references = "textDocument/references"
    case documentHighlight = "textDocument/documentHighlight"
    case prepareRename = "textDocument/prepareRename"
    case rename = "textDocument/rename"
    case completion = "textDocument/completion"
    case documentSymbol = "textDocument/documentSymbol"
    case workspaceSymbol = "workspace/symbol"
    case foldingRange = "textDocument/foldingRange"
    case formatting = "textDocument/formatting"
    case rangeFormatting = "textDocument/rangeFormatting"
    case codeAction = "textDocument/codeAction"
    case codeLens = "textDocument/codeLens"
    case documentLink = "textDocument/documentLink"
    case semanticTokens = "textDocument/semanticTokens/full"
    case semanticTokensInRange = "textDocument/semanticTokens/range"

    /// What a request is about, beside the file.
    enum Subject {
        case workspace
        case file
        case place
        case range
    }

    var subject: Subject {
        switch self {
        case .workspaceSymbol: .workspace
        case .documentSymbol, .foldingRange, .formatting, .codeLens, .documentLink, .semanticTokens: .file
        case .hover, .signatureHelp, .definition, .references, .documentHighlight, .prepareRename, .rename,
            .completion:
            .place
        case .rangeFormatting, .codeAction, .semanticTokensInRange: .range
        }
    }

    /// The name under which the server says that it serves the method, with its options; nil where another
    /// method's says it.
    private var capability: (name: String, options: Value)? {
        switch self {
        case .hover: ("hoverProvider", .bool(true))
        case .signatureHelp: ("signatureHelpProvider", .record([("triggerCharacters", texts("(", ","))]))
        case .definition: ("definitionProvider", .bool(true))
        case .references: ("referencesProvider", .bool(true))
        case .documentHighlight: ("documentHighlightProvider", .bool(true))
        case .prepareRename, .semanticTokensInRange: nil
        case .rename: ("renameProvider", .record([("prepareProvider", .bool(true))]))
        case .completion:
            ("completionProvider", .record([("triggerCharacters", texts(".", "\"", ">", ":", " "))]))
        case .documentSymbol: ("documentSymbolProvider", .bool(true))
        case .workspaceSymbol: ("workspaceSymbolProvider", .bool(true))
        case .foldingRange: ("foldingRangeProvider", .bool(true))
        case .formatting: ("documentFormattingProvider", .bool(true))
        case .rangeFormatting: ("documentRangeFormattingProvider", .bool(true))
        case .codeAction:
            ("codeActionProvider", .record([("codeActionKinds", texts("quickfix", "source.fixAll"))]))
        case .codeLens: ("codeLensProvider", .record([("resolveProvider", .bool(false))]))
        case .documentLink: ("documentLinkProvider", .record([("resolveProvider", .bool(false))]))
        case .semanticTokens:
            (
                "semanticTokensProvider",
                .record([
                    ("legend", SemanticTokenType.legend), ("full", .bool(true)), ("range", .bool(true)),
                ])
            )
        }
    }

    /// What the server says that it can.
    static func capabilities(_ unit: ColumnUnit) -> Value {
        let sync = Value.record([
            ("openClose", .bool(true)), ("change", .int(2)),
            ("save", .record([("includeText", .bool(false))])),
        ])
        return .record(
            [("positionEncoding", .string(unit.rawValue)), ("textDocumentSync", sync)]
                + allCases.compactMap(\.capability).map { ($0.name, $0.options) })
    }
}

private func texts(_ texts: String...) -> Value { .list(texts.map(Value.string)) }

// What the server can, as the editor asks for it. Whether a provider is there, and after which characters it is asked,
// is what the server says of itself.
const vscode = require('vscode');

/** What this client can show. */
const capabilities = {
  textDocument: {
    completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } },
    publishDiagnostics: { relatedInformation: true, tagSupport: { valueSet: [1] } },
  },
};

const range = (r) => new vscode.Range(r.start.line, r.start.character, r.end.line, r.end.character);
const location = (found) => new vscode.Location(vscode.Uri.parse(found.uri), range(found.range));
const markdown = (found) => found && new vscode.MarkdownString(typeof found === 'string' ? found : found.value);
const edits = (found) => (found ?? []).map((e) => vscode.TextEdit.replace(range(e.range), e.newText));
const file = (document) => ({ textDocument: { uri: document.uri.toString() } });
const place = (document, position) => ({ ...file(document), position });

/** Things of the protocol as those of the editor, whose kinds are counted from 0. */
const shown = {
  finding: (d) => {
    const severity = d.severity === 1 ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
    const finding = new vscode.Diagnostic(range(d.range), d.message, severity);
    Object.assign(finding, { code: d.code, source: d.source, tags: d.tags });
    finding.relatedInformation = d.relatedInformation?.map(
      (one) => new vscode.DiagnosticRelatedInformation(location(one.location), one.message));
    return finding;
  },
  completion: (item) => {
    const offered = new vscode.CompletionItem(item.label, item.kind - 1);
    const text = item.textEdit.newText;
    return Object.assign(offered, {
      detail: item.detail, documentation: markdown(item.documentation), sortText: item.sortText,
      insertText: item.insertTextFormat === 2 ? new vscode.SnippetString(text) : text, range: range(item.textEdit.range),
    });
  },
  signature: (found) => {
    const help = new vscode.SignatureHelp();
    help.signatures = found.signatures.map((s) => {
      const signature = new vscode.SignatureInformation(s.label, markdown(s.documentation));
      signature.parameters = s.parameters.map((p) => new vscode.ParameterInformation(p.label));
      return signature;
    });
    return Object.assign(help, { activeSignature: found.activeSignature, activeParameter: found.activeParameter });
  },
  workspaceEdit: (found) => {
    const edit = new vscode.WorkspaceEdit();
    for (const [uri, changes] of Object.entries(found?.changes ?? {})) edit.set(vscode.Uri.parse(uri), edits(changes));
    return edit;
  },
  action: (a) => {
    const action = new vscode.CodeAction(a.title, vscode.CodeActionKind.Empty.append(a.kind));
    return Object.assign(action, { edit: shown.workspaceEdit(a.edit), isPreferred: a.isPreferred });
  },
};

/** What can be registered, by the server's name for it: a function of what asks, and of what the server said with the name. */
const providers = {
  ...placeProviders(), ...fileProviders(), ...changeProviders(),
};

function placeProviders() {
  return {
    hoverProvider: (ask) => vscode.languages.registerHoverProvider('auto', {
      provideHover: async (document, position) => {
        const found = await ask('textDocument/hover', place(document, position));
        return found && new vscode.Hover(markdown(found.contents), range(found.range));
      },
    }),
    definitionProvider: (ask) => vscode.languages.registerDefinitionProvider('auto', {
      provideDefinition: async (document, position) => {
        const found = await ask('textDocument/definition', place(document, position));
        return found && location(found);
      },
    }),
    completionProvider: (ask, { triggerCharacters }) => vscode.languages.registerCompletionItemProvider('auto', {
      provideCompletionItems: async (document, position) =>
        ((await ask('textDocument/completion', place(document, position)))?.items ?? []).map(shown.completion),
    }, ...triggerCharacters),
    signatureHelpProvider: (ask, { triggerCharacters }) => vscode.languages.registerSignatureHelpProvider('auto', {
      provideSignatureHelp: async (document, position) => {
        const found = await ask('textDocument/signatureHelp', place(document, position));
        return found && shown.signature(found);
      },
    }, ...triggerCharacters),
    referencesProvider: (ask) => vscode.languages.registerReferenceProvider('auto', {
      provideReferences: async (document, position, context) =>
        ((await ask('textDocument/references', { ...place(document, position), context })) ?? []).map(location),
    }),
    documentHighlightProvider: (ask) => vscode.languages.registerDocumentHighlightProvider('auto', {
      provideDocumentHighlights: async (document, position) =>
        ((await ask('textDocument/documentHighlight', place(document, position))) ?? []).map(
          (h) => new vscode.DocumentHighlight(range(h.range), h.kind - 1)),
    }),
  };
}

function fileProviders() {
  return {
    documentSymbolProvider: (ask) => vscode.languages.registerDocumentSymbolProvider('auto', {
      provideDocumentSymbols: async (document) =>
        ((await ask('textDocument/documentSymbol', file(document))) ?? []).map(
          (s) => new vscode.DocumentSymbol(s.name, s.detail, s.kind - 1, range(s.range), range(s.selectionRange))),
    }),
    workspaceSymbolProvider: (ask) => vscode.languages.registerWorkspaceSymbolProvider({
      provideWorkspaceSymbols: async (query) =>
        ((await ask('workspace/symbol', { query })) ?? []).map(
          (s) => new vscode.SymbolInformation(s.name, s.kind - 1, s.containerName, location(s.location))),
    }),
    foldingRangeProvider: (ask) => vscode.languages.registerFoldingRangeProvider('auto', {
      provideFoldingRanges: async (document) =>
        ((await ask('textDocument/foldingRange', file(document))) ?? []).map((r) => new vscode.FoldingRange(
          r.startLine, r.endLine, r.kind === 'comment' ? vscode.FoldingRangeKind.Comment : undefined)),
    }),
    codeLensProvider: (ask) => vscode.languages.registerCodeLensProvider('auto', {
      provideCodeLenses: async (document) =>
        ((await ask('textDocument/codeLens', file(document))) ?? []).map(
          (lens) => new vscode.CodeLens(range(lens.range), lens.command)),
    }),
    documentLinkProvider: (ask) => vscode.languages.registerDocumentLinkProvider('auto', {
      provideDocumentLinks: async (document) =>
        ((await ask('textDocument/documentLink', file(document))) ?? []).map(
          (link) => new vscode.DocumentLink(range(link.range), vscode.Uri.parse(link.target))),
    }),
    semanticTokensProvider: (ask, { legend }) => {
      const words = new vscode.SemanticTokensLegend(legend.tokenTypes, legend.tokenModifiers);
      const tokens = async (method, params) => {
        const found = await ask(method, params);
        return found && new vscode.SemanticTokens(Uint32Array.from(found.data));
      };
      return vscode.Disposable.from(
        vscode.languages.registerDocumentSemanticTokensProvider('auto', {
          provideDocumentSemanticTokens: (document) => tokens('textDocument/semanticTokens/full', file(document)),
        }, words),
        vscode.languages.registerDocumentRangeSemanticTokensProvider('auto', {
          provideDocumentRangeSemanticTokens: (document, r) =>
            tokens('textDocument/semanticTokens/range', { ...file(document), range: r }),
        }, words));
    },
  };
}

function changeProviders() {
  return {
    renameProvider: (ask) => vscode.languages.registerRenameProvider('auto', {
      prepareRename: async (document, position) => {
        const found = await ask('textDocument/prepareRename', place(document, position));
        return found && { range: range(found.range), placeholder: found.placeholder };
      },
      provideRenameEdits: async (document, position, newName) =>
        shown.workspaceEdit(await ask('textDocument/rename', { ...place(document, position), newName })),
    }),
    codeActionProvider: (ask, { codeActionKinds }) => vscode.languages.registerCodeActionsProvider('auto', {
      provideCodeActions: async (document, r) => {
        const params = { ...file(document), range: r, context: { diagnostics: [] } };
        return ((await ask('textDocument/codeAction', params)) ?? []).map(shown.action);
      },
    }, { providedCodeActionKinds: codeActionKinds.map((kind) => vscode.CodeActionKind.Empty.append(kind)) }),
    documentFormattingProvider: (ask) => vscode.languages.registerDocumentFormattingEditProvider('auto', {
      provideDocumentFormattingEdits: async (document) => edits(await ask('textDocument/formatting', file(document))),
    }),
    documentRangeFormattingProvider: (ask) => vscode.languages.registerDocumentRangeFormattingEditProvider('auto', {
      provideDocumentRangeFormattingEdits: async (document, r) =>
        edits(await ask('textDocument/rangeFormatting', { ...file(document), range: r })),
    }),
  };
}

/** Registers what the server says that it can. @returns What ends that. */
function register(server, offered) {
  const ask = (method, params) => server.request(method, params);
  return Object.keys(providers).filter((name) => offered[name]).map((name) => providers[name](ask, offered[name]));
}

module.exports = { capabilities, providers, register, shown };

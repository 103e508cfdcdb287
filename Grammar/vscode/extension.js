// Starts `autocheck lsp` and shows what it says. The protocol is spoken by vscode-languageclient when the extension was
// packed with it (`npm install`), else by the small client below, which needs nothing but the editor.
const vscode = require('vscode');
const { spawn } = require('child_process');

let stop = () => {};

/** The commands of the lenses above an automation and its tests: they run `autorun` in a terminal that stays open. */
function registerCommands(context) {
  const quoted = (text) => (process.platform === 'win32' ? `"${text}"` : `'${text.replace(/'/g, `'\\''`)}'`);
  const run = (words) => {
    const name = 'autorun';
    const terminal =
      vscode.window.terminals.find((t) => t.name === name && t.exitStatus === undefined) ?? vscode.window.createTerminal(name);
    terminal.show(true);
    terminal.sendText(words.join(' '));
  };
  const program = () => vscode.workspace.getConfiguration('auto').get('runnerPath') || 'autorun';
  const file = (path) => quoted(path ?? vscode.window.activeTextEditor?.document.uri.fsPath ?? '');
  context.subscriptions.push(
    vscode.commands.registerCommand('auto.run', (path) => run([quoted(program()), 'run', file(path)])),
    vscode.commands.registerCommand('auto.test', (path, test) =>
      run([quoted(program()), 'test', file(path), ...(test === undefined ? [] : ['--filter', quoted(test)])])));
}

function activate(context) {
  registerCommands(context);
  const command = vscode.workspace.getConfiguration('auto').get('serverPath') || 'autocheck';
  let client;
  try {
    client = require('vscode-languageclient/node');
  } catch {
    startSmallClient(context, command);
    return;
  }
  const server = { command, args: ['lsp'] };
  const languageClient = new client.LanguageClient('autocheck', 'autocheck', server, {
    documentSelector: [{ language: 'auto' }],
  });
  languageClient.start();
  stop = () => languageClient.stop();
}

/** What the server can, over the protocol by hand. */
function startSmallClient(context, command) {
  const server = spawn(command, ['lsp']);
  server.on('error', () =>
    vscode.window.showWarningMessage(`auto: ${command} was not found; set auto.serverPath to where autocheck is.`));
  const findings = vscode.languages.createDiagnosticCollection('autocheck');
  const waiting = new Map();
  let last = 0;
  let buffer = Buffer.alloc(0);

  const send = (message) => {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    server.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    server.stdin.write(body);
  };
  const request = (method, params) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      send({ id: last, method, params });
    });
  const range = (r) => new vscode.Range(r.start.line, r.start.character, r.end.line, r.end.character);
  const place = (document, position) => ({ textDocument: { uri: document.uri.toString() }, position });

  server.stdout.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const end = buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.slice(0, end).toString())?.[1]);
      if (buffer.length < end + 4 + length) return;
      const message = JSON.parse(buffer.slice(end + 4, end + 4 + length).toString());
      buffer = buffer.slice(end + 4 + length);
      if (message.method === 'textDocument/publishDiagnostics') {
        findings.set(
          vscode.Uri.parse(message.params.uri),
          message.params.diagnostics.map((d) => {
            const severity = d.severity === 1 ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
            const shown = new vscode.Diagnostic(range(d.range), d.message, severity);
            shown.code = d.code;
            shown.source = 'autocheck';
            return shown;
          }));
      } else if (waiting.has(message.id)) {
        const { resolve, reject } = waiting.get(message.id);
        waiting.delete(message.id);
        // What the server refuses it says in words, which the editor shows.
        if (message.error) reject(new Error(message.error.message));
        else resolve(message.result);
      }
    }
  });

  const file = (document) => ({ textDocument: { uri: document.uri.toString() } });
  const edits = (found) => (found ?? []).map((e) => vscode.TextEdit.replace(range(e.range), e.newText));
  const location = (found) => new vscode.Location(vscode.Uri.parse(found.uri), range(found.range));
  const markdown = (found) => found && new vscode.MarkdownString(typeof found === 'string' ? found : found.value);
  const workspaceEdit = (found) => {
    const edit = new vscode.WorkspaceEdit();
    for (const [uri, changes] of Object.entries(found?.changes ?? {})) edit.set(vscode.Uri.parse(uri), edits(changes));
    return edit;
  };

  const isAuto = (document) => document.languageId === 'auto';
  const open = (document) => {
    if (!isAuto(document)) return;
    const textDocument = { uri: document.uri.toString(), languageId: 'auto', version: document.version, text: document.getText() };
    send({ method: 'textDocument/didOpen', params: { textDocument } });
  };
  const folders = (vscode.workspace.workspaceFolders ?? []).map((f) => ({ uri: f.uri.toString(), name: f.name }));
  const capabilities = { textDocument: { completion: { completionItem: { snippetSupport: true } } } };
  const hello = { processId: process.pid, rootUri: folders[0]?.uri ?? null, workspaceFolders: folders, capabilities };
  const started = request('initialize', hello).then((answer) => {
    send({ method: 'initialized', params: {} });
    vscode.workspace.textDocuments.forEach(open);
    const { tokenTypes, tokenModifiers } = answer.capabilities.semanticTokensProvider.legend;
    const legend = new vscode.SemanticTokensLegend(tokenTypes, tokenModifiers);
    const tokens = async (method, params) => {
      const found = await request(method, params);
      return found && new vscode.SemanticTokens(Uint32Array.from(found.data));
    };
    context.subscriptions.push(
      vscode.languages.registerDocumentSemanticTokensProvider('auto', {
        provideDocumentSemanticTokens: (document) => tokens('textDocument/semanticTokens/full', file(document)),
      }, legend),
      vscode.languages.registerDocumentRangeSemanticTokensProvider('auto', {
        provideDocumentRangeSemanticTokens: (document, r) =>
          tokens('textDocument/semanticTokens/range', { ...file(document), range: r }),
      }, legend));
  });
  context.subscriptions.push(
    findings,
    vscode.workspace.onDidOpenTextDocument((document) => started.then(() => open(document))),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (!isAuto(document)) return;
      const textDocument = { uri: document.uri.toString(), version: document.version };
      send({ method: 'textDocument/didChange', params: { textDocument, contentChanges: [{ text: document.getText() }] } });
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (isAuto(document)) send({ method: 'textDocument/didClose', params: { textDocument: { uri: document.uri.toString() } } });
    }),
    vscode.languages.registerHoverProvider('auto', {
      provideHover: async (document, position) => {
        const found = await request('textDocument/hover', place(document, position));
        return found && new vscode.Hover(new vscode.MarkdownString(found.contents.value), range(found.range));
      },
    }),
    vscode.languages.registerDefinitionProvider('auto', {
      provideDefinition: async (document, position) => {
        const found = await request('textDocument/definition', place(document, position));
        return found && location(found);
      },
    }),
    vscode.languages.registerCompletionItemProvider('auto', {
      provideCompletionItems: async (document, position) => {
        const found = await request('textDocument/completion', place(document, position));
        return (found?.items ?? []).map((item) => {
          const shown = new vscode.CompletionItem(item.label, item.kind - 1);
          shown.detail = item.detail;
          shown.documentation = markdown(item.documentation);
          const text = item.textEdit.newText;
          shown.insertText = item.insertTextFormat === 2 ? new vscode.SnippetString(text) : text;
          shown.range = range(item.textEdit.range);
          shown.sortText = item.sortText;
          return shown;
        });
      },
    }, '.', '"', '>'),
    vscode.languages.registerSignatureHelpProvider('auto', {
      provideSignatureHelp: async (document, position) => {
        const found = await request('textDocument/signatureHelp', place(document, position));
        if (!found) return undefined;
        const help = new vscode.SignatureHelp();
        help.signatures = found.signatures.map((s) => {
          const shown = new vscode.SignatureInformation(s.label, markdown(s.documentation));
          shown.parameters = s.parameters.map((p) => new vscode.ParameterInformation(p.label));
          return shown;
        });
        help.activeSignature = found.activeSignature;
        help.activeParameter = found.activeParameter;
        return help;
      },
    }, '(', ','),
    vscode.languages.registerReferenceProvider('auto', {
      provideReferences: async (document, position, context) =>
        ((await request('textDocument/references', { ...place(document, position), context })) ?? []).map(location),
    }),
    vscode.languages.registerDocumentHighlightProvider('auto', {
      provideDocumentHighlights: async (document, position) =>
        ((await request('textDocument/documentHighlight', place(document, position))) ?? []).map(
          (h) => new vscode.DocumentHighlight(range(h.range), h.kind - 1)),
    }),
    vscode.languages.registerRenameProvider('auto', {
      prepareRename: async (document, position) => {
        const found = await request('textDocument/prepareRename', place(document, position));
        return found && { range: range(found.range), placeholder: found.placeholder };
      },
      provideRenameEdits: async (document, position, newName) =>
        workspaceEdit(await request('textDocument/rename', { ...place(document, position), newName })),
    }),
    vscode.languages.registerDocumentSymbolProvider('auto', {
      provideDocumentSymbols: async (document) =>
        ((await request('textDocument/documentSymbol', file(document))) ?? []).map(
          (s) => new vscode.DocumentSymbol(s.name, s.detail, s.kind - 1, range(s.range), range(s.selectionRange))),
    }),
    vscode.languages.registerWorkspaceSymbolProvider({
      provideWorkspaceSymbols: async (query) =>
        ((await request('workspace/symbol', { query })) ?? []).map(
          (s) => new vscode.SymbolInformation(s.name, s.kind - 1, s.containerName, location(s.location))),
    }),
    vscode.languages.registerCodeLensProvider('auto', {
      provideCodeLenses: async (document) =>
        ((await request('textDocument/codeLens', file(document))) ?? []).map(
          (lens) => new vscode.CodeLens(range(lens.range), lens.command)),
    }),
    vscode.languages.registerDocumentLinkProvider('auto', {
      provideDocumentLinks: async (document) =>
        ((await request('textDocument/documentLink', file(document))) ?? []).map(
          (link) => new vscode.DocumentLink(range(link.range), vscode.Uri.parse(link.target))),
    }),
    vscode.languages.registerCodeActionsProvider('auto', {
      provideCodeActions: async (document, r) =>
        ((await request('textDocument/codeAction', { ...file(document), range: r, context: { diagnostics: [] } })) ?? []).map(
          (a) => {
            const shown = new vscode.CodeAction(a.title, vscode.CodeActionKind.Empty.append(a.kind));
            shown.edit = workspaceEdit(a.edit);
            shown.isPreferred = a.isPreferred;
            return shown;
          }),
    }),
    vscode.languages.registerDocumentFormattingEditProvider('auto', {
      provideDocumentFormattingEdits: async (document) => edits(await request('textDocument/formatting', file(document))),
    }),
    vscode.languages.registerDocumentRangeFormattingEditProvider('auto', {
      provideDocumentRangeFormattingEdits: async (document, r) =>
        edits(await request('textDocument/rangeFormatting', { ...file(document), range: r })),
    }));
  stop = () => server.kill();
}

function deactivate() {
  return stop();
}

module.exports = { activate, deactivate };

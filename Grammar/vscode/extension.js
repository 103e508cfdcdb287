// Starts `autocheck lsp` and shows what it says. The protocol is spoken by vscode-languageclient when the extension was
// packed with it (`npm install`), else by the small client below, which needs nothing but the editor.
const vscode = require('vscode');
const { spawn } = require('child_process');

let stop = () => {};

function activate(context) {
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

/** Findings, hover, definition and formatting over the protocol, by hand. */
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
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
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
        waiting.get(message.id)(message.result);
        waiting.delete(message.id);
      }
    }
  });

  const isAuto = (document) => document.languageId === 'auto';
  const open = (document) => {
    if (!isAuto(document)) return;
    const textDocument = { uri: document.uri.toString(), languageId: 'auto', version: document.version, text: document.getText() };
    send({ method: 'textDocument/didOpen', params: { textDocument } });
  };
  const started = request('initialize', { processId: process.pid, rootUri: null, capabilities: {} }).then(() => {
    send({ method: 'initialized', params: {} });
    vscode.workspace.textDocuments.forEach(open);
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
        return found && new vscode.Location(vscode.Uri.parse(found.uri), range(found.range));
      },
    }),
    vscode.languages.registerCompletionItemProvider('auto', {
      provideCompletionItems: async (document, position) => {
        const found = await request('textDocument/completion', place(document, position));
        return (found?.items ?? []).map((item) => {
          const shown = new vscode.CompletionItem(item.label, item.kind - 1);
          shown.detail = item.detail;
          shown.documentation = item.documentation;
          shown.insertText = item.textEdit.newText;
          shown.range = range(item.textEdit.range);
          shown.sortText = item.sortText;
          return shown;
        });
      },
    }, '.', '"', '>'),
    vscode.languages.registerDocumentFormattingEditProvider('auto', {
      provideDocumentFormattingEdits: async (document) => {
        const edits = await request('textDocument/formatting', { textDocument: { uri: document.uri.toString() } });
        return (edits ?? []).map((e) => vscode.TextEdit.replace(range(e.range), e.newText));
      },
    }));
  stop = () => server.kill();
}

function deactivate() {
  return stop();
}

module.exports = { activate, deactivate };

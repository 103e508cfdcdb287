// A small client of the language server: open files go to it, its findings and all that it can go to the editor.
const vscode = require('vscode');
const { Connection } = require('./connection');
const { capabilities, register, shown } = require('./providers');

/** @returns What stops the server, and a promise that it has been asked what it can. */
function start(context, command) {
  const findings = vscode.languages.createDiagnosticCollection('autocheck');
  const tell = (method, params) => {
    if (method !== 'textDocument/publishDiagnostics') return;
    findings.set(vscode.Uri.parse(params.uri), params.diagnostics.map(shown.finding));
  };
  const server = new Connection(command, ['lsp'], { tell, end: (error) => {
    findings.clear();
    vscode.window.showWarningMessage(error
      ? `auto: ${command} was not found; set auto.serverPath to where autocheck is.`
      : 'auto: autocheck has ended; reload the window to start it again.');
  } });
  context.subscriptions.push(findings);
  const folders = (vscode.workspace.workspaceFolders ?? []).map((f) => ({ uri: f.uri.toString(), name: f.name }));
  const hello = { processId: process.pid, rootUri: folders[0]?.uri ?? null, workspaceFolders: folders, capabilities };
  const started = server.request('initialize', hello).then((answer) => {
    server.notify('initialized', {});
    context.subscriptions.push(...register(server, answer.capabilities), ...keepFiles(server));
  }, () => { /* That it has ended was told. */ });
  return { stop: () => server.stop(), started };
}

/** Tells the server of the files that are open, and of those that change on disk. */
function keepFiles(server) {
  const isAuto = (document) => document.languageId === 'auto';
  const file = (document) => ({ uri: document.uri.toString() });
  const open = (document) => {
    if (!isAuto(document)) return;
    const textDocument = { ...file(document), languageId: 'auto', version: document.version, text: document.getText() };
    server.notify('textDocument/didOpen', { textDocument });
  };
  vscode.workspace.textDocuments.forEach(open);
  const watcher = vscode.workspace.createFileSystemWatcher('**/*.auto');
  const changed = (type) => (uri) =>
    server.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: uri.toString(), type }] });
  return [
    vscode.workspace.onDidOpenTextDocument(open),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (!isAuto(document)) return;
      const textDocument = { ...file(document), version: document.version };
      server.notify('textDocument/didChange', { textDocument, contentChanges: [{ text: document.getText() }] });
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (isAuto(document)) server.notify('textDocument/didClose', { textDocument: file(document) });
    }),
    watcher, watcher.onDidCreate(changed(1)), watcher.onDidChange(changed(2)), watcher.onDidDelete(changed(3)),
  ];
}

module.exports = { start };

// Stands for Visual Studio Code: loads the extension as the editor does, opens a file, and asks as a person's keys would.
// What the extension has registered and answers is printed as JSON. Its words are: the extension, autocheck, the file.
const Module = require('module');
const fs = require('fs');
const { pathToFileURL } = require('url');

const [extension, autocheck, path] = process.argv.slice(2);
const told = { warnings: [], terminal: [], registered: {} };
const listeners = {};
const on = (name) => (listener) => {
  listeners[name] = listener;
  return { dispose() {} };
};

/** A class of the editor whose instances are told apart by its name, with what they were made of. */
const made = (name) => ({ [name]: class { constructor(...words) { Object.assign(this, { kind: name, words }); } } })[name];

class Kind {
  constructor(value) { this.value = value; }
  append(word) { return new Kind(this.value ? `${this.value}.${word}` : word); }
}

class WorkspaceEdit {
  constructor() { this.files = {}; }
  set(uri, edits) { this.files[uri] = edits; }
}

const uri = (text) => ({ text, fsPath: text.replace('file://', ''), toString: () => text, toJSON: () => text });
const register = (name) => (...words) => {
  told.registered[name] = words;
  return { dispose() {} };
};

const vscode = {
  ...Object.fromEntries(['Range', 'Location', 'Hover', 'MarkdownString', 'Diagnostic', 'DiagnosticRelatedInformation', 'CompletionItem',
    'SnippetString', 'SignatureHelp', 'SignatureInformation', 'ParameterInformation', 'DocumentHighlight', 'DocumentSymbol',
    'SymbolInformation', 'FoldingRange', 'CodeLens', 'DocumentLink', 'SemanticTokensLegend', 'SemanticTokens', 'CodeAction',
  ].map((name) => [name, made(name)])),
  WorkspaceEdit,
  CodeActionKind: { Empty: new Kind('') },
  DiagnosticSeverity: { Error: 0, Warning: 1 },
  Disposable: { from: () => ({ dispose() {} }) },
  FoldingRangeKind: { Comment: 1 },
  TextEdit: { replace: (range, text) => ({ range, text }) },
  Uri: { parse: uri },
  commands: { registerCommand: register },
  languages: new Proxy({}, { get: (_, name) => (name === 'createDiagnosticCollection'
    ? () => ({ set: (file, found) => listeners.found?.(file, found), clear() {}, dispose() {} })
    : register(name)) }),
  window: {
    terminals: [],
    showWarningMessage: (text) => told.warnings.push(text),
    createTerminal: () => ({ show() {}, sendText: (text) => told.terminal.push(text) }),
  },
  workspace: {
    getConfiguration: () => ({ get: (name) => ({ serverPath: autocheck, runnerPath: 'autorun' })[name] }),
    textDocuments: [],
    onDidOpenTextDocument: on('open'), onDidChangeTextDocument: on('change'), onDidCloseTextDocument: on('close'),
    createFileSystemWatcher: () => ({ dispose() {}, onDidCreate: on('create'), onDidChange: on('disk'), onDidDelete: on('delete') }),
  },
};
vscode.commands.registerCommand = (name, run) => {
  told.registered[name] = run;
  return { dispose() {} };
};
const load = Module._load;
Module._load = (name, ...more) => (name === 'vscode' ? vscode : load(name, ...more));

/** The next findings that the extension shows. */
const findings = () => new Promise((resolve) => { listeners.found = (_, found) => resolve(found); });
const provider = (name) => told.registered[name].find((word) => typeof word === 'object');

async function main() {
  const document = { languageId: 'auto', version: 1, uri: uri(pathToFileURL(path).href), getText: () => fs.readFileSync(path, 'utf8') };
  vscode.workspace.textDocuments.push(document);
  const { activate, deactivate } = require(extension);
  const first = findings();
  await activate({ subscriptions: [] });
  // A server that cannot be started is told of, and that is all.
  if (told.warnings.length > 0) return console.log(JSON.stringify(told));
  told.findings = await first;
  const lines = document.getText().split('\n');
  const at = (words, offset = 0) => {
    const line = lines.findIndex((one) => one.includes(words));
    return { line, character: lines[line].indexOf(words) + offset };
  };
  const step = at('greet ->', 2);
  told.hover = await provider('registerHoverProvider').provideHover(document, step);
  told.completion = await provider('registerCompletionItemProvider').provideCompletionItems(document, at('model: ', 7));
  told.folds = await provider('registerFoldingRangeProvider').provideFoldingRanges(document);
  told.lenses = await provider('registerCodeLensProvider').provideCodeLenses(document);
  told.symbols = await provider('registerDocumentSymbolProvider').provideDocumentSymbols(document);
  told.tokens = await provider('registerDocumentSemanticTokensProvider').provideDocumentSemanticTokens(document);
  const everything = { start: { line: 0, character: 0 }, end: { line: lines.length, character: 0 } };
  told.actions = await provider('registerCodeActionsProvider').provideCodeActions(document, everything);
  const rename = (name) => provider('registerRenameProvider').provideRenameEdits(document, step, name);
  told.renamed = await rename('hello');
  told.refused = await rename('end').catch((error) => error.message);
  told.triggers = told.registered.registerCompletionItemProvider.slice(2);
  for (const lens of told.lenses) told.registered[lens.words[1].command](...lens.words[1].arguments);
  // What a person types is sent, and checked.
  const second = findings();
  const mended = document.getText().replace('naem', 'name');
  listeners.change({ document: { ...document, version: 2, getText: () => mended } });
  told.afterwards = await second;
  delete told.registered;
  console.log(JSON.stringify(told));
  deactivate();
}

main();

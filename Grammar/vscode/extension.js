// Starts `autocheck lsp` and shows what it says. The protocol is spoken by vscode-languageclient when the extension was
// packed with it (`npm install`), else by the small client beside this file, which needs nothing but the editor.
const vscode = require('vscode');

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

/** @returns A promise that the server has been asked what it can. */
function activate(context) {
  registerCommands(context);
  const command = vscode.workspace.getConfiguration('auto').get('serverPath') || 'autocheck';
  let client;
  try {
    client = require('vscode-languageclient/node');
  } catch {
    const small = require('./client').start(context, command);
    stop = small.stop;
    return small.started;
  }
  const server = { command, args: ['lsp'] };
  const languageClient = new client.LanguageClient('autocheck', 'autocheck', server, {
    documentSelector: [{ language: 'auto' }],
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/*.auto') },
  });
  stop = () => languageClient.stop();
  return languageClient.start();
}

function deactivate() {
  return stop();
}

module.exports = { activate, deactivate };

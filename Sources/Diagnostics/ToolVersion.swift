/// The version of the whole project: of the commands, the API, the language server and the editors'
/// extensions.
///
/// A test holds the files that cannot read it to it: the extension of VS Code and the newest entry of the
/// changelog.
package let toolVersion = "0.2.0"

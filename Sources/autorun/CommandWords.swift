import ArgumentParser
import AutoSyntax
import CEL
import Diagnostics

/// Says that a word is no command, with the nearest one. The parsing library would speak of an unexpected
/// argument, and name no other.
///
/// - Parameter words: the arguments of the process, without its own name.
/// - Throws: `CommandError` when a command of commands is followed by a word that is none of them.
func refuseUnknownCommand(_ words: some Sequence<String>) throws {
    var command: any ParsableCommand.Type = Autorun.self
    var place = "autorun"
    for word in words {
        let subcommands = command.configuration.subcommands
        // An option, or an argument of the command that has been found.
        guard !subcommands.isEmpty, !word.hasPrefix("-") else { return }
        // `autorun help run` is the library's own, and is followed by the names of commands.
        if command == Autorun.self, word == "help" { continue }
        if let next = subcommands.first(where: { commandName($0) == word }) {
            command = next
            place += " " + word
            continue
        }
        if command == Autorun.self, word.hasSuffix(".auto") {
            throw CommandError(
                "\(safe(word)) is a file, and no command: autorun run \(shellWord(word))", code: Exit.usage)
        }
        let near = nearestName(to: word, in: subcommands.map(commandName))
        throw CommandError(
            "there is no command `\(safe(word))`"
                + (near.map { ": did you mean `\($0)`?" } ?? ": \(place) --help lists them"), code: Exit.usage
        )
    }
}

/// Says what the port of a server is called here. The parsing library would name another option.
///
/// - Parameter words: the arguments of the process, without its own name.
/// - Throws: `CommandError` for `autorun serve … --port 8080`.
func refusePort(_ words: [String]) throws {
    guard words.first == ServeCommand.configuration.commandName,
        let place = words.firstIndex(where: { $0 == "--port" || $0 == "-p" || $0.hasPrefix("--port=") })
    else { return }
    let following = words.dropFirst(place + 1).first
    let given = words[place].hasPrefix("--port=") ? String(words[place].dropFirst(7)) : following
    let port = given.flatMap { UInt16($0) }.map(String.init) ?? "8080"
    throw CommandError(
        "there is no option `\(safe(words[place]))`: write --listen 127.0.0.1:\(port)", code: Exit.usage)
}

/// Says how inputs are given, where words of `autorun run` that could not be read are inputs. The parsing library would
/// name another option, or count the words.
///
/// - Parameter words: the arguments of the process, without its own name.
/// - Throws: `CommandError` for `autorun run FILE --who Ada` and `autorun run FILE who=Ada`.
func refuseLooseInputs(_ words: [String]) throws {
    guard words.first == RunCommand.configuration.commandName else { return }
    let inputs = words.first { $0.hasSuffix(".auto") }.map(inputNames) ?? []
    for (place, word) in words.enumerated().dropFirst() {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let given: String
        if name.hasPrefix("--"), inputs.contains(String(name.dropFirst(2))) {
            let following = words.dropFirst(place + 1).first.flatMap { $0.hasPrefix("-") ? nil : $0 }
            given = name.dropFirst(2) + "=" + (parts.count > 1 ? String(parts[1]) : following ?? "…")
        } else if parts.count > 1, isIdentifier(name), !words[place - 1].hasPrefix("-") {
            given = word
        } else {
            continue
        }
        throw CommandError(
            "\(safe(word)): an input is given by --input \(safe(shellWord(given)))", code: Exit.usage)
    }
}

/// The inputs that a file declares; none where it cannot be read.
private func inputNames(_ file: String) -> [String] {
    guard let source = try? AutomationFile(file).source else { return [] }
    return parseAutomation(source).automation.inputs.map(\.name.text)
}

/// Lets an answer be one that begins with a hyphen: `autorun answer 7f3c9a -3`. The parsing library would take it for
/// an option.
///
/// - Parameter words: the arguments of the process, without its own name.
/// - Returns: the same words, the answer behind `--`. The command's options have long names, so nothing else that begins
///   with one hyphen follows the session's id.
func withAnswerLast(_ words: [String]) -> [String] {
    guard words.first == AnswerCommand.configuration.commandName, words.count > 2, !words.contains("--"),
        !words[1].hasPrefix("-")
    else { return words }
    let value = words[2]
    guard value.hasPrefix("-"), !value.hasPrefix("--"), value != "-h" else { return words }
    return words.prefix(2) + words.dropFirst(3) + ["--", value]
}

/// Lets an expression be one that begins with a minus: `autorun eval '-1 + 2'`. The parsing library would take it for an
/// option.
///
/// - Parameter words: the arguments of the process, without its own name.
/// - Returns: the same words, the expression behind `--`. The command's options have long names, but for `-h`.
func withExpressionLast(_ words: [String]) -> [String] {
    guard words.first == EvalCommand.configuration.commandName, !words.contains("--"),
        let place = words.firstIndex(where: {
            $0.hasPrefix("-") && !$0.hasPrefix("--") && !["-", "-h"].contains($0)
        })
    else { return words }
    return words.prefix(place) + words.dropFirst(place + 1) + ["--", words[place]]
}

private func commandName(_ command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? String(describing: command).lowercased()
}

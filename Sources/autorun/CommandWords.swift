import ArgumentParser
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

private func commandName(_ command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? String(describing: command).lowercased()
}

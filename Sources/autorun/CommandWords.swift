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

private func commandName(_ command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? String(describing: command).lowercased()
}

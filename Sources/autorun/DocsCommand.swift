import ArgumentParser
import AutoChecker
import Compilers

struct DocsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs", abstract: "Prints the reference of the language.",
        usage: "autorun docs [<topic>] [<options>]",
        discussion: """
            A topic is a step type, a setting, a function of expressions, a kind of failure or a code of a \
            finding; or a list of such: language, steps, settings, header, functions, failures, codes.

              autorun docs LLM_CALL
              autorun docs sortBy
              autorun docs --for-agents > LANGUAGE.md
            """)

    @Argument(help: "What to look up; left out, the topics are listed.")
    var topic: String?

    @Flag(help: "The whole language on one page of at most 3,000 tokens, for models that write automations.")
    var forAgents = false

    func validate() throws {
        guard topic == nil || !forAgents else {
            throw ValidationError("--for-agents prints the whole language: leave the topic out")
        }
    }

    func run() throws {
        if forAgents { return print(LanguageGuide.text, terminator: "") }
        guard let topic else { return print(topics, terminator: "") }
        guard let entry = LanguageReference.entry(of: topic, Compilers(workers: notingWorkers())) else {
            throw CommandError(LanguageReference.unknown(topic), code: Exit.usage)
        }
        print(entry, terminator: "")
    }

    private var topics: String {
        LanguageReference.overviews.map { topic, about in
            "  autorun docs \(topic.padding(to: 12))\(about)\n"
        }.joined() + "  autorun docs NAME        a step type, a setting, a function, a code\n"
            + "  autorun docs --for-agents  the language on one page, for models that write automations\n"
    }
}

extension String {
    /// The text with blanks behind it up to a width; a longer one as it is.
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}

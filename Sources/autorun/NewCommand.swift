import ArgumentParser
import AutoConfig
import AutoModels
import CommandEnd
import Foundation

extension Template: ExpressibleByArgument {}

struct NewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Writes a first automation, with tests that pass.",
        usage: "autorun new [<NAME>] [<options>]",
        discussion: """
            The file NAME.auto is written into this folder. A file that is there already is never touched.

              autorun new hello
              autorun new inbox --from classify
              autorun new --agents

            blank: one step. scrape: reads a page, a model sums it up. classify: a model sorts, \
            each kind goes another way. approve: a rule decides, or a person.

            --agents writes AGENTS.md, .cursor/rules/autorun.mdc and .mcp.json, by which coding agents learn \
            the language and how to check what they write.
            """)

    @Argument(help: ArgumentHelp("What it is called: letters, digits, - and _.", valueName: "NAME"))
    var name: String?

    @Option(help: "What it begins as.")
    var from: Template = .blank

    @Flag(help: "Write the files that tell coding agents of the language.")
    var agents = false

    func validate() throws {
        guard let name else {
            guard agents else {
                throw ValidationError("say what it is called, for example: autorun new hello")
            }
            return
        }
        guard isName(stem(of: name)) else {
            throw ValidationError(
                "NAME is \"\(safe(name))\": expected a letter, then letters, digits, - and _, at most 64; "
                    + "the file is written into this folder")
        }
    }

    func run() throws {
        if let name { try writeAutomation(stem(of: name)) }
        if agents { try writeAgentFiles() }
    }

    private func writeAgentFiles() throws {
        for file in AgentFile.all {
            switch try file.write() {
            case .written: print("\(file.path) is written.")
            case .same: print("\(file.path) is there already, and says the same.")
            case .leftAlone:
                say("\(file.path) is there already, and is left as it is: \(file.mend)")
            }
        }
    }

    private func writeAutomation(_ stem: String) throws {
        let file = stem + ".auto"
        do {
            try Data(from.text(titled: title(of: stem)).utf8)
                .write(to: URL(fileURLWithPath: file), options: .withoutOverwriting)
        } catch CocoaError.fileWriteFileExists {
            throw CommandError(
                "\(file) is there already, and is left as it is: choose another name", code: Exit.usage)
        } catch {
            throw CommandError(
                "cannot write \(file): check this folder's permissions", code: Exit.unreachable)
        }
        let needsModel = from.asksModel && !LocalEmbedder.isThere(in: Host().folders.cache)
        let fetch = "\n  autorun models fetch    once, where no provider's key is set: the local model"
        print(
            """
            \(file) is written. What to do next:\(needsModel ? fetch : "")
              autorun test \(file)
              autorun run \(file)\(from.inputsToTry)
              autorun serve \(file)
            """)
    }

    /// The name without the ending, which may be written along.
    private func stem(of name: String) -> String {
        name.hasSuffix(".auto") ? String(name.dropLast(5)) : name
    }

    private func isName(_ stem: String) -> Bool {
        let bytes = Array(stem.utf8)
        func isLetter(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        return (1...64).contains(bytes.count) && isLetter(bytes[0])
            && bytes.allSatisfy {
                isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
    }

    /// `page-watch` is shown as `Page watch`.
    private func title(of stem: String) -> String {
        let words = String(stem.map { $0 == "-" || $0 == "_" ? " " : $0 })
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}

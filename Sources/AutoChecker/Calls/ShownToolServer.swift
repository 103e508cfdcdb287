import AutoSyntax
import StepKinds
import URLs
package import Values

/// A server of tools as a plan shows it: without what may be a key.
package struct ShownToolServer: Sendable, Hashable {
    /// What leads to it.
    package enum Place: Sendable, Hashable {
        /// A command, by its program and what stands before the first option.
        case command(String, isBoxed: Bool)
        /// A url without user, password and query.
        case url(String)
    }

    /// Its name in the settings, `[mcp.NAME]`; nil for one that the file itself says.
    package let name: String?
    package let place: Place

    /// - Parameters:
    ///   - text: what stands behind `mcp:`.
    ///   - settings: what `[mcp.NAME]` says.
    init(_ text: String, _ settings: [String: MCPSettings]) {
        if let known = settings[text] {
            name = text
            switch known.place {
            case .command(let words):
                place = .command(ShownToolServer.command(words), isBoxed: !known.isUnsafe)
            case .url(let url): place = .url(ShownToolServer.url(url))
            }
            return
        }
        name = nil
        if text.contains("://") {
            place = .url(ShownToolServer.url(text))
        } else {
            let words = (try? ShellWords.words(of: text)) ?? [text]
            place = .command(ShownToolServer.command(words), isBoxed: true)
        }
    }

    /// A command as people are shown it: its program and what stands before the first option, without folders, since keys
    /// often stand in options.
    ///
    /// - Parameter words: the program with its arguments.
    package static func command(_ words: [String]) -> String {
        words.prefix(3).prefix { !$0.hasPrefix("-") && !$0.contains("=") }
            .map { String($0.split(separator: "/").last ?? "") }.joined(separator: " ")
    }

    private static func url(_ text: String) -> String { (try? WebURL(text))?.textForErrors ?? "its url" }

    /// What the server is, as the end of a sentence.
    package var words: String {
        let title = name.map { "the MCP server `\($0)`" } ?? "an MCP server"
        switch place {
        case .url(let url): return "\(title) at \(url)"
        case .command(let command, let isBoxed):
            return "\(title), the command `\(command)`"
                + (isBoxed ? " in the box, without network" : " without a box")
        }
    }

    /// A JSON object.
    package var data: Value {
        let name = ("name", self.name.map(Value.string) ?? .null)
        switch place {
        case .url(let url): return .record([name, ("url", .string(url))])
        case .command(let command, let isBoxed):
            return .record([name, ("command", .string(command)), ("boxed", .bool(isBoxed))])
        }
    }
}

extension Step {
    /// The servers of tools that its model uses, each once, as the settings have them.
    func toolServers(_ options: CheckOptions) -> [ShownToolServer] {
        var found: [ShownToolServer] = []
        for tool in writtenTools ?? [] {
            guard case .server(let text) = tool.kind else { continue }
            let server = ShownToolServer(text.text, options.toolServers)
            if !found.contains(server) { found.append(server) }
        }
        return found
    }
}

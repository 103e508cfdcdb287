package import AutoChecker
import Diagnostics
import StepKinds
import URLs
package import Values

extension ToolServerAddress {
    /// The server that an entry of `tools` names: by the name under which the settings have it, a url, or a command.
    ///
    /// - Parameters:
    ///   - entry: `{ mcp, only, auth, … }`, rendered.
    ///   - settings: what `[mcp.NAME]` says.
    ///   - variables: the environment of this process.
    /// - Returns: where it is, and the names of the tools that are wanted; nil for all of them.
    /// - Throws: kind `field` for an entry that names no server, `no_key` where a variable is not set that the
    ///   settings name.
    package static func asked(
        by entry: MapValue, _ settings: [String: MCPSettings], variables: (String) -> String?
    ) throws(StepFailure) -> (address: ToolServerAddress, only: [String]?) {
        guard let text = entry["mcp"]?.asText, text.contains(where: { !$0.isWhitespace }) else {
            throw StepFailure(
                .field, "`mcp` of a tool is a command, a url, or a name that autorun.toml has as [mcp.NAME]")
        }
        let only = try names(entry["only"])
        let auth = try header(entry["auth"])
        if let known = settings[text] {
            let address = try ToolServerAddress(named: text, known, auth: auth, variables)
            return (address, only ?? known.only)
        }
        return (try ToolServerAddress(written: text, auth: auth), only)
    }

    /// A server that the settings name.
    ///
    /// - Parameter auth: the value of the header `authorization`, as a file writes it; nil for none.
    /// - Throws: kind `no_key` where a variable is not set that the settings name.
    package init(
        named name: String, _ settings: MCPSettings, auth: String? = nil, _ variables: (String) -> String?
    ) throws(StepFailure) {
        func filled(_ values: [String: String]) throws(StepFailure) -> [String: String] {
            var filled: [String: String] = [:]
            for (key, value) in values {
                do throws(VariableText.MissingVariable) {
                    filled[key] = try VariableText(value).text(variables)
                } catch {
                    throw StepFailure(
                        .noKey,
                        "[mcp.\(name)] of autorun.toml needs the environment variable \(error.name), which is not set"
                    )
                }
            }
            return filled
        }
        var headers = try filled(settings.headers)
        if let auth {
            if case .command = settings.place { throw ToolServerAddress.loginOfCommand }
            headers = headers.filter { $0.key.lowercased() != "authorization" }
            headers["authorization"] = auth
        }
        let place: Place =
            switch settings.place {
            case .command(let words): .command(words)
            case .url(let url): .url(url)
            }
        self.init(
            name: "the MCP server `\(name)`", place: place, isBoxed: !settings.isUnsafe,
            environment: try filled(settings.environment), headers: headers,
            allowsPrivate: settings.allowsPrivate)
    }

    /// A server that a file names by itself: by its url or its command, which runs in the box.
    ///
    /// - Throws: kind `field` for a command whose quotes are not closed, or that is given what only a url takes.
    package init(written text: String, auth: String?) throws(StepFailure) {
        if text.contains("://") {
            let shown = (try? WebURL(text))?.origin
            self.init(
                name: "the MCP server at \(shown ?? "its url")", place: .url(text),
                headers: auth.map { ["authorization": $0] } ?? [:])
            return
        }
        guard auth == nil else { throw ToolServerAddress.loginOfCommand }
        let words: [String]
        do throws(ShellWords.Unclosed) { words = try ShellWords.words(of: text) } catch {
            throw StepFailure(.field, "the command of an MCP server has a `\(error.mark)` that is not closed")
        }
        self.init(name: "the MCP server `\(ShownToolServer.command(words))`", place: .command(words))
    }

    private static let loginOfCommand = StepFailure(
        .field,
        "`auth` is for an MCP server at a url; a command gets its keys by `env` of [mcp.NAME] in autorun.toml"
    )

    private static func names(_ value: Value?) throws(StepFailure) -> [String]? {
        guard let value, !value.isNull else { return nil }
        let list = value.asList ?? [value]
        let names = list.compactMap(\.asText)
        guard names.count == list.count else {
            throw StepFailure(.field, "`only` of a tool is a list of the names of tools")
        }
        return names
    }

    /// The value of the header `authorization` that `auth` of an entry says.
    private static func header(_ value: Value?) throws(StepFailure) -> String? {
        guard let value, !value.isNull else { return nil }
        if let auth = value.asMap, let header = authorization(auth) { return header }
        throw StepFailure(.field, "`auth` of a tool is \(RestAPI.AuthPart.shape)")
    }
}

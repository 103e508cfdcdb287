/// A key of a table `[mcp.NAME]`. All that is said of the keys anywhere (their names, the errors, the
/// documentation) is made from here.
package enum MCPKey: String, Sendable, CaseIterable {
    case command
    case url
    case env
    case headers
    case only
    case unsafe
    case allowPrivate = "allow_private"

    /// What the key takes, as a part of a sentence: `true or false`.
    package var expected: String {
        switch self {
        case .command: "a text such as \"python3 server.py --fast\", or a list of its words"
        case .url: "an http or https url, such as \"https://example.org/mcp\""
        case .env: "a table of texts, such as { \"API_KEY\" = \"${MY_KEY}\" }"
        case .headers: "a table of texts, such as { \"authorization\" = \"Bearer ${MY_TOKEN}\" }"
        case .only: "a list of the names of tools, such as [\"search\"]"
        case .unsafe, .allowPrivate: "true or false"
        }
    }

    /// What the key says of the server, as a sentence without a full stop.
    package var documentation: String {
        switch self {
        case .command:
            "The program that is the server, in words as a shell has them, with quotes but without a shell; it begins in the automation's folder"
        case .url: "Where the server is"
        case .env: "Variables that the command finds besides `PATH`, `HOME` and `LANG`"
        case .headers: "Headers that go with each request to the url"
        case .only: "The tools that are wanted where a step does not say `only` itself"
        case .unsafe:
            "Runs the command without the box: with the network, the user's files and the user's rights"
        case .allowPrivate: "Whether the url may lead into the own network, this machine included"
        }
    }

    /// The key that says what the server is, beside which alone this one means something; nil where it always
    /// does.
    var companion: MCPKey? {
        switch self {
        case .env, .unsafe: .command
        case .headers, .allowPrivate: .url
        case .command, .url, .only: nil
        }
    }

    /// The table of the keys in the documentation.
    package static var table: String {
        let rows = allCases.map { "| `\($0.rawValue)` | \($0.expected) | \($0.documentation). |" }
        return "| key | takes | what it says |\n|---|---|---|\n" + rows.joined(separator: "\n")
    }
}

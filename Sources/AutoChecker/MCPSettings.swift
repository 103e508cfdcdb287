/// A server of tools, as `[mcp.NAME]` of `autorun.toml` says it.
package struct MCPSettings: Sendable, Hashable {
    /// What leads to the server.
    package enum Place: Sendable, Hashable {
        /// A program with its arguments.
        case command([String])
        /// An http or https url.
        case url(String)
    }

    package var place: Place
    /// Variables of a command's environment. In the values `${NAME}` stands for a variable of the user's own.
    package var environment: [String: String] = [:]
    /// Headers of each request to a url; the values as those of `environment`.
    package var headers: [String: String] = [:]
    /// The tools that are wanted where a step does not say; nil for all of them.
    package var only: [String]?
    /// Whether a command runs without a box.
    package var isUnsafe = false
    /// Whether a url may lead into the own network.
    package var allowsPrivate = false

    package init(_ place: Place) { self.place = place }

    /// The names, in order, of the user's own variables that go to the server.
    package var variables: [String] {
        let values = Array(environment.values) + Array(headers.values)
        return Set(values.flatMap { VariableText($0).names }).sorted()
    }
}

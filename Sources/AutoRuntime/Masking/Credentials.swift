import OrderedCollections
import StepKinds
package import URLs
package import Values

extension Masker {
    /// A masker that also hides what a step makes of secrets on their way out and what would open the same
    /// door to anyone who reads it: the encoded user and password of `auth` and of a url, a token, and the
    /// values of headers that carry credentials, without their scheme (`Basic`, `Bearer`).
    ///
    /// - Parameters:
    ///   - fields: the rendered fields of the step, secrets included.
    ///   - names: by the path of a field (`auth`, `headers.x-token`) the secrets that are known to be in it,
    ///     where more is known than can be seen: of a digest nothing shows from which secret it was made.
    package func adding(credentialsOf fields: MapValue, madeFrom names: [String: Set<String>] = [:]) -> Masker
    {
        var masker = self
        for credential in eachCredential(of: fields) where masker.hidden.count < Masker.mostHidden {
            let visible = secrets(in: credential.source)
            guard let name = visible.min() ?? names[credential.path]?.min() else { continue }
            masker = masker.adding(credential: credential.text, of: name)
        }
        return masker
    }

    /// A session that makes a credential for each of many requests has an end of those that are remembered.
    private static let mostHidden = 1_000
}

private struct Credential {
    let text: String
    /// The field in which it stands.
    let path: String
    /// What it is made from.
    let source: Value
}

private func eachCredential(of fields: MapValue) -> [Credential] {
    var found: [Credential] = []
    func add(_ authorization: String?, _ path: String, _ source: Value) {
        guard let authorization else { return }
        found.append(Credential(text: withoutScheme(authorization), path: path, source: source))
    }
    if let auth = fields[RestAPI.auth.name]?.asMap {
        let part: RestAPI.AuthPart = auth[RestAPI.AuthPart.bearer.rawValue] == nil ? .password : .bearer
        add(authorization(auth), RestAPI.auth.name + "." + part.rawValue, .map(auth))
    }
    func add(url: Value?, _ path: String) {
        guard let text = url?.asText, let url = try? WebURL(text) else { return }
        let login = [url.username, url.password].map { Value.string(percentDecoded($0)) }
        add(authorization(url), path, .list(login))
    }
    add(url: fields[RestAPI.url.name], RestAPI.url.name)
    for tool in fields[LLMCall.tools.name]?.asList?.compactMap(\.asMap) ?? [] {
        add(url: tool[ToolField.mcp], LLMCall.tools.name)
        guard let auth = tool[ToolField.auth]?.asMap else { continue }
        add(authorization(auth), LLMCall.tools.name, .map(auth))
    }
    for (name, value) in fields[RestAPI.headers.name]?.asMap?.entries ?? [:] {
        guard let text = value.asText, carriesCredentials(header: JSON.keyText(name)) else { continue }
        let parts = JSON.keyText(name).lowercased() == "cookie" ? cookieValues(text) : [withoutScheme(text)]
        let path = RestAPI.headers.name + "." + JSON.keyText(name)
        found += parts.map { Credential(text: $0, path: path, source: value) }
    }
    return found
}

/// The value of the header `authorization` that an `auth` asks for.
///
/// - Parameter auth: `{ bearer }` or `{ user, password }`.
/// - Returns: `Bearer …` or `Basic …` (RFC 7617); nil where `auth` has neither.
package func authorization(_ auth: MapValue) -> String? {
    func part(_ part: RestAPI.AuthPart) -> String? { auth[part.rawValue]?.asText }
    if let token = part(.bearer) { return "Bearer " + token }
    guard let user = part(.user), let password = part(.password) else { return nil }
    return basic(user, password)
}

/// The value of the header `authorization` for the user name and password in a url; nil where it has none.
package func authorization(_ url: WebURL) -> String? {
    guard !url.username.isEmpty || !url.password.isEmpty else { return nil }
    return basic(percentDecoded(url.username), percentDecoded(url.password))
}

private func basic(_ user: String, _ password: String) -> String {
    "Basic " + base64(Array((user + ":" + password).utf8))
}

private func carriesCredentials(header name: String) -> Bool {
    let name = name.lowercased()
    let words = ["auth", "cookie", "key", "password", "secret", "session", "signature", "token"]
    return words.contains { name.contains($0) }
}

/// `Bearer abc` is `abc`.
private func withoutScheme(_ header: String) -> String {
    guard let blank = header.firstIndex(of: " ") else { return header }
    return String(header[header.index(after: blank)...])
}

private func cookieValues(_ header: String) -> [String] {
    header.split(separator: ";").compactMap { pair in
        pair.firstIndex(of: "=").map { String(pair[pair.index(after: $0)...]) }
    }
}

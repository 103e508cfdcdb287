import OrderedCollections
package import Values

/// What a REST_API step makes of its fields on the way out, and what would open the same door to anyone who
/// reads it: the encoded user and password of `auth`, its token, and the values of headers that carry
/// credentials.
///
/// - Parameter fields: the rendered fields of the step, secrets included.
/// - Returns: the credentials without their scheme (`Basic`, `Bearer`), each once.
package func credentials(madeFrom fields: MapValue) -> [String] {
    var found: [String] = []
    for credential in eachCredential(of: fields) where !found.contains(credential.text) {
        found.append(credential.text)
    }
    return found
}

extension Masker {
    /// A masker that also hides the credentials that a REST_API step makes of secrets.
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
    if let auth = fields["auth"]?.asMap {
        if let token = auth["bearer"]?.asText {
            found.append(Credential(text: token, path: "auth.bearer", source: .string(token)))
        }
        if let user = auth["user"]?.asText, let password = auth["password"]?.asText {
            found.append(
                Credential(
                    text: basicCredentials(user: user, password: password), path: "auth.password",
                    source: .map(auth)))
        }
    }
    for (name, value) in fields["headers"]?.asMap?.entries ?? [:] {
        guard let text = value.asText, carriesCredentials(header: JSON.keyText(name)) else { continue }
        let parts = JSON.keyText(name).lowercased() == "cookie" ? cookieValues(text) : [withoutScheme(text)]
        let path = "headers." + JSON.keyText(name)
        found += parts.map { Credential(text: $0, path: path, source: value) }
    }
    return found
}

/// What stands behind `Basic` in a request (RFC 7617).
package func basicCredentials(user: String, password: String) -> String {
    base64(Array((user + ":" + password).utf8))
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

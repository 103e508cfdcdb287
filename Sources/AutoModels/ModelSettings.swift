package import AutoChecker
import AutoRuntime
import Diagnostics
import StepKinds
import Values

/// What is known of the models before any is asked: the variables of this machine, over them what
/// `autorun.toml` says, and below both the providers that are known.
package struct ModelSettings: Sendable {
    /// What `autorun.toml` says "default" is.
    package let defaultModel: String?
    /// Everyone who can be asked: the providers of the settings, by name, then the known ones.
    package let providers: [Provider]
    private let byName: [String: Provider]
    /// The names of the providers of which `autorun.toml` says something.
    private let ofSettings: Set<String>

    /// - Parameter providers: what `autorun.toml` says of providers, by their names.
    package init(
        environment: [String: String], defaultModel: String?, providers: [String: ProviderSettings] = [:]
    ) {
        let machine = MachineVariables(environment: environment)
        let named = providers.keys.sorted().filter { KnownProvider.named($0) == nil }
        self.providers = (named + knownProviders.map(\.name)).map { machine.provider($0, providers[$0]) }
        byName = Dictionary(self.providers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        ofSettings = Set(providers.keys)
        self.defaultModel = defaultModel
    }

    /// The provider of a name; nil where neither the settings nor we know it.
    func provider(named name: String) -> Provider? { byName[name] }

    /// Whether `autorun.toml` has a table of the provider.
    func isOfSettings(_ provider: Provider) -> Bool { ofSettings.contains(provider.name) }

    /// The keys, by the names of their variables, and what else the settings say that lets somebody in, by where
    /// it stands: as secret as any that an automation declares.
    package var secrets: [String: String] {
        var secrets: [String: String] = [:]
        for provider in providers {
            if let key = provider.key, let variable = provider.keyVariable { secrets[variable] = key }
            if let token = provider.token, let variable = provider.keyVariable { secrets[variable] = token }
        }
        for (name, value) in providers.flatMap(\.secretsOfSettings) where !secrets.values.contains(value) {
            secrets[name] = value
        }
        return secrets
    }
}

/// The variables of this machine, as far as they concern providers.
private struct MachineVariables {
    let environment: [String: String]

    private func set(_ variable: String) -> String? {
        environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Parameter own: what `autorun.toml` says of it.
    func provider(_ name: String, _ own: ProviderSettings?) -> Provider {
        let known = KnownProvider.named(name)
        var settings = own ?? ProviderSettings()
        let variable = known?.baseVariable.flatMap(set)
        let setBase = known?.settings.kind == .ollama ? variable.map(ollamaBase) : variable
        settings.base = settings.base ?? setBase
        settings = settings.over(known?.settings ?? ProviderSettings())
        if let kind = settings.kind, settings.base == nil { settings.base = Provider.usualBase(kind) }
        // Who names a variable means that one and no other.
        let variables =
            own?.key.map { [$0] } ?? [known?.settings.key].compactMap { $0 } + (known?.otherKeys ?? [])
        let held = variables.first { set($0) != nil }
        let tokenVariable = "ANTHROPIC_AUTH_TOKEN"
        let token =
            known?.name == "anthropic" && own?.key == nil && held == nil ? set(tokenVariable) : nil
        var provider = Provider(
            name: name, known: known, settings: settings, key: held.flatMap(set),
            keyVariable: token == nil ? held ?? variables.first : tokenVariable)
        provider.namesKey = own?.key != nil
        provider.isConfigured = own != nil || provider.key != nil || setBase != nil
        provider.token = token
        if provider.token != nil { provider.isConfigured = true }
        if name == "openai" {
            provider.headers += [
                ("OpenAI-Organization", set("OPENAI_ORG_ID")), ("OpenAI-Project", set("OPENAI_PROJECT_ID")),
            ].compactMap { name, value in value.map { (name, $0) } }
        }
        provider.proxy = settings.proxy ?? proxyOfMachine(for: provider.base)
        return provider
    }

    // The proxy that the variables of the machine name.

    /// What is on this machine is reached without a proxy, unless the provider's own settings name one.
    private func proxyOfMachine(for base: String) -> String? {
        let isSecure = base.lowercased().hasPrefix("https://")
        let names = isSecure ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"]
        let host = hostOf(base)
        guard let proxy = names.lazy.compactMap(set).first, !isLoopback(host) else { return nil }
        if ProxyExceptions(set("NO_PROXY") ?? set("no_proxy") ?? "").hold(base) { return nil }
        return proxy.contains("://") ? proxy : "http://" + proxy
    }
}

/// The url that Ollama's own variable means, which says where the server listens: `0.0.0.0`, or no host, are all
/// addresses of a machine.
private func ollamaBase(_ text: String) -> String {
    let mark = text.firstRange(of: "://")
    let rest = mark.map { text[$0.upperBound...] } ?? text[...]
    let address = rest.prefix { $0 != "/" }
    let bracket = address.lastIndex(of: "]")
    let colon = address[(bracket ?? address.startIndex)...].firstIndex(of: ":") ?? address.endIndex
    let host = address[..<colon]
    let port = address[colon...]
    let isEverywhere = ["", "0.0.0.0", "[::]"].contains(host)
    return (mark.map { String(text[..<$0.lowerBound]) } ?? "http") + "://"
        + (isEverywhere ? "127.0.0.1" : host) + (port.count > 1 ? port : mark == nil ? ":11434" : "")
        + rest.dropFirst(address.count)
}

/// The user and the password, parted by `:`, that stand before the host of a url; nil for none.
private func login(in url: String) -> Substring? {
    let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
    let address = rest.prefix { $0 != "/" }
    return address.lastIndex(of: "@").map { address[..<$0] }
}

/// The host of a url, in lower case, without its port.
private func hostOf(_ url: String) -> String {
    let rest = url.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
    let address = rest.split(separator: "@").last ?? ""
    if address.hasPrefix("[") { return String(address.dropFirst().prefix { $0 != "]" }) }
    return address.split(separator: ":").first.map { $0.lowercased() } ?? ""
}

private func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
}

/// A provider as it is asked on this machine.
package struct Provider: Sendable {
    /// What stands before the `/` of a model's name.
    package let name: String
    let known: KnownProvider?
    package let settings: ProviderSettings
    /// The key that is set; nil where there is none.
    package let key: String?
    /// The variable that holds the key, or should; nil where the settings name none.
    package let keyVariable: String?
    /// Whether `autorun.toml` names the variable of its key.
    package var namesKey = false
    /// Whether somebody has set it up: its key, its base, or a table of the settings.
    package var isConfigured = false
    /// Anthropic's other key, which is sent as `Authorization`.
    var token: String?
    /// Headers beside the key and those of the settings.
    var headers: [(String, String)] = []
    /// The url of the proxy by which it is reached; nil or empty for none.
    var proxy: String?

    init(
        name: String, known: KnownProvider?, settings: ProviderSettings, key: String?, keyVariable: String?
    ) {
        self.name = name
        self.known = known
        self.settings = settings
        self.key = key
        self.keyVariable = keyVariable
    }

    package var kind: ProviderSettings.Kind { settings.kind ?? .openai }

    /// The url below which its paths lie; empty for Azure, whose base is everybody's own, as long as none is
    /// set.
    package var base: String {
        var base = settings.base ?? ""
        while base.hasSuffix("/") { base.removeLast() }
        if !base.isEmpty, !base.contains("://") { base = "http://" + base }
        switch kind {
        case .openai
        where name == "azure" && settings.query.isEmpty && !base.isEmpty && !base.contains("/openai"):
            return base + "/openai/v1"
        case .ollama where !base.hasSuffix("/v1"): return base + "/v1"
        // Others write Anthropic's base with the version that its paths begin with.
        case .anthropic where base.hasSuffix("/v1"): return String(base.dropLast(3))
        case .openai, .anthropic, .ollama: return base
        }
    }

    static func usualBase(_ kind: ProviderSettings.Kind) -> String? {
        knownProviders.first { $0.settings.kind == kind && kind != .openai }?.settings.base
    }

    /// Its field for a seed.
    var seedField: String { known?.seedField ?? "seed" }

    /// What it is called in a sentence.
    package var title: String {
        // The server at OPENAI_BASE_URL may be anybody's.
        if name == "openai" { return "the model's server" }
        return known?.title ?? "the provider `\(name)`"
    }

    /// Whether it serves models that others have made, so that any name may be one of them.
    var servesAny: Bool { known?.makes.isEmpty ?? true || !asksItsMaker }

    /// Whether OpenAI's name leads to OpenAI's own servers, or those that Azure runs for it.
    var asksItsMaker: Bool {
        name != "openai" || ["api.openai.com", ".openai.azure.com"].contains { base.contains($0) }
    }

    /// Whether a key is set that it is asked with.
    package var hasKey: Bool { key != nil || token != nil }

    /// Whether asking it makes sense: it is set up, or may run on this machine.
    package var canBeAsked: Bool { hasWhatItNeeds && (isConfigured || known?.isLocal == true) }

    /// Whether a question can be sent at all.
    var hasWhatItNeeds: Bool { !base.isEmpty && (hasKey || !wantsKey) }

    /// Whether it answers nobody who has no key.
    package var wantsKey: Bool {
        if namesKey { return true }
        // Servers of one's own often want no key.
        let isOwn =
            known == nil || known?.isLocal == true
            || (kind != .anthropic && known?.keyHeader == nil && settings.base != known?.settings.base)
        return !isOwn
    }

    /// Its base without a user and a password, to be shown.
    package var shownBase: String {
        guard let login = login(in: base) else { return base }
        return base.replacing(login + "@", with: "", maxReplacements: 1)
    }

    /// The host that it is asked at.
    package var host: String { hostOf(base) }

    /// Whether its base is on this machine.
    package var isOnThisMachine: Bool { isLoopback(host) }

    /// Whether it is a known provider at its own host, asked with a key of its own.
    package var sendsOwnKeyHome: Bool {
        guard let known, let home = known.settings.base, hostOf(home) == host else { return false }
        let variables = [known.settings.key].compactMap { $0 } + known.otherKeys
        return token != nil || keyVariable.map(variables.contains) ?? true
    }

    /// What its settings say that may let somebody in, by where it stands.
    fileprivate var secretsOfSettings: [(name: String, value: String)] {
        let texts = [("headers", settings.headers), ("query", settings.query)].flatMap { key, values in
            // A version is no secret, and as a date would be hidden wherever that day is named.
            values.filter { !$0.key.lowercased().hasSuffix("version") }.sorted { $0.key < $1.key }
                .map { (name: "provider.\(name) \(key) \($0.key)", value: $0.value) }
        }
        let logins = [("base", base), ("proxy", proxy ?? "")].flatMap { key, url in
            let login = login(in: url)
            let password = login?.split(separator: ":", maxSplits: 1).last
            return [login, password].compactMap { $0 }.map {
                (name: "provider.\(name) \(key)" + ($0.contains(":") ? " login" : ""), value: String($0))
            }
        }
        return texts + logins
    }

    /// Whether a request carries something that lets somebody in.
    var sendsKey: Bool { credential != nil }

    /// What lets somebody in: a header of the settings, which wins, or the key; nil where nothing does.
    var credential: String? {
        let names: Set = ["authorization", "x-api-key", "api-key"]
        let written = settings.headers.filter { names.contains($0.key.lowercased()) }
        return written.sorted { $0.key < $1.key }.first?.value ?? key ?? token
    }

    /// The headers by which it lets somebody in, and those of the settings, which win.
    var allHeaders: [(String, String)] {
        var all = headers
        switch kind {
        case .anthropic:
            all.append(("anthropic-version", "2023-06-01"))
            if let token { all.append(("authorization", "Bearer \(token)")) }
            if let key { all.append(("x-api-key", key)) }
        case .openai, .ollama:
            let header = known?.keyHeader ?? azureHeader
            if let key { all.append(header.map { ($0, key) } ?? ("authorization", "Bearer \(key)")) }
        }
        let written = Set(settings.headers.keys.map { $0.lowercased() })
        return all.filter { !written.contains($0.0.lowercased()) }
            + settings.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Azure's own header, for a provider of another name at an address of Azure.
    private var azureHeader: String? { known == nil && base.contains(".azure.com") ? "api-key" : nil }
}

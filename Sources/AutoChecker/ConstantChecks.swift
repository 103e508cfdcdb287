import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import URLs
import Values

/// Constants that their step would refuse in each run: a test with replies never shows it.
@Sendable func checkConstants(_ context: CheckContext) -> [Diagnostic] {
    context.automation.steps.flatMap { step -> [Diagnostic] in
        switch step.type {
        case .restAPI:
            badURL(step, RestAPI.url, ["http", "https"]) + badAuth(step) + badHeaders(step, RestAPI.headers)
                + formOfAnotherType(step) + noStatus(step)
        case .webScrape:
            badURL(step, WebScrape.url, ["http", "https", "file"]) + badHeaders(step, WebScrape.headers)
        case .llmCall:
            outOfRange(step, LLMCall.temperature.name, 0...2) + outOfRange(step, LLMCall.topP.name, 0...1)
                + outOfRange(step, LLMCall.maxTokens.name, 1...Double(Int32.max))
        case nil, .start, .getUserInput, .logicDecision, .embeddingSearch, .python, .textToJSON,
            .dataTransform:
            []
        }
    }
}

/// A url that begins with no scheme, or with one that the step does not ask over.
private func badURL(_ step: Step, _ key: Key<String>, _ schemes: [String]) -> [Diagnostic] {
    guard case .expression(let value) = step.field(key), let start = constantStart(value), !start.isEmpty
    else {
        return []
    }
    let isWhole = value.literalText != nil
    let scheme = start.prefix { $0 != ":" && $0 != "/" && $0 != "?" }
    // What is computed may be the scheme.
    let hasScheme = scheme.count < start.count && start.dropFirst(scheme.count).first == ":"
    guard hasScheme ? !schemes.contains(scheme.lowercased()) : isWhole || start.contains("/") else {
        return []
    }
    // `localhost:8000` looks as if it had one.
    let isHost = hasScheme ? scheme == "localhost" : !start.hasPrefix("/") && start.contains(".")
    return [
        Diagnostic(
            .badSetting,
            "`\(key.name)` is no \(inWords(schemes, quoted: "")) url: it begins with no `https://`",
            at: value.span,
            help: isHost && isWhole
                ? "write \(jsonString("https://" + start))" : "write for example \"https://example.org/page\""
        )
    ]
}

/// The text with which a value certainly begins; nil where that is computed.
private func constantStart(_ value: Expression) -> String? {
    if let text = value.literalText { return text }
    guard case .text(let parts) = value.kind, case .characters(let first) = parts.first else { return nil }
    return first
}

private func badAuth(_ step: Step) -> [Diagnostic] {
    guard case .record(let fields, let span) = step.field(RestAPI.auth) else { return [] }
    let names = fields.map(\.name.text)
    let known = RestAPI.AuthPart.allCases.map(\.rawValue)
    let others = [
        "token": RestAPI.AuthPart.bearer, "key": .bearer, "api_key": .bearer, "username": .user,
        "login": .user,
        "pass": .password,
    ]
    for field in fields where !known.contains(field.name.text) {
        let near = others[field.name.text]?.rawValue ?? nearestName(to: field.name.text, in: known)
        return [
            Diagnostic(
                .unknownField, "`auth` has no `\(field.name.text)`", at: field.name.span,
                help: near.map { "did you mean `\($0)`?" } ?? "it takes \(RestAPI.AuthPart.shape)")
        ]
    }
    let isWhole =
        names.contains(RestAPI.AuthPart.bearer.rawValue)
        || names.contains(RestAPI.AuthPart.user.rawValue)
            && names.contains(RestAPI.AuthPart.password.rawValue)
    return isWhole ? [] : [Diagnostic(.badSetting, "`auth` takes \(RestAPI.AuthPart.shape)", at: span)]
}

private func badHeaders(_ step: Step, _ key: Key<MapValue>) -> [Diagnostic] {
    guard case .record(let fields, _) = step.field(key) else { return [] }
    return fields.filter { !isHTTPToken($0.name.text) }.map { field in
        Diagnostic(
            .badSetting, "a header's name has letters, digits and `-`, found \(jsonString(field.name.text))",
            at: field.name.span)
    }
}

/// A form beside a header that says of the body that it is something else.
private func formOfAnotherType(_ step: Step) -> [Diagnostic] {
    guard step.field(RestAPI.form) != nil, case .record(let fields, _) = step.field(RestAPI.headers),
        let header = fields.first(where: { $0.name.text.lowercased() == "content-type" }),
        let type = literalValue(header.value)?.asText?.lowercased(), !type.hasPrefix(RestAPI.formType)
    else { return [] }
    return [
        Diagnostic(
            .badSetting, "a `form` is sent as \(RestAPI.formType), and this header says otherwise",
            at: header.value.span,
            help: type.hasPrefix("multipart/")
                ? "leave the header out; a body in several parts is written in `body`"
                : "leave the header out, or send a `body`")
    ]
}

private func noStatus(_ step: Step) -> [Diagnostic] {
    guard case .expression(let value) = step.field(RestAPI.expect), case .list(let items) = value.kind,
        items.isEmpty
    else { return [] }
    return [
        Diagnostic(
            .badSetting, "`expect` names no status, so that every answer would be a failure", at: value.span,
            help: "leave it out, and 2xx is a success")
    ]
}

/// A number that no model takes.
private func outOfRange(_ step: Step, _ name: String, _ range: ClosedRange<Double>) -> [Diagnostic] {
    guard let field = step.field(name), let value = constantValue(field), let number = value.asDouble,
        !range.contains(number)
    else { return [] }
    let (least, most) = (Int(range.lowerBound), Int(range.upperBound))
    let words = most < 100 ? "is between \(least) and \(most)" : "is at least \(least)"
    return [
        Diagnostic(.badSetting, "`\(name)` \(words), found \(JSON.text(value))", at: field.span)
    ]
}

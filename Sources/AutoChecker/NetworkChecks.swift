import AutoSyntax
import CEL
import Diagnostics
import Programs
import StepKinds
import URLs
import Values

/// What a file says in the open about servers: keys, `http:`, private addresses.
@Sendable func checkNetwork(_ context: CheckContext) -> [Diagnostic] {
    let keys = KeyFinder()
    var findings: [Diagnostic] = []
    for input in context.automation.inputs {
        guard let value = input.defaultValue else { continue }
        findings += keys.findings(in: value)
        if let http = plainHTTP(value) { findings.append(http) }
    }
    for step in context.automation.steps {
        for field in step.fields { findings += keys.findings(in: field.value) }
        guard let url = step.kind?.names(of: .host).first else { continue }
        findings += keys.findings(inRequest: step)
        if let http = step.field(url).flatMap(plainHTTP) { findings.append(http) }
        if let allow = step.fields.first(where: { $0.name.text == RestAPI.allowPrivate.name }),
            literalValue(allow.value)?.asBool == true
        {
            findings.append(
                Diagnostic(
                    .allowsPrivate, "`\(step.name.text)` may reach addresses of the own network",
                    at: allow.name.span.union(allow.value.span),
                    help: "leave it out, and name the host when it runs: autorun run --allow-host HOST"))
        }
    }
    return findings
}

private func plainHTTP(_ value: FieldValue) -> Diagnostic? {
    guard case .expression(let expression) = value else { return nil }
    let text: String
    switch expression.kind {
    case .literal(.string(let literal)): text = literal
    case .text(let parts):
        guard case .characters(let first) = parts.first else { return nil }
        text = first
    case .literal, .name, .select, .has, .index, .call, .unary, .binary, .conditional, .list, .map, .macro:
        return nil
    }
    guard let url = try? WebURL(text), url.scheme == "http", !isNear(url) else { return nil }
    return Diagnostic(
        .plainHTTP, "this url goes over http: what is sent and what comes can be read and changed on the way",
        at: expression.span, help: "write https://")
}

/// Whether a url's host is this machine or one beside it, where https is seldom spoken.
private func isNear(_ url: WebURL) -> Bool {
    if let address = url.addressBytes { return AddressKind(address) != .publicAddress }
    let host = url.hostText.hasSuffix(".") ? String(url.hostText.dropLast()) : url.hostText
    return !host.contains(".")
        || [".local", ".internal", ".localhost", ".test", ".lan"].contains { host.hasSuffix($0) }
}

/// Finds keys that are written into a file.
private struct KeyFinder {
    // Compiled once for all files of a folder, and for all that an editor asks for; each where a text may match it.

    /// The forms in which well-known services give their keys out.
    private static let known = try? Regex(
        #"\b(?:sk-[A-Za-z0-9_-]{20,}|[sr]k_live_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|hf_[A-Za-z0-9]{30,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})|-----BEGIN [A-Z ]*PRIVATE KEY-----"#
    )
    private static let inURL = try? Regex(
        #"[?&](?:api_?key|key|token|access_token|auth|secret|password)=[A-Za-z0-9_.-]{12,}"#)

    private static let beforeHost = try? Regex(#"\bhttps?://[^/?#\s:@]*:[^/?#\s@]{4,}@"#)

    /// The patterns that a text may match, by what each of them must hold: to compile one takes longer than all else that is
    /// done for a small file.
    private static func patterns(for bytes: [UInt8]) -> [Regex?] {
        var (run, longest, dashes) = (0, 0, 0)
        for byte in bytes {
            run = isPartOfKey(byte) ? run + 1 : 0
            longest = max(longest, run)
            dashes = byte == UInt8(ascii: "-") ? dashes + 1 : dashes >= 5 ? 5 : 0
        }
        return [
            longest >= 15 || dashes >= 5 ? known : nil, bytes.contains(UInt8(ascii: "=")) ? inURL : nil,
            bytes.contains(UInt8(ascii: "@")) ? beforeHost : nil,
        ]
    }

    private static func isPartOfKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    func findings(in value: FieldValue) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        func look(_ text: String, _ span: Span) {
            let bytes = Array(text.utf8)
            guard bytes.count >= 15 else { return }
            let isKey = KeyFinder.patterns(for: bytes).contains {
                (try? $0?.match(in: bytes, from: 0)) ?? nil != nil
            }
            if isKey { findings.append(finding(span)) }
        }
        switch value {
        case .program(let program): look(program.text, program.span)
        case .xpath: break
        case .record(let fields, _): for field in fields { findings += self.findings(in: field.value) }
        case .list(let items, _): for item in items { findings += self.findings(in: item) }
        case .expression(let expression):
            expression.walk { part in
                switch part.kind {
                case .literal(.string(let text)): look(text, part.span)
                case .text(let parts):
                    for case .characters(let text) in parts { look(text, part.span) }
                case .literal, .name, .select, .has, .index, .call, .unary, .binary, .conditional, .list,
                    .map, .macro:
                    break
                }
            }
        }
        return findings
    }

    /// A literal where a secret belongs: `auth`, and the headers that carry keys.
    func findings(inRequest step: Step) -> [Diagnostic] {
        var findings: [Diagnostic] = []
        let keyHeaders = ["authorization", "x-api-key", "api-key", "x-auth-token", "private-token", "cookie"]
        if case .record(let fields, _) = step.field(RestAPI.auth) {
            let keys = [RestAPI.AuthPart.bearer, .password].map(\.rawValue)
            for field in fields where keys.contains(field.name.text) {
                if let text = literalText(field.value), !text.isEmpty, self.findings(in: field.value).isEmpty
                {
                    findings.append(finding(field.value.span))
                }
            }
        }
        if case .record(let fields, _) = step.field(RestAPI.headers) {
            for field in fields where keyHeaders.contains(field.name.text.lowercased()) {
                guard let text = literalText(field.value), self.findings(in: field.value).isEmpty else {
                    continue
                }
                let key = text.split(separator: " ").last ?? ""
                if key.count >= 8 { findings.append(finding(field.value.span)) }
            }
        }
        return findings
    }

    private func literalText(_ value: FieldValue) -> String? { literalValue(value)?.asText }

    private func finding(_ span: Span) -> Diagnostic {
        Diagnostic(
            .hardCodedKey, "a key is written into the file, where everyone who has the file can read it",
            at: span, label: "take it back, and make a new one",
            help:
                "declare it: secret API_KEY, and send it as `secrets.API_KEY` in `headers`, `auth` or `body`"
        )
    }
}

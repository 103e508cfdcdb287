import AutoChecker
import AutoRuntime
import Computing
import HTTPTypes
import Hummingbird
import Logging
import StepKinds
import Values

/// The headers in which senders of webhooks name a delivery, so that one that is sent again starts nothing
/// anew.
let deliveryHeaders = [
    "X-GitHub-Delivery", "X-Gitea-Delivery", "X-Gitlab-Event-UUID", "X-Shopify-Webhook-Id", "Webhook-Id",
]

let webhookEndpoints: [Endpoint] = [
    Endpoint(
        method: .post, path: automationPath + [.word("webhook")], scope: .run, operation: "start_by_webhook",
        summary: "Start a session by a webhook",
        about:
            "For automations whose START has `webhook`. The fields of the body are the inputs; an input `payload` of type `json` takes the whole body. Where START names a secret, no token is needed, but a signature: the HMAC-SHA256 of the body by that secret, in hexadecimal digits with or without `sha256=` before them, in the header that START names (\(Start.usualHeader) where it names none). A delivery that is sent again, with the same Idempotency-Key or the same id in \(deliveryHeaders.joined(separator: ", ")), starts nothing anew.",
        parameters: [idempotencyKey("The same for each try of one delivery.")]
            + deliveryHeaders.map { name in
                Endpoint.Parameter(
                    name: name, place: .header, schema: #"{"type":"string"}"#,
                    about: "What the sender calls the delivery.")
            },
        body: [Endpoint.Content(type: "application/json", schema: "{}")], isBodyRequired: false,
        answers: [
            Endpoint.Answer(
                status: 202, about: "The session; of a delivery that was sent again, as it is now.",
                content: sessionContent),
            Endpoint.Answer(
                status: 401, about: "No token that is known, or a signature that is wrong.",
                content: problemContent),
            Endpoint.Answer(
                status: 409,
                about: "No webhook starts this automation, or a secret is not set on the server.",
                content: problemContent),
        ],
        admitsGuest: admitsSigned
    ) { api, call in try await api.startByWebhook(call) }
]

private let admitsSigned: @Sendable (API, Request, [String: ID]) async throws -> Void = { api, request, ids in
    try await api.checkIsSigned(request, ids)
}

/// What came of a webhook.
enum WebhookOutcome: String, Sendable, CaseIterable {
    case started
    /// The delivery had come before.
    case repeated
    case refused
}

extension API {
    /// Whoever has no token needs a signature; whether it is right is seen once the body has come.
    fileprivate func checkIsSigned(_ request: Request, _ ids: [String: ID]) async throws {
        // Who has neither is not told which automations there are.
        if let id = ids["automation_id"], let version = try? await ready(id),
            case .signed(_, let header) = version.trigger.webhook,
            signature(request, header).flatMap(signatureBytes) != nil
        {
            return try admitGuest(of: id)
        }
        throw Refusal.unauthorized(
            "a bearer token is needed (autorun token new NAME makes one), or the signature that the automation's webhook asks for",
            wrong: false)
    }

    private func signature(_ request: Request, _ header: String) -> String? {
        HTTPField.Name(header).flatMap { request.headers[$0] }
    }

    fileprivate func startByWebhook(_ call: Call) async throws -> Response {
        do {
            return try await started(call)
        } catch let refusal as Refusal {
            metrics.count(WebhookOutcome.refused)
            throw refusal
        }
    }

    private func started(_ call: Call) async throws -> Response {
        let version = try await ready(try call.automation)
        switch version.trigger.webhook {
        case nil:
            throw Refusal(
                .conflict,
                "no webhook starts this automation: give its START webhook: true, or webhook: { secret: secrets.NAME }"
            )
        case .token:
            // Whoever is here without one has been let in by mistake.
            guard call.token != nil else {
                throw Refusal.unauthorized("a bearer token is needed", wrong: false)
            }
        case .signed(let secret, let header):
            try await checkSignature(call, version, secret: secret, header: header)
        }
        // Only who may start it is told what is wrong with what it calls.
        let current = try await startable(version.stored)
        let given = try webhookInputs(call, current.plan.automation.inputs)
        let inputs = try taken(given, current, at: ["body"])
        let started = try await engine.start(current, inputs: inputs, key: try deliveryKey(call))
        metrics.count(started.isNew ? WebhookOutcome.started : .repeated)
        return try await created(started, current, new: .accepted, repeated: .accepted)
    }

    private func checkSignature(_ call: Call, _ version: ReadyVersion, secret: String, header: String)
        async throws
    {
        func refuse(_ why: String) -> Refusal {
            parts.log.warning(
                "webhook refused",
                metadata: ["automation": "\(version.stored.name)", "reason": "\(why)"])
            return Refusal.unauthorized(why, wrong: true)
        }
        guard let key = parts.secret(secret), !key.isEmpty else {
            parts.log.error(
                "a webhook's secret is not set",
                metadata: ["automation": "\(version.stored.name)", "secret": "\(secret)"])
            throw Refusal(.conflict, "the secret of this webhook is not set on the server")
        }
        guard let text = signature(call.request, header) else {
            throw refuse("the body is to be signed: there is no header \(header)")
        }
        guard let given = signatureBytes(text) else {
            throw refuse(
                "\(header) holds no signature: expected 64 hexadecimal digits, with or without sha256= before them"
            )
        }
        let body = call.body
        let wanted = await onOwnThread { _ in hmacSHA256(body, key: Array(key.utf8)) }
        guard isSameSecretly(given, wanted) else {
            throw refuse("the signature in \(header) is not that of this body by the webhook's secret")
        }
    }

    /// What the body gives to the inputs.
    private func webhookInputs(_ call: Call, _ inputs: [CheckedInput]) throws(Refusal) -> MapValue {
        guard !call.body.isEmpty else { return MapValue() }
        let type = call.header("Content-Type")?.lowercased() ?? ""
        let body: Value
        do { body = try call.json() } catch {
            // curl says of JSON, too, that it is a form.
            guard type.hasPrefix(RestAPI.formType) else { throw error }
            throw Refusal(
                .unsupportedMediaType, "the body is a form: let the sender send application/json")
        }
        let takesWhole = inputs.contains { $0.name == "payload" && $0.type == .json }
        guard case .map(let fields) = body else {
            guard takesWhole else {
                throw Refusal(
                    .unprocessableContent, at: ["body"], "object_type",
                    "expected an object, whose fields are the inputs; an input `payload` of type json would take anything"
                )
            }
            return MapValue(record: [("payload", body)])
        }
        guard takesWhole else { return fields }
        var given = MapValue(record: [("payload", body)])
        for input in inputs where input.name != "payload" {
            if let value = fields[input.name] { given[input.name] = value }
        }
        return given
    }

    private func deliveryKey(_ call: Call) throws -> String? {
        if let key = try key(call) { return StartKey.webhook(key, "Idempotency-Key") }
        for header in deliveryHeaders {
            if let delivery = call.header(header), (1...255).contains(delivery.utf8.count) {
                return StartKey.webhook(delivery, header)
            }
        }
        return nil
    }
}

/// The bytes of a signature in hexadecimal digits, with or without `sha256=` before them; nil for anything
/// else.
func signatureBytes(_ text: String) -> [UInt8]? {
    var digits = Array(text.utf8.filter { $0 != 0x20 && $0 != 0x09 })
    let prefix = Array("sha256=".utf8)
    if digits.count > prefix.count,
        String(decoding: digits[..<prefix.count], as: UTF8.self).lowercased() == "sha256="
    {
        digits.removeFirst(prefix.count)
    }
    guard digits.count == 64 else { return nil }
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: 64, by: 2) {
        let pair = String(decoding: digits[start..<start + 2], as: UTF8.self)
        guard pair.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }), let byte = UInt8(pair, radix: 16) else {
            return nil
        }
        bytes.append(byte)
    }
    return bytes
}

package import AutoSyntax
package import CEL
import Values

/// What starts an automation besides a person, a client or another automation, as its START says.
package struct Trigger: Sendable {
    /// Nil for an automation that no clock starts.
    package let schedule: ScheduledStart?
    /// Nil for an automation that no webhook starts.
    package let webhook: Webhook?

    /// - Parameter fields: those of a START step that has passed the checker; what would not pass is left out.
    package init(_ fields: [Field]) {
        schedule = ScheduledStart(GivenFields(fields), fields)
        webhook = fields.first { $0.name.text == Start.webhook.name }.flatMap { Webhook($0.value) }
    }
}

/// The times at which an automation starts by itself.
package struct ScheduledStart: Sendable {
    package let schedule: Schedule
    /// The name of the zone whose clocks the schedule means.
    package let zoneName: String
    /// Nil where this machine does not know the zone.
    package let zone: TimeZoneRules?
    /// Whether a start that was missed while no server ran is made up, once.
    package let catchesUp: Bool

    fileprivate init?(_ given: GivenFields, _ fields: [Field]) {
        guard case .text(let text) = given[Start.schedule] else { return nil }
        do throws(ScheduleProblem) { schedule = try Schedule(text) } catch { return nil }
        if case .text(let name) = given[Start.zone] { zoneName = name } else { zoneName = "UTC" }
        zone = TimeZoneRules(named: zoneName)
        let catchUp = fields.first { $0.name.text == Start.catchUp.name }.flatMap { literalValue($0.value) }
        catchesUp = catchUp?.asBool ?? false
    }

    /// The first start after a moment, both in seconds since 1970; nil where there is none, or the zone is
    /// not known.
    package func next(after moment: Int64) -> Int64? {
        zone.flatMap { schedule.next(after: moment, in: $0) }
    }

    /// The last start until a moment, both in seconds since 1970; nil where there is none, or the zone is not
    /// known.
    package func last(until moment: Int64) -> Int64? {
        zone.flatMap { schedule.last(until: moment, in: $0) }
    }

    /// In words: `0 7 * * 1-5 (Europe/Berlin)`.
    package var words: String { "\(schedule.text) (\(zoneName))" }

    /// A moment in seconds since 1970, as the zone's clocks show it: `2026-03-02 07:00 Europe/Berlin`.
    package func local(_ moment: Int64) -> String {
        let time = CivilTime(secondsSince1970: moment + (zone?.offset(at: moment) ?? 0)).text
        return time.prefix(16).map { $0 == "T" ? " " : String($0) }.joined() + " " + zoneName
    }
}

/// Who may start an automation by its webhook.
package enum Webhook: Sendable, Hashable {
    /// Whoever has a token that may run automations.
    case token
    /// Whoever signs the body by HMAC-SHA256 with the secret of this name, and sends the signature in the
    /// header.
    case signed(secret: String, header: String)

    fileprivate init?(_ value: FieldValue) {
        switch value {
        case .record(let parts, _):
            guard let secret = parts.first(where: { $0.name.text == WebhookPart.secret.rawValue }),
                let name = secretName(secret.value)
            else { return nil }
            let header = GivenFields(parts)[WebhookPart.header.rawValue]
            if case .text(let text) = header {
                self = .signed(secret: name, header: text)
            } else {
                self = .signed(secret: name, header: Start.usualHeader)
            }
        case .expression:
            guard literalValue(value)?.asBool == true else { return nil }
            self = .token
        case .list, .program, .xpath: return nil
        }
    }

    /// In words: `signed with HOOK in X-Hub-Signature-256`.
    package var words: String {
        switch self {
        case .token: "with a token"
        case .signed(let secret, let header): "signed with \(secret) in \(header)"
        }
    }
}

/// The parts of a webhook that is written as a record.
package enum WebhookPart: String, Sendable, CaseIterable {
    case secret
    case header
}

/// The name behind `secrets.`; nil for any other value.
package func secretName(_ value: FieldValue) -> String? {
    guard case .expression(let expression) = value,
        case .select(let operand, let name, _, _) = expression.kind,
        case .name("secrets", _) = operand.kind
    else { return nil }
    return name
}

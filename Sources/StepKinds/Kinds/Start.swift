import AutoSyntax
import CEL

/// START: where the automation begins, and what starts it besides a person or a client.
package enum Start {
    package static let schedule = Key.text(
        "schedule",
        "when a server starts it by itself: minute, hour, day of the month, month and day of the week as in cron, or a name such as @daily"
    )
    package static let zone = Key.text(
        "zone", usual: "\"UTC\"", "whose clocks `schedule` means, such as \"Europe/Berlin\"")
    package static let catchUp = Key.bool(
        "catch_up", "whether a start that was missed while no server ran is made up, once")
    package static let webhook = Key.boolOrRecord(
        "webhook", as: [.secrets],
        "whether POST /automations/{id}/webhook starts it: true for who has a token, or { secret: secrets.NAME, header: \"…\" } for who signs the body with that secret (HMAC-SHA256)"
    )

    /// The header with the signature of a webhook whose file names none.
    package static let usualHeader = "X-Hub-Signature-256"

    package static let kind = StepKind(
        type: .start, summary: "Where the automation begins; by a schedule or a webhook also when.",
        fields: [schedule.field, zone.field, catchUp.field, webhook.field],
        companions: [
            Companion(name: zone.name, other: schedule.name, bond: .meaningless),
            Companion(name: catchUp.name, other: schedule.name, bond: .meaningless),
        ],
        takesResult: false, gives: "an empty text",
        result: { _, _ in .string },
        outsideText: { _ in .none },
        assumedResult: { _ in 20 },
        isPure: { _ in true },
        isInPlace: { _ in true },
        work: { _, _ in nil },
        sample: "START begin -> end")
}

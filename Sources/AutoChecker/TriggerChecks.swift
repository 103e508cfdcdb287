import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// What starts the automation by itself: a schedule that a clock understands, a zone that there is, a webhook
/// whose sender can be told from others, inputs that are there without anybody who gives them.
@Sendable func checkTriggers(_ context: CheckContext) -> [Diagnostic] {
    guard let start = context.start else { return [] }
    let step = context.automation.steps[start]
    var check = TriggerCheck(step: step, source: context.automation.source)
    check.schedule()
    check.zone()
    check.catchUp()
    check.defaults(context.automation.inputs)
    check.webhook()
    return check.findings
}

private struct TriggerCheck {
    let step: Step
    let source: SourceText
    var findings: [Diagnostic] = []

    mutating func schedule() {
        guard let value = step.field(Start.schedule),
            let text = writtenOut(value, Start.schedule, "\"@daily\"")
        else { return }
        do throws(ScheduleProblem) { _ = try Schedule(text) } catch {
            let (span, isExact) = place(of: error.place, in: text, value)
            findings.append(
                Diagnostic(
                    .badSchedule, error.message, at: span, help: error.help,
                    fix: error.replacement.flatMap { isExact ? FixIt(span: span, replacement: $0) : nil }))
        }
    }

    mutating func zone() {
        guard let value = step.field(Start.zone),
            let name = writtenOut(value, Start.zone, "\"Europe/Berlin\""),
            TimeZoneRules(named: name) == nil
        else { return }
        let (span, isExact) = place(of: 0..<name.utf8.count, in: name, value)
        findings.append(unknownZone(name, at: span) { isExact ? $0 : nil })
    }

    mutating func catchUp() {
        guard let value = step.field(Start.catchUp), literalValue(value)?.asBool == nil else { return }
        // What is no bool at all is told with the fields' types.
        guard case .expression(let expression) = value, literalValue(value) == nil else { return }
        findings.append(
            Diagnostic(
                .badSchedule, "`catch_up` is written out, before there is a run that could compute it",
                at: expression.span, help: "write catch_up: true, or leave it out"))
    }

    /// Nobody is there to give a scheduled automation its inputs.
    mutating func defaults(_ inputs: [Input]) {
        guard let schedule = step.fields.first(where: { $0.name.text == Start.schedule.name }) else { return }
        for input in inputs where input.defaultValue == nil {
            findings.append(
                Diagnostic(
                    .noDefault,
                    "nobody gives `\(input.name.text)` to an automation that a clock starts, and it has no default",
                    at: input.name.span, notes: [Note(schedule.name.span, "the schedule stands here")],
                    help:
                        "write what counts then: input \(input.name.text): \(source.text(input.type.span)) = …"
                ))
        }
    }

    mutating func webhook() {
        guard let value = step.field(Start.webhook) else { return }
        switch value {
        case .record(let parts, let span): webhook(parts, span)
        case .expression(let expression):
            // What is neither a bool nor a record is told with the fields' types.
            if let literal = literalValue(value) {
                if literal.asText != nil { findings.append(badWebhook(value.span)) }
            } else {
                findings.append(badWebhook(expression.span))
            }
        case .list, .program, .xpath: findings.append(badWebhook(value.span))
        }
    }

    private func badWebhook(_ span: Span) -> Diagnostic {
        Diagnostic(
            .badWebhook, "a webhook is written out, before there is a run that could compute it", at: span,
            help: "write webhook: true, or webhook: { secret: secrets.NAME }")
    }

    private mutating func webhook(_ parts: [Field], _ span: Span) {
        let known = WebhookPart.allCases.map(\.rawValue)
        for part in parts {
            switch WebhookPart(rawValue: part.name.text) {
            case .secret: secret(part)
            case .header: header(part)
            case nil:
                let near = nearestName(to: part.name.text, in: known)
                findings.append(
                    Diagnostic(
                        .unknownField, "a webhook has no field `\(part.name.text)`", at: part.name.span,
                        help: near.map { "did you mean `\($0)`?" }
                            ?? "it has \(inWords(known, joiner: "and"))",
                        fix: near.map { FixIt(span: part.name.span, replacement: $0) }))
            }
        }
        guard !parts.contains(where: { $0.name.text == WebhookPart.secret.rawValue }),
            parts.allSatisfy({ WebhookPart(rawValue: $0.name.text) != nil })
        else { return }
        findings.append(
            Diagnostic(
                .missingField, "a webhook of a record needs `secret`, by which its sender signs", at: span,
                help: "add secret: secrets.NAME, or write webhook: true for who has a token"))
    }

    private mutating func secret(_ part: Field) {
        guard secretName(part.value) == nil else { return }
        findings.append(
            Diagnostic(
                .badWebhook, "the secret of a webhook is one that the file declares, and no other value",
                at: part.value.span,
                help: "declare it by `secret HOOK`, write secret: secrets.HOOK, and set HOOK for the server"))
    }

    private mutating func header(_ part: Field) {
        let given = GivenFields([part])[part.name.text]
        if case .text(let name) = given, isHeaderName(name) { return }
        findings.append(
            Diagnostic(
                .badWebhook, "`header` is the name of a header of HTTP, written out", at: part.value.span,
                help: "write for example header: \"\(Start.usualHeader)\", which counts where it is left out")
        )
    }

    /// Whether a text is a token of HTTP, as the names of headers are.
    private func isHeaderName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 200
            && name.utf8.allSatisfy { isIdentifierPart($0) || Array("!#$%&'*+-.^`|~".utf8).contains($0) }
    }

    /// The text of a field that is known before any run; one that is not is a finding.
    private mutating func writtenOut(_ value: FieldValue, _ key: Key<String>, _ example: String) -> String? {
        switch step.given[key] {
        case .text(let text): return text
        case .absent: return nil
        case .value:
            guard case .expression(let expression) = value, literalValue(value) == nil else { return nil }
            findings.append(
                Diagnostic(
                    .badSchedule, "`\(key.name)` is written out, before there is a run that could compute it",
                    at: expression.span, help: "write it without values, for example \(key.name): \(example)")
            )
            return nil
        }
    }

    /// Where a part of a text stands in the file; the whole of it where the file has it in another way.
    private func place(of part: Range<Int>, in text: String, _ value: FieldValue) -> (Span, isExact: Bool) {
        let span = value.span
        let written = source.bytes[span.start..<span.end]
        let inside = written.dropFirst().dropLast()
        guard inside.elementsEqual(text.utf8), !part.isEmpty else { return (span, false) }
        return (Span(span.start + 1 + part.lowerBound, span.start + 1 + part.upperBound), true)
    }
}

/// A zone that there is not, with the one that is most likely meant.
///
/// - Parameter written: what to write in the place of it for that one; nil where it cannot be mended by itself.
func unknownZone(_ name: String, at span: Span, _ written: (String) -> String?) -> Diagnostic {
    let names = TimeZoneRules.names
    guard !names.isEmpty else {
        return Diagnostic(
            .unknownZone,
            "this machine has no list of time zones, so `\(name.prefix(60))` is not known",
            at: span, help: "install the package tzdata, or write \"UTC\"")
    }
    let near = nearZone(to: name, in: names)
    return Diagnostic(
        .unknownZone, "there is no time zone `\(name.prefix(60))`", at: span,
        help: near.map { "did you mean `\($0)`?" }
            ?? "zones have names such as \"Europe/Berlin\", \"America/New_York\" or \"UTC\"",
        fix: near.flatMap(written).map { FixIt(span: span, replacement: $0) })
}

/// The zone that a name most likely means: one that is written much like it, or that ends in it
/// (`Berlin`).
private func nearZone(to name: String, in names: [String]) -> String? {
    let wanted = name.lowercased().split(separator: " ").joined(separator: "_")
    if let same = names.first(where: { $0.lowercased() == wanted }) { return same }
    let city = wanted.split(separator: "/").last.map { String($0) } ?? ""
    if !city.isEmpty, let found = names.first(where: { $0.lowercased().hasSuffix("/" + city) }) {
        return found
    }
    if let near = nearestName(to: name, in: names) { return near }
    let cities = names.compactMap { zone -> String? in
        let parts = zone.split(separator: "/")
        return parts.count > 1 ? parts.last.map { String($0) } : nil
    }
    guard let near = nearestName(to: city, in: cities) else { return nil }
    return names.first { $0.hasSuffix("/" + near) }
}

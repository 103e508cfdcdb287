import AutoChecker
import AutoSyntax
import Diagnostics
import StepKinds
import Testing
import Values

private func file(_ fields: String, _ declarations: String = "") -> SourceText {
    SourceText(
        name: "trigger.auto",
        text: """
            automation "Trigger"
            \(declarations)
            START begin -> tell { prompt_template { \(fields) } }
            DATA_TRANSFORM tell -> end { prompt_template { value: 1 } }

            """)
}

/// The findings, without those of inputs and secrets that nothing reads.
private func findings(_ fields: String, _ declarations: String = "") -> [Diagnostic] {
    check(file(fields, declarations)).findings.filter { ![.unusedInput, .unusedSecret].contains($0.code) }
}

private func trigger(_ fields: String, _ declarations: String = "") throws -> Trigger {
    let result = check(file(fields, declarations))
    return try #require(result.automation, "\(result.findings.map(\.message))").trigger
}

/// Replaces what the finding offers.
private func mended(_ source: SourceText, _ fix: FixIt) -> SourceText {
    let bytes = source.bytes
    return SourceText(
        name: source.name,
        bytes: Array(bytes[..<fix.span.start]) + Array(fix.replacement.utf8) + Array(bytes[fix.span.end...]))
}

@Suite(.timeLimit(.minutes(1))) struct TriggerTests {
    @Test func aScheduleIsKept() throws {
        let trigger = try trigger(#"schedule: "0 7 * * 1-5", zone: "Europe/Berlin", catch_up: true"#)
        let start = try #require(trigger.schedule)
        #expect(start.words == "0 7 * * 1-5 (Europe/Berlin)" && start.catchesUp && trigger.webhook == nil)
        let next = try #require(start.next(after: 1_772_000_000))
        #expect(
            timeText(next) == "2026-02-26T06:00:00Z" && start.local(next) == "2026-02-26 07:00 Europe/Berlin")
        let plain = try #require(try self.plain("schedule: '@daily'").schedule)
        #expect(plain.words == "@daily (UTC)" && !plain.catchesUp)
    }

    private func plain(_ fields: String) throws -> Trigger { try trigger(fields) }

    private func timeText(_ seconds: Int64) -> String { CivilTime(secondsSince1970: seconds).text + "Z" }

    @Test func aWebhookIsKept() throws {
        #expect(try trigger("webhook: true").webhook == .token)
        #expect(try trigger("webhook: false").webhook == nil)
        let usual = try trigger("webhook: { secret: secrets.HOOK }", "secret HOOK").webhook
        #expect(usual == .signed(secret: "HOOK", header: "X-Hub-Signature-256"))
        let own = try trigger(#"webhook: { secret: secrets.HOOK, header: "X-Mine" }"#, "secret HOOK").webhook
        #expect(own == .signed(secret: "HOOK", header: "X-Mine"))
        let none = try #require(
            check(SourceText(name: "t.auto", text: "automation \"T\"\nSTART a -> end\n")).automation)
        #expect(none.trigger.webhook == nil && none.trigger.schedule == nil)
    }

    /// What a store keeps of a checked automation holds what starts it.
    @Test func aStoredAutomationStartsTheSame() throws {
        let source = file(
            #"schedule: "@hourly", zone: "America/New_York", catch_up: true, webhook: { secret: secrets.HOOK }"#,
            "secret HOOK")
        let automation = try #require(check(source).automation)
        let back = try CheckedAutomation(encoded: automation.encoded(), source: source).trigger
        #expect(back.schedule?.words == "@hourly (America/New_York)" && back.schedule?.catchesUp == true)
        #expect(back.webhook == .signed(secret: "HOOK", header: "X-Hub-Signature-256"))
    }

    @Test(arguments: [
        (#"schedule: "0 25 * * *""#, "", Code.badSchedule, "25"),
        (#"schedule: "0 7 * * 1-5 *""#, "", .badSchedule, "0 7 * * 1-5 *"),
        (#"schedule: "0 0 31 2 *""#, "", .badSchedule, "31 2"),
        (
            #"schedule: "0 ${inputs.hour} * * *""#, "input hour: int = 7", .badSchedule,
            #""0 ${inputs.hour} * * *""#
        ),
        (#"schedule: inputs.when"#, "input when: text = \"@daily\"", .badSchedule, "inputs.when"),
        (#"schedule: "@daily", zone: "Europe/Berlni""#, "", .unknownZone, "Europe/Berlni"),
        (#"schedule: "@daily", zone: "+02:00""#, "", .unknownZone, "+02:00"),
        (#"schedule: "@daily", catch_up: inputs.up"#, "input up: bool = true", .badSchedule, "inputs.up"),
        (#"schedule: "@daily""#, "input city: text", .noDefault, "city"),
        (#"zone: "UTC""#, "", .conflictingFields, "zone"),
        ("catch_up: true", "", .conflictingFields, "catch_up"),
        ("schedule: 5", "", .wrongType, "5"),
        ("webhook: 5", "", .wrongType, "5"),
        (#"webhook: { secret: "hunter2hunter2" }"#, "", .badWebhook, #""hunter2hunter2""#),
        (#"webhook: { header: "X-A" }"#, "", .missingField, #"{ header: "X-A" }"#),
        (#"webhook: { secret: secrets.HOOK, header: "X A" }"#, "secret HOOK", .badWebhook, #""X A""#),
        ("webhook: { secret: secrets.HOOK, headr: \"X\" }", "secret HOOK", .unknownField, "headr"),
        ("webhook: { secret: secrets.HOOK }", "", .unknownSecret, "HOOK"),
        ("webhook: inputs.on", "input on: bool = true", .badWebhook, "inputs.on"),
        ("schedul: \"@daily\"", "", .unknownField, "schedul"),
    ])
    func aFaultIsFoundAtItsPlace(fields: String, declarations: String, code: Code, place: String) throws {
        let all = findings(fields, declarations)
        let finding = try #require(all.first { $0.code == code }, "\(all.map(\.message))")
        let source = file(fields, declarations)
        #expect(source.text(finding.span) == place)
        #expect(finding.severity == .error && finding.help?.isEmpty == false)
        #expect(all.count { $0.severity == .error } == 1, "\(all.map(\.message))")
    }

    @Test(arguments: [
        (#"schedule: "0 22-2 * * *""#, "22-23,0-2"), (#"schedule: "@dialy""#, "@daily"),
        (#"schedule: "@daily", zone: "Europe/Berlni""#, "Europe/Berlin"),
        (#"schedule: "@daily", zone: "berlin""#, "Europe/Berlin"),
        (#"schedule: "@daily", zone: "New York""#, "America/New_York"),
        (#"schedule: "@daily", zone: "europe/berlin""#, "Europe/Berlin"),
        (#"schedule: "@daily", zone: "America/Bueno_Aires""#, "America/Buenos_Aires"),
    ])
    func aMendIsOffered(fields: String, mend: String) throws {
        let source = file(fields)
        let fix = try #require(check(source).findings.compactMap(\.fix).first)
        #expect(fix.replacement == mend)
        #expect(check(mended(source, fix)).findings.isEmpty)
    }

    /// Where clock changes have no place in the text as it is written, all of the text is told.
    @Test func aTextWithEscapesIsToldAsAWhole() throws {
        let source = file(#"schedule: "0 25 \u002A * *""#)
        let finding = try #require(check(source).findings.first)
        #expect(finding.code == .badSchedule && source.text(finding.span) == #""0 25 \u002A * *""#)
        #expect(finding.fix == nil)
    }

    /// What a webhook brings was written by somebody else, also where an owner's own inputs would be trusted.
    @Test func whatAWebhookBringsIsTextFromOutside() {
        let text = """
            automation "Webhook"
            input name: text = "a"
            START begin -> keep { prompt_template { WEBHOOK } }
            DATA_TRANSFORM keep -> end { prompt_template { value: 1, write: inputs.name } }

            """
        func codes(_ webhook: String) -> [Code] {
            let source = SourceText(name: "t.auto", text: text.replacing("WEBHOOK", with: webhook))
            return check(source).findings.map(\.code)
        }
        #expect(codes("webhook: true").contains(.taintedFileName))
        #expect(!codes("webhook: false").contains(.taintedFileName))
    }

    @Test func theGraphShowsWhatStartsIt() {
        let automation = parseAutomation(file(#"schedule: "0 7 * * 1-5""#)).automation
        #expect(
            automation.mermaid.contains(
                "begin_([\"begin<br/><small>START<br/>schedule: #quot;0 7 * * 1-5#quot;</small>\"])"))
        #expect(
            automation.dot.contains(#""begin" [label="begin\nSTART\nschedule: \"0 7 * * 1-5\"", shape=oval"#))
    }
}

import AutoSyntax
import CEL
import Diagnostics
import StepKinds
package import Values

/// `test` blocks: their names, the values they give, what they expect.
@Sendable func checkTests(_ context: CheckContext) -> [Diagnostic] {
    context.automation.tests.flatMap { test -> [Diagnostic] in
        var findings: [Diagnostic] = []
        for field in test.fields {
            switch field.name.text {
            case "inputs": findings += testInputs(field, test, context)
            case "replies": findings += testReplies(field, context, areAnswers: false)
            case "answers": findings += testReplies(field, context, areAnswers: true)
            case "now": findings += testNow(field)
            default: break
            }
        }
        if !context.hasSyntaxErrors, !test.fields.contains(where: { $0.name.text == "inputs" }) {
            findings += missingInputs([], test, at: test.name.span, context)
        }
        if test.expectations.isEmpty, !context.hasSyntaxErrors {
            findings.append(
                Diagnostic(
                    .missingField, "the test `\(test.name.text)` expects nothing", at: test.name.span,
                    help: "add expect session.status == \"FINISHED\""))
        }
        var typer = Typer(scope: testScope(context))
        for expectation in test.expectations { typer.expectation(expectation) }
        return findings + typer.findings
    }
}

extension Typer {
    fileprivate mutating func expectation(_ expression: Expression) {
        let type = type(of: expression)
        guard type != .bool, !type.isOpen else { return }
        report(
            .wrongType, "`expect` takes a condition, found \(type.widened.text)", expression.span,
            help: "compare it, for example `… == \"yes\"`")
    }
}

/// What `expect` may read: `session`, `visited`, `prompts`, `inputs` and every step.
func testScope(_ context: CheckContext) -> TypeScope {
    let base = context.scope(of: nil)
    let session = RecordType(
        role: .session,
        fields: sessionFields + [
            .init("status", .oneOf(["NEW", "RUNNING", "FINISHED", "FAILED"])), .init("error", .string),
        ])
    let visited = Type.list(.oneOf(context.automation.steps.map(\.name.text)))
    let prompts = RecordType(
        fields: context.automation.steps.map { .init($0.name.text, .map(.string, .dyn)) })
    return TypeScope(
        type: { name in
            switch name {
            case "session": .record(session)
            case "visited": visited
            case "prompts": .record(prompts)
            default: base.type(name)
            }
        }, names: { base.names() + ["visited", "prompts"] }, suggestion: base.suggestion, source: base.source)
}

private func testNow(_ field: Field) -> [Diagnostic] {
    guard testTime(field.value) == nil else { return [] }
    return [
        Diagnostic(
            .badTestValue, "`now` is a time as RFC 3339 writes it, from 1700 to 2200", at: field.value.span,
            help: "write for example now: \"2026-01-31T09:00:00Z\"")
    ]
}

/// Nanoseconds since 1970.
func testTime(_ value: FieldValue) -> Int64? {
    guard let text = literalValue(value)?.asText, let time = Timestamp(text: text),
        abs(time.seconds) < 8_500_000_000
    else { return nil }
    return time.seconds * 1_000_000_000 + time.nanoseconds
}

private func testInputs(_ field: Field, _ test: Test, _ context: CheckContext) -> [Diagnostic] {
    guard case .record(let entries, _) = field.value else {
        return [
            Diagnostic(
                .badTestValue, "`inputs` is a record with a value for each input", at: field.value.span,
                help: "write inputs: { name: value }")
        ]
    }
    var findings: [Diagnostic] = []
    for entry in entries {
        guard let place = context.inputIndex[entry.name.text] else {
            let near = nearestName(to: entry.name.text, in: context.automation.inputs.map(\.name.text))
            findings.append(
                Diagnostic(
                    .unknownInput, "there is no input `\(entry.name.text)`", at: entry.name.span,
                    help: near.map { "did you mean `\($0)`?" } ?? "declare it, or leave it out here",
                    fix: near.map { context.rename(entry.name, to: $0) }))
            continue
        }
        guard let value = constantValue(entry.value) else {
            findings.append(computed(entry))
            continue
        }
        do throws(Misfit) { _ = try context.inputTypes[place].fit(value, extras: .refused) } catch {
            findings.append(
                Diagnostic(
                    .badTestValue, "the input `\(entry.name.text)` does not fit its type: \(error.text)",
                    at: entry.value.span,
                    notes: [Note(context.automation.inputs[place].type.span, "the type")]))
        }
    }
    return findings + missingInputs(entries, test, at: field.name.span, context)
}

private func missingInputs(_ given: [Field], _ test: Test, at span: Span, _ context: CheckContext)
    -> [Diagnostic]
{
    let given = Set(given.map(\.name.text))
    let missing = context.automation.inputs.filter { input in
        input.defaultValue == nil && !given.contains(input.name.text)
    }.map(\.name.text)
    guard !missing.isEmpty else { return [] }
    return [
        Diagnostic(
            .badTestValue, "the test `\(test.name.text)` does not give \(inWords(missing, joiner: "and"))",
            at: span, help: "add inputs: { \(missing.map { "\($0): …" }.joined(separator: ", ")) }")
    ]
}

private func computed(_ entry: Field) -> Diagnostic {
    Diagnostic(
        .badTestValue, "what a test gives is written out, it cannot be computed", at: entry.value.span,
        help: "write a text, a number, true, false, a list or a record")
}

private func testReplies(_ field: Field, _ context: CheckContext, areAnswers: Bool) -> [Diagnostic] {
    guard case .record(let entries, _) = field.value else {
        return [
            Diagnostic(
                .badTestValue, "`\(field.name.text)` is a record with a value for each step",
                at: field.value.span, help: "write \(field.name.text): { step: value }")
        ]
    }
    return entries.compactMap { testReply($0, context, areAnswers) }
}

private func testReply(_ entry: Field, _ context: CheckContext, _ areAnswers: Bool) -> Diagnostic? {
    let step: TestedStep
    switch context.tested(entry.name.text) {
    case .step(let found): step = found
    case .unseen: return nil
    case .callsNothing(let call):
        return Diagnostic(
            .unknownStep, "there is no step `\(entry.name.text)`: `\(call)` calls no automation",
            at: entry.name.span, help: "write the step, or leave the line out")
    case .unknown(let near):
        return Diagnostic(
            .unknownStep, "there is no step `\(entry.name.text)`", at: entry.name.span,
            help: near.map { "did you mean `\($0)`?" } ?? "write the step, or leave the line out",
            fix: near.map {
                FixIt(
                    span: entry.name.span,
                    replacement: $0.utf8.contains(UInt8(ascii: ".")) ? jsonString($0) : $0)
            })
    }
    if let finding = wrongPlace(entry, step, areAnswers) { return finding }
    guard let value = constantValue(entry.value) else { return computed(entry) }
    do throws(Misfit) {
        return try repliesOf(value, step.reply).lazy.compactMap { unknownKind($0, step, entry) }.first
    } catch {
        let near = value.asText.flatMap { text in
            if case .oneOf(let values) = step.reply { nearestName(to: text, in: values) } else { nil }
        }
        let own = context.stepIndex[entry.name.text].map { context.automation.steps[$0].name.span }
        return Diagnostic(
            .badTestValue, "this does not fit what `\(entry.name.text)` gives: \(error.text)",
            at: entry.value.span, notes: own.map { [Note($0, "it gives \(step.reply.text)")] } ?? [],
            help: near.map { "write \"\($0)\"" } ?? helpForReply(value, areAnswers))
    }
}

/// A failure of a kind that the step never has.
private func unknownKind(_ reply: TestReply, _ step: TestedStep, _ entry: Field) -> Diagnostic? {
    guard case .failure(let kind, _) = reply, !FailureKind.words.contains(kind),
        step.type != .python || !FailureKind.isKnown(kind)
    else { return nil }
    return Diagnostic(
        .badTestValue, "no step fails with the kind \(jsonString(kind))", at: entry.value.span,
        help: unknownKindHelp(kind))
}

private func wrongPlace(_ entry: Field, _ step: TestedStep, _ areAnswers: Bool) -> Diagnostic? {
    let name = entry.name.text
    guard let type = step.type else { return nil }
    if areAnswers != (type == .getUserInput) {
        return Diagnostic(
            .badTestValue,
            areAnswers
                ? "`\(name)` asks no person" : "`\(name)` asks a person, whose answer is given in `answers`",
            at: entry.name.span, help: areAnswers ? "put it into `replies`" : "put it into `answers`")
    }
    guard step.isPure else { return nil }
    return Diagnostic(
        .badTestValue, "`\(name)` runs for real in a test, it takes no reply", at: entry.name.span,
        help: "leave the line out, and expect what it gives")
}

/// What may have been meant by a reply that does not fit.
private func helpForReply(_ value: Value, _ areAnswers: Bool) -> String? {
    if areAnswers { return nil }
    let items = value.asList ?? [value]
    if let error = items.lazy.compactMap({ $0.asMap?["error"]?.asMap }).first, error["message"] == nil {
        let kind = error["kind"]?.asText ?? FailureKind.words.first ?? ""
        return "a failure says what went wrong: { error: { kind: \(jsonString(kind)), message: \"…\" } }"
    }
    return "several visits take a list of replies, a failure is { error: \"what went wrong\" }"
}

/// One reply of a test.
package enum TestReply: Sendable, Hashable {
    case value(Value)
    /// `{ error: "…" }`, or `{ error: { kind: "…", message: "…" } }`.
    case failure(kind: String, message: String)

    /// The key under which a reply says how its step fails.
    package static let errorKey = "error"
}

/// What a test gives for a step: one reply for every visit, or a list of them, of which the last stays.
package func repliesOf(_ value: Value, _ type: DataType) throws(Misfit) -> [TestReply] {
    if let failure = failure(value) { return [failure] }
    let given: [Value] = if case .list(let items) = value { items } else { [] }
    // Where a reply may be anything, a list is one reply, but for one in which a step fails.
    let areVisits = if case .json = type { given.contains { failure($0) != nil } } else { false }
    var whole: Misfit?
    if !areVisits {
        do throws(Misfit) { return [.value(try type.fit(value, extras: .refused))] } catch { whole = error }
    }
    if let whole, given.isEmpty { throw whole }
    var replies: [TestReply] = []
    for (place, item) in given.enumerated() {
        if let failure = failure(item) {
            replies.append(failure)
        } else {
            replies.append(.value(try type.fit(item, extras: .refused, path: "[\(place)]")))
        }
    }
    return replies
}

private func failure(_ value: Value) -> TestReply? {
    guard let map = value.asMap, map.count == 1, let error = map[TestReply.errorKey] else { return nil }
    if let message = error.asText { return .failure(kind: "failed", message: message) }
    guard let message = error.asMap?["message"]?.asText else { return nil }
    return .failure(kind: error.asMap?["kind"]?.asText ?? "failed", message: message)
}

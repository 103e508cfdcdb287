import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// Text from outside on its way to where it would be obeyed: code, programs, hosts, headers, system prompts.
@Sendable func checkTrust(_ context: CheckContext) -> [Diagnostic] {
    // Without free text from outside there is nothing to follow.
    let flow = TaintFlow(context)
    let guarded = guardedShapes(context.automation)
    var findings: [Diagnostic] = []
    for (number, step) in context.automation.steps.enumerated() {
        var sink = Sink(flow: flow, step: step, number: number, typer: context.typer(for: number))
        sink.guarded = guarded
        guard let kind = step.kind else { continue }
        for field in kind.fields {
            guard let value = step.field(field.name) else { continue }
            for role in field.roles { sink.look(at: value, of: field, as: role) }
        }
        sink.patterns()
        findings += sink.findings
    }
    return findings
}

/// The expressions whose beginning some decision tests, so that what they hold is the author's choice.
private func guardedShapes(_ automation: Automation) -> Set<String> {
    var shapes = Set<String>()
    for step in automation.steps where step.type == .logicDecision {
        for branch in step.branches {
            guard case .when(let condition) = branch.condition else { continue }
            condition.walk { part in
                switch part.kind {
                case .call("startsWith", _, .some(let target), _), .call("matches", _, .some(let target), _):
                    shapes.insert(target.shape)
                case .binary(.isIn, let left, _): shapes.insert(left.shape)
                case .binary(.equal, let left, _): shapes.insert(left.shape)
                case .literal, .text, .name, .select, .has, .index, .call, .unary, .binary, .conditional,
                    .list, .map, .macro:
                    break
                }
            }
        }
    }
    return shapes
}

private struct Sink {
    let flow: TaintFlow
    let step: Step
    let number: Int
    var typer: Typer
    var guarded = Set<String>()
    var findings: [Diagnostic] = []

    init(flow: TaintFlow, step: Step, number: Int, typer: Typer) {
        self.flow = flow
        self.step = step
        self.number = number
        self.typer = typer
    }

    /// Looks for text from outside in a field where it would be obeyed.
    mutating func look(at value: FieldValue, of field: StepField, as role: FieldRole) {
        switch role {
        case .required, .prompt, .secrets: break
        case .host: url(value)
        case .header: headers(value)
        case .code, .program: program(value, of: field, role)
        case .system: systemText(value)
        case .conversation: systemMessages(value)
        case .path: fileName(value, of: field)
        }
    }

    private mutating func systemMessages(_ value: FieldValue) {
        guard case .expression(let messages) = value, case .list(let elements) = messages.kind else { return }
        for case .map(let entries) in elements.map(\.value.kind) {
            let isSystem = entries.contains {
                $0.key.kind == .literal(.string("role")) && $0.value.kind == .literal(.string("system"))
            }
            guard isSystem else { continue }
            for entry in entries where entry.key.kind == .literal(.string("content")) {
                systemText(.expression(entry.value))
            }
        }
    }

    /// What the run is started with is its owner's choice.
    private mutating func fileName(_ value: FieldValue, of field: StepField) {
        guard let (span, taint) = place(value), !taint.way.isEmpty else { return }
        add(
            .taintedFileName, "text from \(taint.origin) says which file the step \(field.name)s", span,
            taint,
            "write the name here, or allow a few values only: one_of(…)")
    }

    private mutating func systemText(_ value: FieldValue) {
        guard let (span, taint) = place(value) else { return }
        add(
            .taintedSystem, "text from \(taint.origin) stands in the system prompt, which the model obeys",
            span, taint, "put it into `user`, and say in `system` how to treat it")
    }

    private mutating func headers(_ value: FieldValue) {
        guard case .record(let headers, _) = value else { return }
        for header in headers {
            guard let (span, taint) = place(header.value) else { continue }
            add(
                .taintedHeader, "text from \(taint.origin) goes into the header `\(header.name.text)`", span,
                taint, "send it in `query` or `body`, or allow a few values only: one_of(…)")
        }
    }

    private mutating func program(_ value: FieldValue, of field: StepField, _ role: FieldRole) {
        guard case .expression(let expression) = value,
            let taint = flow.taint(of: expression, in: number, &typer)
        else { return }
        let help =
            role == .code
            ? "write the code here in quotes; pass values in: inputs: { text: … } and read inputs[\"text\"]"
            : "write the program here in quotes, and pass the text in by `input`"
        add(
            role == .code ? .taintedCode : .taintedProgram,
            "text from \(taint.origin) would run as \(inWords(field))", expression.span, taint, help)
    }

    private func inWords(_ field: StepField) -> String {
        switch field {
        case Python.code.field: "Python code"
        case DataTransform.jq.field: "a jq program"
        default: "a regular expression"
        }
    }

    /// `matches` with a pattern from outside.
    mutating func patterns() {
        var calls: [Expression] = []
        step.forEachExpression { expression in
            expression.walk { part in
                guard case .call("matches", _, let target, let arguments) = part.kind else { return }
                if let pattern = target == nil ? arguments.dropFirst().first : arguments.first {
                    calls.append(pattern)
                }
            }
        }
        for pattern in calls {
            guard let taint = flow.taint(of: pattern, in: number, &typer) else { continue }
            add(
                .taintedProgram, "text from \(taint.origin) would run as a regular expression", pattern.span,
                taint, "look for plain text by `contains(…)`, or write the pattern in quotes")
        }
    }

    private mutating func url(_ value: FieldValue) {
        guard case .expression(let url) = value else { return }
        guard case .text(let parts) = url.kind else {
            base(url)
            return
        }
        var before = ""
        for part in parts {
            switch part {
            case .characters(let text): before += text
            case .expression(let value):
                if before.isEmpty {
                    base(value)
                } else if let scheme = before.firstRange(ofText: "://"),
                    !before[scheme.upperBound...].contains(where: { "/?#".contains($0) })
                {
                    host(value)
                }
                before += "\u{0}"
            }
        }
    }

    /// A value that is the whole url, or its beginning. One that the run was started with is its owner's choice.
    private mutating func base(_ value: Expression) {
        guard !guarded.contains(value.shape),
            let taint = flow.taint(of: value, in: number, &typer, asURL: true),
            !taint.way.isEmpty
        else { return }
        add(
            .valueInHost, "text from \(taint.origin) says which server is asked", value.span, taint,
            "write the host here: \"https://example.org/${…}\", or pass only what begins so: `.filter(u, u.startsWith(\"https://example.org/\"))`"
        )
    }

    private mutating func host(_ value: Expression) {
        let help =
            "write the host here and put values behind it; of a few hosts, choose by a LOGIC_DECISION"
        if let taint = flow.taint(of: value, in: number, &typer) {
            add(
                .valueInHost, "text from \(taint.origin) stands in the url's host", value.span, taint, help)
        } else {
            findings.append(
                Diagnostic(
                    .valueInHost, "a value stands in the url's host, so that it says which server is asked",
                    at: value.span, help: help))
        }
    }

    /// Where in a value the text from outside stands, as near as it can be told.
    private mutating func place(_ value: FieldValue) -> (Span, Taint)? {
        guard let taint = flow.taint(of: value, in: number, &typer) else { return nil }
        guard case .expression(let expression) = value, case .text(let parts) = expression.kind else {
            return (value.span, taint)
        }
        for case .expression(let part) in parts {
            if let taint = flow.taint(of: part, in: number, &typer) { return (part.span, taint) }
        }
        return (value.span, taint)
    }

    private mutating func add(
        _ code: Code, _ message: String, _ span: Span, _ taint: Taint, _ help: String
    ) {
        findings.append(
            Diagnostic(code, message, at: span, notes: [taint.note(to: step.name.text)], help: help))
    }
}

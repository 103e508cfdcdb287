import AutoChecker
import AutoSyntax
import Diagnostics
import Values

/// The commands that lenses name. A client that knows them runs them in a terminal; the server itself runs nothing.
private enum LensCommand: String {
    /// With the file's path.
    case run = "auto.run"
    /// With the file's path, and the name of a test for that one alone.
    case test = "auto.test"
}

/// "Run" and "Run tests" above an automation, "Run this test" above each test.
func codeLenses(_ document: Document) -> Value {
    guard let automation = document.model?.automation, !automation.steps.isEmpty else { return .list([]) }
    func lens(_ span: Span, _ title: String, _ command: LensCommand, _ more: [Value] = []) -> Value {
        .record([
            ("range", document.range(Span(span.start, span.start))),
            (
                "command",
                .record([
                    ("title", .string(title)), ("command", .string(command.rawValue)),
                    ("arguments", .list([.string(document.name)] + more)),
                ])
            ),
        ])
    }
    let head = automation.name?.span ?? automation.steps[0].span
    var lenses = [lens(head, "Run", .run)]
    if !automation.tests.isEmpty { lenses.append(lens(head, "Run tests", .test)) }
    for test in automation.tests {
        lenses.append(lens(test.span, "Run this test", .test, [.string(test.name.text)]))
    }
    return .list(lenses)
}

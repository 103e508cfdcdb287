import AutoSyntax
import StepKinds

/// What `Grammar/README.md` says of the steps, made from StepKinds.
enum Reference {
    /// The table of the ten steps.
    static var steps: String {
        let rows = StepKind.all.map { kind in
            "| \(kind.type.rawValue) | \(fields(kind)) | \(kind.gives) |"
        }
        return "| step | fields (required first) | result |\n|---|---|---|\n" + rows.joined(separator: "\n")
    }

    /// The table of the fields of all steps.
    static var allFields: String {
        let rows = StepKind.all.flatMap { kind in
            kind.fields.map { field in
                "| \(kind.type.rawValue) | `\(field.name)` | \(takes(field.kind)) | \(field.documentation) |"
            }
        }
        return "| step | field | takes | means |\n|---|---|---|---|\n" + rows.joined(separator: "\n")
    }

    /// The table of `name.error.kind`.
    static var failures: String {
        let rows = FailureKind.fixed.map { "| `\($0.word)` | \($0.documentation) |" }
        return "| kind | what failed |\n|---|---|\n" + rows.joined(separator: "\n")
    }

    private static func fields(_ kind: StepKind) -> String {
        if let branches = kind.branches { return branches }
        let groups = kind.groups.filter(\.needsOne)
        let grouped = groups.flatMap(\.names)
        let required = kind.fields.filter(\.isRequired).map { "`\($0.name)`" }
        let choices = groups.map { words($0.names.map { "`\($0)`" }) }
        let others = kind.fields.filter { !$0.isRequired && !grouped.contains($0.name) }
        return [(required + choices).joined(separator: " "), others.map(optional).joined(separator: " ")]
            .filter { !$0.isEmpty }.joined(separator: "; ")
    }

    private static func optional(_ field: StepField) -> String {
        "`\(field.name)`" + (field.usual.map { " (\($0))" } ?? "")
    }

    /// `a`, `b` or `c`.
    private static func words(_ names: [String]) -> String {
        names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }

    private static func takes(_ kind: FieldKind) -> String {
        kind.words { values in words(values.map { "`\"\($0)\"`" }) }
    }
}

import CEL
import Diagnostics

/// The fields and labels of a step by their names, so that one that stands twice is found without looking at all of them.
struct EntryNames {
    private var fields: [String: Name] = [:]
    private var labels: [String: Name] = [:]
    private var seen = (fields: 0, branches: 0)
    /// The name of the step that these are of, which is no other's by its place.
    private var owner: Span?

    /// The field, or else the branch, of the step that has the name already; nil where none has.
    mutating func earlier(_ name: Name, in step: Step) -> Name? {
        let isKnown =
            owner == step.name.span && seen.fields <= step.fields.count
            && seen.branches <= step.branches.count
        if !isKnown {
            self = EntryNames()
            owner = step.name.span
        }
        for field in step.fields[seen.fields...] where fields[field.name.text] == nil {
            fields[field.name.text] = field.name
        }
        for branch in step.branches[seen.branches...] where labels[branch.label.text] == nil {
            labels[branch.label.text] = branch.label
        }
        seen = (step.fields.count, step.branches.count)
        return fields[name.text] ?? labels[name.text]
    }
}

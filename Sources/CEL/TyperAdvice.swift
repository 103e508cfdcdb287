/// What to write instead, where a type says only that something does not go.
extension Typer {
    /// For a field that is read of a text, as of a model's reply whose step names no type.
    func fieldOfText(_ field: String, _ owner: Expression) -> String {
        if case .select(let step, field: "result", _, _) = owner.kind, case .name(let name, _) = step.kind {
            return
                "`\(name)` gives a text: to have fields its step says them, as `result: { \(field): text }`; TEXT_TO_JSON reads JSON out of a text"
        }
        return "a text has no fields; `parse_json(…)` reads one that holds JSON"
    }
}

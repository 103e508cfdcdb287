import Diagnostics

/// What to write instead, where a type says only that something does not go.
extension Typer {
    /// Whether a map's key is a word that means nothing by itself: in expressions keys are texts, `{"total": 4}`.
    func isUnquoted(_ key: Expression) -> Bool {
        guard case .name(let name, rooted: false) = key.kind else { return false }
        return scope.type(name) == nil && !locals.contains { $0.name == name }
    }

    mutating func tellUnquoted(_ key: Expression) -> Type {
        guard let word = written(key.span) else { return type(of: key) }
        report(
            .unknownName, "the key `\(word)` is no text", key.span,
            help: "in an expression a key stands in quotes: write `\"\(word)\"`",
            fix: FixIt(span: key.span, replacement: "\"\(word)\""))
        return .string
    }

    /// Of `a || b` whose sides are both told to be no conditions one finding is left: in other languages it gives the other
    /// value where there is none.
    mutating func tellOtherValue(_ left: Expression, _ right: Expression, from start: Int) {
        let (value, other) = (written(left.span) ?? "x", written(right.span) ?? "y")
        let isShort = value.count + other.count < 60
        explain(from: start) { findings in
            func told(_ side: Expression) -> Diagnostic? {
                findings.last { $0.span == side.span && $0.message.hasPrefix("each side of `||`") }
            }
            guard let first = told(left), told(right) != nil else { return findings }
            let isText = first.message.hasSuffix(" text")
            let usage =
                isText && isShort ? "`\(value) != \"\" ? \(value) : \(other)`" : "`condition ? this : that`"
            let rest = findings.filter { $0 != first && $0 != told(right) }
            return rest + [
                Diagnostic(
                    .wrongType, "`||` joins conditions, and gives no other value",
                    at: left.span.union(right.span), help: "another value where one is missing: \(usage)")
            ]
        }
    }

    /// For a field that is read of a text, as of a model's reply whose step names no type.
    func fieldOfText(_ field: String, _ owner: Expression) -> String {
        if case .select(let step, field: "result", _, _) = owner.kind, case .name(let name, _) = step.kind {
            return
                "`\(name)` gives a text: to have fields its step says them, as `result: { \(field): text }`; TEXT_TO_JSON reads JSON out of a text"
        }
        return "a text has no fields; `parse_json(…)` reads one that holds JSON"
    }
}

extension RecordType {
    /// Whether a field that is not known may be there all the same: the record is open, and the name is no slip for
    /// one that is known, with a letter too few or too many, or two in each other's place.
    func mayHold(_ field: String) -> Bool {
        guard role == .open else { return false }
        guard let near = nearestName(to: field, in: fields.map(\.name)) else { return true }
        var letters = Array(near.utf8)
        var strange = 0
        for letter in field.lowercased().utf8 {
            if let place = letters.firstIndex(of: letter) { letters.remove(at: place) } else { strange += 1 }
        }
        return strange + letters.count > 1
    }
}

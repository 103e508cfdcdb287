import Programs
package import Values

/// Why a call fails whatever its other operands are: one that is written out is refused.
package struct ArgumentProblem: Error, Sendable, Hashable {
    /// What the operand was taken for.
    package enum Kind: Sendable, Hashable {
        case regex
        case zone
        case other
    }

    package let kind: Kind
    /// Which of the operands it is, the target of a method first, from 0.
    package let place: Int
    /// A sentence without a full stop.
    package let message: String
    /// Where in the operand's text it is, in bytes; nil where it is the whole.
    package let offset: Int?
}

/// Looks at the operands of a call that are written out, as the run does before it uses them.
///
/// - Parameters:
///   - name: the function's name, with its namespace where it has one.
///   - operands: their values, the target of a method first; nil for those that are computed.
/// - Returns: the first problem; nil where there is none, or none can be known.
package func argumentProblem(inCallOf name: String, _ operands: [Value?]) -> ArgumentProblem? {
    let arguments = WrittenArguments(operands: operands)
    do throws(ArgumentProblem) {
        switch name {
        case "matches": _ = try arguments.regex(1)
        case "regex.extract", "regex.extractAll":
            guard let pattern = try arguments.regex(1) else { return nil }
            try arguments.look(at: 1, .regex) { () throws(ProgramError) in
                try oneGroup(of: pattern, in: name)
            }
        case "regex.replace": try arguments.replacement()
        case "format_time", "parse_time":
            if let pattern = arguments.text(1) {
                try arguments.evaluate(1, .other) { () throws(EvaluationError) in
                    if try TimePattern(pattern).isOfOtherTools { throw TimePattern.otherTools }
                }
            }
            try arguments.zone(2)
        case "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear",
            "getHours", "getMinutes", "getSeconds":
            try arguments.zone(1)
        case "chunk":
            guard operands.count > 1, case .int(let length)? = operands[1] else { return nil }
            try arguments.evaluate(1, .other) { () throws(EvaluationError) in _ = try pieceLength(length) }
        default: break
        }
        return nil
    } catch {
        return error
    }
}

private struct WrittenArguments {
    let operands: [Value?]

    func text(_ place: Int) -> String? { place < operands.count ? operands[place]?.asText : nil }

    func regex(_ place: Int) throws(ArgumentProblem) -> Regex? {
        guard let text = text(place) else { return nil }
        var regex: Regex?
        try look(at: place, .regex) { () throws(ProgramError) in regex = try Regex(text) }
        return regex
    }

    func replacement() throws(ArgumentProblem) {
        let pattern = try regex(1)
        guard let text = text(2) else { return }
        var parts: [ReplacementPart] = []
        try evaluate(2, .regex) { () throws(EvaluationError) in parts = try replacementParts(of: text) }
        guard let pattern else { return }
        try look(at: 2, .regex) { () throws(ProgramError) in try haveGroups(parts, of: pattern) }
    }

    func zone(_ place: Int) throws(ArgumentProblem) {
        guard let zone = text(place) else { return }
        try evaluate(place, .zone) { () throws(EvaluationError) in _ = try CEL.offset(of: zone, at: 0) }
    }

    func look(
        at place: Int, _ kind: ArgumentProblem.Kind, _ work: () throws(ProgramError) -> Void
    ) throws(ArgumentProblem) {
        do throws(ProgramError) { try work() } catch {
            throw ArgumentProblem(kind: kind, place: place, message: error.message, offset: error.offset)
        }
    }

    func evaluate(
        _ place: Int, _ kind: ArgumentProblem.Kind, _ work: () throws(EvaluationError) -> Void
    ) throws(ArgumentProblem) {
        do throws(EvaluationError) { try work() } catch {
            throw ArgumentProblem(kind: kind, place: place, message: error.message, offset: nil)
        }
    }
}

import Diagnostics

/// Leaves out the findings that another one explains: mend that one, and they are gone or look otherwise.
func withoutExplained(_ findings: [Diagnostic]) -> [Diagnostic] {
    let errors = findings.filter { $0.severity == .error }
    let findings = withoutMeantReads(findings)
    guard !errors.isEmpty else { return findings }
    func has(_ family: String) -> Bool { errors.contains { $0.code.rawValue.hasPrefix(family) } }
    let hasUnreadable = has("A0")
    // What could not be read may be what leads to a step.
    let unread: Set<Code> = [.badCharacter, .expected, .unclosedText, .unclosedBlock, .unknownDeclaration]
    let hasUnread = errors.contains { unread.contains($0.code) }
    let hasNames = has("A1")
    let hasGraph = has("A3")
    let brokenForks: Set<Code> = [.forkNeverMeets, .sharedBranchStep, .edgeLeavesBranch, .edgeToStart]
    let hasForks = errors.contains { brokenForks.contains($0.code) }
    let tainted = Set(findings.filter { $0.code == .taintedCode || $0.code == .taintedProgram }.map(\.span))
    let interpolations = errors.filter { $0.code == .interpolationInProgram }.map(\.span)
    // A bare word in the place of another that was meant, such as `yes` for `true`.
    let slips = Set(errors.filter { $0.code == .wrongType && $0.fix != nil }.map(\.span))
    let reserved = Set(errors.filter { $0.code == .reservedName }.map(\.span))
    return findings.filter { finding in
        switch finding.code {
        case .unusedInput, .unusedSecret, .unusedType:
            // What is misspelt or could not be read may be what reads it.
            !hasUnreadable && !hasNames
        case .unusedResult: !hasUnreadable && !hasNames && !hasGraph
        case .unboundedLoop, .unboundedModelLoop, .unchangingLoop: !hasForks
        case .wrongType: !tainted.contains(finding.span)
        case .unknownName: !slips.contains(finding.span)
        case .badPython, .badJQ, .badRegex:
            // No compiler reads a `${…}`.
            !interpolations.contains { $0.start <= finding.span.end && finding.span.start <= $0.end }
        case .unreachable: !hasUnread && !reserved.contains(finding.span)
        default: true
        }
    }
}

/// Leaves out that an input or result is never read where a text means to read it, and is told to have a mend that does.
private func withoutMeantReads(_ findings: [Diagnostic]) -> [Diagnostic] {
    let mends = findings.filter { $0.code == .looksLikeExpression }.compactMap(\.fix?.replacement)
    guard !mends.isEmpty else { return findings }
    return findings.filter { finding in
        guard finding.code == .unusedInput || finding.code == .unusedResult,
            let read = finding.help?.split(separator: "`").dropFirst().first
        else {
            return true
        }
        return !mends.contains { $0.contains(read) }
    }
}

import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import Values

/// Every file is checked to its end; each finding has a place in the file and can be written out in every format.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let source = SourceText(name: "fuzz.auto", bytes: Array(UnsafeBufferPointer(start: data, count: size)))
    let draft = CheckDraft(source)
    let result = draft.finished(with: [])
    for finding in result.findings {
        precondition(finding.span.start <= finding.span.end && finding.span.start <= size)
        precondition(!finding.message.isEmpty)
    }
    precondition(result.findings.hasErrors || result.automation != nil)
    let tree = parseAutomation(source).tree
    precondition(tree.nodes.allSatisfy { $0.tokens.upperBound < tree.tokens.count })
    for format in FindingFormat.allCases {
        let text = render(result.findings, in: source, as: format)
        if format == .json { precondition((try? JSON.parse(text)) != nil) }
    }
    let (fixed, _) = applyingFixes(of: result.findings, to: source.bytes)
    _ = parseAutomation(SourceText(name: "fuzz.auto", bytes: fixed))
    _ = draft.model?.occurrences
    return 0
}

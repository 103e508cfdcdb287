import AutoSyntax
import Diagnostics

/// The tree of any file holds its bytes; one that parses means the same after it was formatted, and formatting it
/// again changes nothing.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let source = SourceText(name: "fuzz.auto", bytes: Array(UnsafeBufferPointer(start: data, count: size)))
    let before = parseAutomation(source)
    precondition(before.tree.text == source.bytes)
    guard let once = format(source).text else { return 0 }
    let after = parseAutomation(SourceText(name: "fuzz.auto", text: once))
    precondition(!after.findings.hasErrors && after.automation.meaning == before.automation.meaning)
    let twice = format(SourceText(name: "fuzz.auto", text: once)).text
    precondition(twice == once)
    return 0
}

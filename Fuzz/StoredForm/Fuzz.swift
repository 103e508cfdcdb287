import AutoChecker
import Diagnostics

/// Whatever bytes a store gives for a checked automation, reading them ends; what is read can be written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let source = SourceText(name: "fuzz", text: "automation \"Fuzz\"\n")
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    guard let automation = try? CheckedAutomation(encoded: bytes, source: source) else { return 0 }
    let written = automation.encoded()
    guard let again = try? CheckedAutomation(encoded: written, source: source), again.encoded() == written
    else { fatalError("what was read is not what is written") }
    return 0
}

import Programs

/// Any text is a selector, or a sentence about it with a place in it; what is read once is read the same again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    do throws(ProgramError) {
        let selector = try CSSSelector(text)
        precondition(!selector.alternatives.isEmpty)
        let again = try? CSSSelector(" " + text + " ")
        precondition(again?.alternatives == selector.alternatives)
    } catch {
        precondition(!error.message.isEmpty && (0...text.utf8.count).contains(error.offset ?? 0))
    }
    return 0
}

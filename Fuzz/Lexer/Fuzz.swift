import CEL
import Diagnostics

/// Every text is tokens and findings, and the lexer always comes to the end.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    for dialect in [Dialect.cel, .automation] {
        var lexer = Lexer(bytes: bytes, range: 0..<bytes.count, dialect: dialect)
        var last = -1
        while true {
            do throws(Diagnostic) {
                let token = try lexer.next()
                precondition(token.span.start >= last && token.span.end <= bytes.count)
                last = token.span.end
                if token.kind == .endOfText { break }
            } catch {
                // A finding stands where the lexer was; going on one byte further, as recovery does, must end.
                let next = max(lexer.offset, error.span.start, last) + 1
                guard next < bytes.count else { break }
                lexer = Lexer(bytes: bytes, range: next..<bytes.count, dialect: dialect)
                last = next
            }
        }
    }
    return 0
}

import MCP

/// Any bytes are messages, which are read again as they are written, or are refused in words that can be sent.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    do throws(RPCRefusal) {
        for part in try RPCPiece(bytes).parts {
            switch part {
            case .success(let message): precondition(reread(message) == message)
            case .failure(let refusal): precondition(reread(refusal.answer) == refusal.answer)
            }
        }
    } catch {
        precondition(reread(error.answer) == error.answer)
    }
    // However the bytes are split, the lines are the same.
    var (whole, halves) = (MessageLines(most: size), MessageLines(most: size))
    let together = whole.take(bytes[...])
    let first = halves.take(bytes[..<(size / 2)])
    let second = halves.take(bytes[(size / 2)...])
    precondition(together == first + second && whole.finish() == halves.finish())
    return 0
}

private func reread(_ message: RPCMessage) -> RPCMessage? { try? RPCPiece(message.bytes).parts.first?.get() }

internal import CZstd
import Processes
import Programs

/// Servers may make use of a window of 8 MB and no larger one (RFC 9659).
private let largestWindow: Int32 = 23

/// Undoes `zstd`. Several frames, one behind the other, are one body; other bytes behind the last are left out.
func zstdBody(_ body: [UInt8], _ limit: Int) throws(ProgramError) -> UnpackedBytes {
    guard let context = ZSTD_createDCtx() else { throw ProgramError("out of memory") }
    defer { ZSTD_freeDCtx(context) }
    guard ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, largestWindow)) == 0 else {
        throw ProgramError("out of memory")
    }
    var output = UnpackedBytes(limit: limit)
    var place = 0
    // What the library said last: 0 at the end of a frame.
    var state = 1
    while true {
        let began = place
        var written = 0
        output.write { space in
            body.withUnsafeBytes { input in
                var from = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: place)
                var to = ZSTD_outBuffer(dst: space.baseAddress, size: space.count, pos: 0)
                state = ZSTD_decompressStream(context, &to, &from)
                place = from.pos
                written = to.pos
            }
            return written
        }
        if output.isTooLarge { return output }
        if ZSTD_isError(state) != 0 { throw failure(state) }
        if state == 0, !beginsFrame(body, place) { return output }
        if place == began, written == 0 { throw cutShort(.zstd) }
    }
}

/// Whether a frame of zstd begins here, or one that is to be skipped.
private func beginsFrame(_ bytes: [UInt8], _ place: Int) -> Bool {
    guard place + 4 <= bytes.count else { return false }
    let first = Array(bytes[place..<place + 4])
    return first == [0x28, 0xB5, 0x2F, 0xFD] || first[0] & 0xF0 == 0x50 && first[1...] == [0x2A, 0x4D, 0x18]
}

private func failure(_ state: Int) -> ProgramError {
    switch ZSTD_getErrorCode(state) {
    case ZSTD_error_frameParameter_windowTooLarge:
        ProgramError(
            "the body is packed by `zstd` with a window of more than 8 MB, which HTTP does not allow")
    case ZSTD_error_memory_allocation: ProgramError("out of memory")
    default: broken(.zstd, String(cString: ZSTD_getErrorName(state)))
    }
}

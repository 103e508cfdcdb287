internal import CZlib
import Processes
import Programs

/// What stands around deflate's bytes; the number is what zlib calls the window's bits.
enum DeflateFrame: Int32 {
    case gzip = 31
    case zlib = 15
    case none = -15

    fileprivate var coding: ContentCoding { self == .gzip ? .gzip : .deflate }
}

/// `deflate` means zlib's format, but some servers send bare deflate, as browsers put up with.
func deflateBody(_ body: [UInt8], _ limit: Int) throws(ProgramError) -> UnpackedBytes {
    let mayBeZlib =
        body.count >= 2 && body[0] & 0x0F == 8 && (Int(body[0]) << 8 | Int(body[1])).isMultiple(of: 31)
    guard mayBeZlib else { return try inflated(body, .none, limit) }
    let failure: ProgramError
    do throws(ProgramError) { return try inflated(body, .zlib, limit) } catch { failure = error }
    // Bare deflate may begin as zlib's format does; where it is neither, what was found first is told.
    if let bare = try? inflated(body, .none, limit) { return bare }
    throw failure
}

/// Undoes deflate. Several members of gzip, one behind the other, are one body; other bytes behind its end are
/// left out, as browsers do: the end is where the coding itself says so.
func inflated(_ body: [UInt8], _ frame: DeflateFrame, _ limit: Int) throws(ProgramError) -> UnpackedBytes {
    var stream = z_stream()
    guard inflateInit2_(&stream, frame.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw ProgramError("out of memory") }
    defer { inflateEnd(&stream) }
    var output = UnpackedBytes(limit: limit)
    // zlib only reads what `next_in` points to, though its type says otherwise.
    var input = body
    var place = 0
    while true {
        var code = Z_OK
        let began = place
        var written = 0
        output.write { space in
            input.withUnsafeMutableBufferPointer { input in
                stream.next_in = input.baseAddress.map { $0 + place }
                stream.avail_in = UInt32(clamping: input.count - place)
                stream.next_out = space.baseAddress
                stream.avail_out = UInt32(space.count)
                code = inflate(&stream, Z_NO_FLUSH)
                place = input.count - Int(stream.avail_in)
                written = space.count - Int(stream.avail_out)
            }
            return written
        }
        if output.isTooLarge { return output }
        switch code {
        case Z_STREAM_END:
            guard frame == .gzip, beginsGzip(body, place) else { return output }
            guard inflateReset(&stream) == Z_OK else { throw broken(frame.coding) }
        case Z_OK, Z_BUF_ERROR:
            if place == began, written == 0 { throw cutShort(frame.coding) }
        default:
            throw broken(frame.coding, stream.msg.map { String(cString: $0) } ?? "")
        }
    }
}

private func beginsGzip(_ bytes: [UInt8], _ place: Int) -> Bool {
    place + 1 < bytes.count && bytes[place] == 0x1F && bytes[place + 1] == 0x8B
}

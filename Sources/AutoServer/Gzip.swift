import CZlib
import NIOCore

/// Compresses a body as gzip (RFC 1952), piece by piece.
///
/// It may be handed from thread to thread, though not used by two at once: whoever gives it a piece waits for what
/// comes out before the next one. That is what `@unchecked` rests on.
final class Gzip: @unchecked Sendable {
    private let stream: UnsafeMutablePointer<z_stream>
    private var isOver = false

    /// Quick: what it makes is a few percent larger than at best.
    private static let level: Int32 = 4
    /// The largest window, with gzip's frame around what is compressed.
    private static let window: Int32 = 15 + 16

    /// Nil when there is no memory for it.
    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let code = deflateInit2_(
            stream, Gzip.level, Z_DEFLATED, Gzip.window, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { return nil }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// What can be sent after these bytes have come; it may be empty until more has come.
    func compressed(_ bytes: ByteBuffer) -> ByteBuffer { run(bytes, Z_NO_FLUSH) }

    /// The rest, behind which nothing comes.
    func end(_ bytes: ByteBuffer = ByteBuffer()) -> ByteBuffer { run(bytes, Z_FINISH) }

    private func run(_ bytes: ByteBuffer, _ flush: Int32) -> ByteBuffer {
        var output = ByteBuffer()
        guard !isOver else { return output }
        isOver = flush == Z_FINISH
        // zlib only reads what `next_in` points to, though its type says otherwise.
        var input = Array(bytes.readableBytesView)
        input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            while deflateSome(flush, into: &output) {}
            stream.pointee.next_in = nil
        }
        return output
    }

    /// Writes one piece of what comes out; true when there may be more.
    private func deflateSome(_ flush: Int32, into output: inout ByteBuffer) -> Bool {
        let size = 64 << 10
        var isFull = false
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { space in
            stream.pointee.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(size)
            let code = deflate(stream, flush)
            isFull = stream.pointee.avail_out == 0 && code == Z_OK
            return size - Int(stream.pointee.avail_out)
        }
        return isFull
    }
}

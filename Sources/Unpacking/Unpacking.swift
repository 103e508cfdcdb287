package import Processes
package import Programs

/// Undoes how a body was packed.
///
/// - Parameters:
///   - codings: in the order in which they were applied.
///   - limit: the most bytes that the body may have, packed less or not at all. A small body can be made to
///     unpack into gigabytes.
/// - Returns: the body as it was before; an empty one stays empty, since an answer to HEAD has none.
/// - Throws: when the bytes are not what a coding says, or end before their end.
package func unpacked(_ body: [UInt8], _ codings: [ContentCoding], limit: Int) throws(ProgramError)
    -> UnpackedBody
{
    var body = body
    for coding in codings.reversed() where !body.isEmpty {
        let output: UnpackedBytes
        switch coding {
        case .gzip: output = try inflated(body, .gzip, limit)
        case .deflate: output = try deflateBody(body, limit)
        case .brotli: output = try brotliBody(body, limit)
        case .zstd: output = try zstdBody(body, limit)
        }
        guard !output.isTooLarge else { return .tooLarge }
        body = output.bytes
    }
    return .whole(body)
}

/// What has come out so far, which never grows past a limit.
struct UnpackedBytes {
    private(set) var bytes: [UInt8] = []
    /// Whether more came than the limit; then nothing more is to be asked of the library.
    private(set) var isTooLarge = false
    private let limit: Int
    private var space = [UInt8](repeating: 0, count: 1 << 18)

    init(limit: Int) { self.limit = limit }

    /// Lets a library write its next piece.
    ///
    /// - Parameter body: writes into the space and says how many bytes it wrote.
    mutating func write(_ body: (UnsafeMutableBufferPointer<UInt8>) -> Int) {
        let count = space.withUnsafeMutableBufferPointer { body($0) }
        guard bytes.count + count <= limit else {
            isTooLarge = true
            return
        }
        bytes += space[..<count]
    }
}

/// The bytes are no body of the coding.
func broken(_ coding: ContentCoding, _ detail: String = "") -> ProgramError {
    ProgramError(
        "the body is said to be packed by `\(coding.rawValue)`, and is not, or is damaged"
            + (detail.isEmpty ? "" : " (\(detail))"))
}

/// The bytes end before what was packed does.
func cutShort(_ coding: ContentCoding) -> ProgramError {
    ProgramError("the body is packed by `\(coding.rawValue)`, and ends before its end")
}

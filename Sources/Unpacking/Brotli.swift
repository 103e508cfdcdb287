internal import CBrotli
import Processes
import Programs

/// Undoes `br`.
func brotliBody(_ body: [UInt8], _ limit: Int) throws(ProgramError) -> UnpackedBytes {
    guard let state = BrotliDecoderCreateInstance(nil, nil, nil) else { throw ProgramError("out of memory") }
    defer { BrotliDecoderDestroyInstance(state) }
    var output = UnpackedBytes(limit: limit)
    var place = 0
    while true {
        var result = BROTLI_DECODER_RESULT_ERROR
        output.write { space in
            body.withUnsafeBufferPointer { input in
                var next = input.baseAddress.map { $0 + place }
                var left = input.count - place
                var nextOut = space.baseAddress
                var room = space.count
                result = BrotliDecoderDecompressStream(state, &left, &next, &room, &nextOut, nil)
                place = input.count - left
                return space.count - room
            }
        }
        if output.isTooLarge { return output }
        switch result {
        case BROTLI_DECODER_RESULT_SUCCESS: return output
        case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT: continue
        // All of the body was given at once.
        case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT: throw cutShort(.brotli)
        default: throw broken(.brotli)
        }
    }
}

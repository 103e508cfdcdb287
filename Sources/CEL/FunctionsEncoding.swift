import Values

/// The encoders extension.
let encoderFunctions: [Overload] = [
    function("base64.encode", [.bytes], .string) {
        if case .bytes(let bytes) = $0[0] { .string(base64(bytes)) } else { .string("") }
    },
    function("base64.decode", [.string], .bytes) { (v) throws(EvaluationError) in
        guard let bytes = decodeBase64(text(v, 0)) else {
            throw EvaluationError(.invalidArgument, "base64.decode: the text is not base64")
        }
        return .bytes(bytes)
    },
]

/// Why a request is refused, in words for the person at the editor.
struct ResponseError: Error {
    /// The numbers of JSON-RPC and of the protocol.
    enum Code: Int64 {
        case parseError = -32_700
        case invalidRequest = -32_600
        case methodNotFound = -32_601
        case invalidParams = -32_602
        case notInitialized = -32_002
        /// The request is as it should be, and yet cannot be done.
        case requestFailed = -32_803
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

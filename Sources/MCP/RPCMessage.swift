package import Values

/// What ties an answer to its request.
package enum RPCID: Sendable, Hashable {
    case number(Int64)
    case text(String)

    /// The id as it stands in a message.
    package var value: Value {
        switch self {
        case .number(let number): .int(number)
        case .text(let text): .string(text)
        }
    }

    /// Nil for what is no id: anything but a text or a whole number of 64 bits.
    package init?(_ value: Value?) {
        switch value {
        case .string(let text): self = .text(text)
        case .int(let number): self = .number(number)
        // Some libraries know no whole numbers, and give 1 back as 1.0.
        case .double(let number):
            guard let whole = Int64(exactly: number) else { return nil }
            self = .number(whole)
        case nil, .null, .bool, .uint, .bytes, .list, .map, .timestamp, .duration, .type, .optional:
            return nil
        }
    }
}

/// An error as one side answers it to the other.
package struct RPCError: Error, Sendable, Hashable {
    /// A number of JSON-RPC 2.0, or one of the other side's own.
    package let code: Int
    /// A sentence without a full stop.
    package let message: String
    /// More about it; nil where there is none.
    package let data: Value?

    package init(_ code: Int, _ message: String, data: Value? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// What came is no JSON.
    package static let parseErrorCode = -32_700
    /// What came is JSON, and no message.
    package static let invalidRequestCode = -32_600
    package static let methodNotFoundCode = -32_601
    package static let invalidParametersCode = -32_602
    package static let internalErrorCode = -32_603
    /// The side has as many requests as it takes at once.
    package static let busyCode = -32_000
    /// MCP's own: there is no such resource.
    package static let resourceNotFoundCode = -32_002

    /// The side does not offer the method.
    package static func methodNotFound(_ method: String) -> RPCError {
        RPCError(methodNotFoundCode, "there is no method `\(method.prefix(100))` here")
    }

    /// The parameters are not what the method takes.
    package static func invalidParameters(_ words: String) -> RPCError {
        RPCError(invalidParametersCode, words)
    }
}

/// One message of JSON-RPC 2.0 as the Model Context Protocol uses it: parameters are always an object.
package enum RPCMessage: Sendable, Hashable {
    /// Wants one answer.
    case request(id: RPCID, method: String, params: MapValue)
    /// Wants none.
    case notification(method: String, params: MapValue)
    /// What a request gave.
    case response(id: RPCID, result: Value)
    /// Why a request gave nothing; without an id where the side could not read which request it was.
    case failure(id: RPCID?, RPCError)

    /// The message as JSON. Empty parameters are left out.
    package var value: Value {
        var map = MapValue(record: [("jsonrpc", .string("2.0"))])
        switch self {
        case .request(let id, let method, let params):
            map["id"] = id.value
            map["method"] = .string(method)
            if params.count > 0 { map["params"] = .map(params) }
        case .notification(let method, let params):
            map["method"] = .string(method)
            if params.count > 0 { map["params"] = .map(params) }
        case .response(let id, let result):
            map["id"] = id.value
            map["result"] = result
        case .failure(let id, let error):
            map["id"] = id?.value ?? .null
            var fields: [(String, Value)] = [
                ("code", .int(Int64(error.code))), ("message", .string(error.message)),
            ]
            if let data = error.data { fields.append(("data", data)) }
            map["error"] = .record(fields)
        }
        return .map(map)
    }

    /// The request that the message answers; nil where it answers none, or the request could not be read.
    package var answeredID: RPCID? {
        switch self {
        case .response(let id, _): id
        case .failure(let id, _): id
        case .request, .notification: nil
        }
    }

    /// The message as one line of JSON, without a line break at its end.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        JSON.append(value, to: &bytes)
        return bytes
    }
}

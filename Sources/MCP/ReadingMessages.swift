package import Values

/// Why bytes are no message that can be taken.
package struct RPCRefusal: Error, Sendable, Hashable {
    /// What goes back to whoever sent it.
    package let error: RPCError
    /// Which request it was, where that could be read.
    package let id: RPCID?
    /// Whether it was meant as an answer: it names no method.
    package let isAnswer: Bool
    /// The beginning of what came, which may hold secrets: nobody but its sender and the user may see it.
    package private(set) var beginning = ""

    /// Bytes of that.
    private static let mostShown = 200

    /// The answer that JSON-RPC gives to such bytes.
    package var answer: RPCMessage { .failure(id: id, error) }

    package init(_ code: Int, _ words: String, id: RPCID? = nil, isAnswer: Bool = false) {
        error = RPCError(code, words)
        self.id = id
        self.isAnswer = isAnswer
    }

    /// The same, of these bytes.
    package func of(_ bytes: [UInt8]) -> RPCRefusal {
        var other = self
        other.beginning = String(decoding: bytes.prefix(RPCRefusal.mostShown), as: UTF8.self)
        return other
    }
}

/// What one piece of JSON holds: a message, or several in a list, as the revision of March 2025 allows it.
package struct RPCPiece: Sendable, Hashable {
    /// The messages in their order, each as it could be read.
    package let parts: [Result<RPCMessage, RPCRefusal>]
    /// Whether they stood in a list; then their answers stand in one too.
    package let isBatch: Bool

    /// How many messages a list may hold.
    package static let mostMessages = 1_000

    /// Reads one piece.
    ///
    /// - Throws: when it is no JSON, or neither a message nor a list of some.
    package init(_ bytes: [UInt8]) throws(RPCRefusal) {
        let value: Value
        do throws(JSONError) { value = try JSON.parse(bytes: bytes, refusesRepeatedKeys: true) } catch {
            // The letters that stand there may be a secret, so that only the reason is told.
            throw RPCRefusal(
                RPCError.parseErrorCode, "this is no JSON: \(error.reason), at byte \(error.offset)"
            ).of(bytes)
        }
        guard let list = value.asList else {
            do throws(RPCRefusal) { parts = [.success(try RPCMessage(value))] } catch {
                throw error.of(bytes)
            }
            isBatch = false
            return
        }
        guard !list.isEmpty, list.count <= RPCPiece.mostMessages else {
            throw RPCRefusal(
                RPCError.invalidRequestCode,
                "a list of messages holds 1 to \(RPCPiece.mostMessages) of them, found \(list.count)")
        }
        parts = list.map { item in
            do throws(RPCRefusal) { return .success(try RPCMessage(item)) } catch { return .failure(error) }
        }
        isBatch = true
    }
}

extension RPCMessage {
    /// - Throws: when the value is no message of JSON-RPC 2.0, saying what is wrong.
    package init(_ value: Value) throws(RPCRefusal) {
        guard let map = value.asMap else {
            throw RPCRefusal(RPCError.invalidRequestCode, "a message is an object, found \(kind(value))")
        }
        let id = RPCID(map["id"])
        func refusal(_ words: String) -> RPCRefusal {
            RPCRefusal(RPCError.invalidRequestCode, words, id: id, isAnswer: map["method"] == nil)
        }
        guard map["jsonrpc"] == .string("2.0") else {
            throw refusal("`jsonrpc` of a message is \"2.0\", found \(kind(map["jsonrpc"]))")
        }
        // An error is answered without an id where the request's could not be read.
        guard map["id"] == nil || id != nil || (map["id"]?.isNull == true && map["error"] != nil) else {
            throw refusal("`id` is a text or a whole number, found \(kind(map["id"]))")
        }
        // What is null is left out by some libraries and written by others.
        let result =
            map["error"]?.asMap == nil ? map["result"] : map["result"].flatMap { $0.isNull ? nil : $0 }
        let error = result == nil ? map["error"] : map["error"].flatMap { $0.isNull ? nil : $0 }
        switch (map["method"], result, error) {
        case (.string(let method), nil, nil):
            let params = try RPCMessage.parameters(map["params"], refusal)
            self =
                id.map { .request(id: $0, method: method, params: params) }
                ?? .notification(method: method, params: params)
        case (nil, let result?, nil):
            guard let id else { throw refusal("a response has the `id` of its request") }
            self = .response(id: id, result: result)
        case (nil, nil, let error?):
            self = .failure(id: id, try RPCMessage.error(error, refusal))
        case (.some, nil, nil):
            throw refusal("`method` is a text, found \(kind(map["method"]))")
        case (nil, nil, nil), (nil, _?, _?), (.some, _, _):
            throw refusal("a message has one of `method`, `result` and `error`")
        }
    }

    private static func parameters(
        _ value: Value?, _ refusal: (String) -> RPCRefusal
    ) throws(RPCRefusal) -> MapValue {
        guard let value, !value.isNull else { return MapValue() }
        guard let map = value.asMap else { throw refusal("`params` is an object, found \(kind(value))") }
        return map
    }

    private static func error(_ value: Value, _ refusal: (String) -> RPCRefusal) throws(RPCRefusal)
        -> RPCError
    {
        guard let map = value.asMap, let code = map["code"]?.asInt, let message = map["message"]?.asText
        else {
            throw refusal("`error` is an object with `code`, a whole number, and `message`, a text")
        }
        return RPCError(code, message, data: map["data"])
    }
}

/// What a value is, without showing it: it may be a secret.
private func kind(_ value: Value?) -> String {
    switch value {
    case nil: "nothing"
    case .null: "null"
    case .bool: "a truth value"
    case .int, .uint, .double: "a number"
    case .string: "another text"
    case .list: "a list"
    case .map: "an object"
    case .bytes, .timestamp, .duration, .type, .optional: "something else"
    }
}

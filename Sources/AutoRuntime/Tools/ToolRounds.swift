package import CEL
import OrderedCollections
package import Values

/// A reply by which a model asks for tools, as the trace has it.
package struct ToolRound: Sendable, Hashable {
    /// Which one of the step's, from 1.
    package let number: Int
    package let reply: ModelReply
    /// What each of the reply's calls is recorded by, in their order.
    package var places: [Place]

    /// Where a tool's work is recorded.
    package struct Place: Sendable, Hashable {
        /// The session of the automation that is the tool; nil for other tools.
        package var session: ID?
        /// The session in which a person is asked whether the tool may be used; nil where nobody is.
        package var approval: ID?
        /// The session, which failed, from where that of the automation goes on; nil for most.
        package var retried: ID?

        package init(session: ID? = nil, approval: ID? = nil, retried: ID? = nil) {
            self.session = session
            self.approval = approval
            self.retried = retried
        }
    }

    package init(number: Int, reply: ModelReply, places: [Place]) {
        self.number = number
        self.reply = reply
        self.places = places
    }
}

/// What came of a tool that a model asked for, as the trace has it.
package struct ToolEnd: Sendable, Hashable {
    /// Which round asked for it, from 1.
    package let round: Int
    /// Which of the round's calls it was, from 0.
    package let place: Int
    package let name: String
    /// The arguments that the tool was given; a person may have mended what the model wrote.
    package let arguments: Value
    /// What the model is told.
    package let result: String
    package let isError: Bool
    /// Nanoseconds that it took, without what a person took.
    package let time: Int64
    /// Who brought text from outside to the model that made the arguments up, where these have room for it.
    package let origins: [Origin]
    /// Who brought text from outside into what the model is told.
    package let brought: [Origin]

    package init(
        round: Int, place: Int, name: String, arguments: Value, result: String, isError: Bool, time: Int64,
        origins: [Origin] = [], brought: [Origin] = []
    ) {
        self.round = round
        self.place = place
        self.name = name
        self.arguments = arguments
        self.result = result
        self.isError = isError
        self.time = time
        self.origins = origins
        self.brought = brought
    }
}

extension ToolRound {
    /// A JSON object.
    var data: Value {
        .record([
            ("round", .int(Int64(number))), ("message", reply.message),
            (
                "calls",
                .list(
                    zip(reply.calls, places).map { call, place in
                        var fields: [(String, Value)] = [
                            ("name", .string(call.name)), ("arguments", call.value),
                            (Run.sessionField, place.session.map { .string($0.text) } ?? .null),
                            ("approval_session_id", place.approval.map { .string($0.text) } ?? .null),
                        ]
                        if let retried = place.retried {
                            fields.append((Run.retriedField, .string(retried.text)))
                        }
                        return .record(fields)
                    })
            ),
        ])
    }

    /// Reads what `data` gave; nil for anything else.
    init?(data map: MapValue) {
        guard let number = map["round"]?.asInt, let message = map["message"]?.asMap,
            let calls = map["calls"]?.asList
        else { return nil }
        self.init(
            number: number, reply: ModelReply(message: message),
            places: calls.map { call in
                Place(
                    session: call.asMap?[Run.sessionField]?.asText.flatMap { ID($0) },
                    approval: call.asMap?["approval_session_id"]?.asText.flatMap { ID($0) },
                    retried: call.asMap?[Run.retriedField]?.asText.flatMap { ID($0) })
            })
    }

    func masked(_ mask: (String) -> String) -> ToolRound {
        ToolRound(
            number: number,
            reply: ModelReply(message: withTextsMasked(reply.message, mask).asMap ?? MapValue()),
            places: places)
    }
}

extension ToolEnd {
    /// A JSON object.
    var data: Value {
        .record([
            ("round", .int(Int64(round))), ("call", .int(Int64(place))), ("name", .string(name)),
            ("arguments", arguments), ("result", .string(result)), ("error", .bool(isError)),
            ("time_ms", .double(Double(time) / 1e6)), ("origins", .list(origins.map(\.data))),
            ("brought", .list(brought.map(\.data))),
        ])
    }

    /// Reads what `data` gave; nil for anything else.
    init?(data map: MapValue) {
        guard let round = map["round"]?.asInt, let place = map["call"]?.asInt else { return nil }
        self.init(
            round: round, place: place, name: map["name"]?.asText ?? "", arguments: map["arguments"] ?? .null,
            result: map["result"]?.asText ?? "", isError: map["error"]?.asBool ?? false,
            time: Int64(exactly: ((map["time_ms"]?.asDouble ?? 0) * 1e6).rounded()) ?? 0,
            origins: (map["origins"]?.asList ?? []).compactMap(Origin.init(data:)),
            brought: (map["brought"]?.asList ?? []).compactMap(Origin.init(data:)))
    }

    func masked(_ mask: (String) -> String) -> ToolEnd {
        ToolEnd(
            round: round, place: place, name: mask(name),
            arguments: withTextsMasked(arguments, mask), result: mask(result), isError: isError, time: time,
            origins: origins, brought: brought)
    }
}

/// A JSON value with its texts masked.
private func withTextsMasked(_ value: Value, _ mask: (String) -> String) -> Value {
    switch value {
    case .string(let text): return .string(mask(text))
    case .list(let elements): return .list(elements.map { withTextsMasked($0, mask) })
    case .map(let map):
        var other = MapValue()
        for (key, inner) in map.entries {
            other[key: withTextsMasked(key, mask)] = withTextsMasked(inner, mask)
        }
        return .map(other)
    case .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional: return value
    }
}

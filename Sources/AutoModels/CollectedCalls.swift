import AutoRuntime
import OrderedCollections
import Values

// What a reply in OpenAI's language holds beside its text.

extension CollectedReply {
    /// Keeps what a model thinks, which several providers want to be told again with the results of tools: DeepSeek and
    /// Moonshot as text, OpenRouter as a list of parts.
    mutating func carry(thinking said: MapValue) {
        if let piece = said[CollectedReply.thinkingText]?.asText, !piece.isEmpty {
            var all = carried[CollectedReply.thinkingText]?.asText ?? ""
            carried[CollectedReply.thinkingText] = .null
            all += piece
            carried[CollectedReply.thinkingText] = .string(all)
        }
        if let parts = said[CollectedReply.thinkingParts]?.asList, !parts.isEmpty {
            var all = carried[CollectedReply.thinkingParts]?.asList ?? []
            // Taken out meanwhile, so that it is made longer where it stands and not copied for each piece.
            carried[CollectedReply.thinkingParts] = .null
            all += parts
            carried[CollectedReply.thinkingParts] = .list(all)
        }
    }

    private static let thinkingText = "reasoning_content"
    private static let thinkingParts = "reasoning_details"
    /// Where Gemini signs a call of a model that has thought.
    private static let callSignature = "extra_content"

    /// Takes the calls of a whole message, each of which stands for itself; those that a stream has said before are no
    /// new ones.
    mutating func add(whole calls: [MapValue]) {
        let before = self.calls
        for call in calls {
            var one = CollectedReply()
            one.add(call: call)
            for new in one.calls {
                let isKnown = before.contains { known in
                    let (first, second) = (known.parsedArguments, new.parsedArguments)
                    let areAlike = known.arguments == new.arguments || first != nil && first == second
                    return known.name == new.name && (known.id == new.id || new.id.isEmpty) && areAlike
                }
                if !isKnown { self.calls.append(new) }
            }
        }
    }

    /// Takes a piece of a call, or a whole call.
    ///
    /// Servers tell the pieces of different calls apart by `index`, by `id`, or only by a name that begins a new
    /// call; some repeat id and name in every piece.
    mutating func add(call: MapValue) {
        // Some servers leave the record `function` out, or call the arguments `parameters`.
        let function = call["function"]?.asMap ?? call
        let name = function["name"]?.asText ?? ""
        let id = call["id"]?.asText ?? ""
        let given = function["arguments"] ?? function["parameters"] ?? function["input"] ?? .null
        let arguments = given.asText ?? (given.isNull ? "" : JSON.text(given))
        let index = call["index"].flatMap { $0.asInt ?? $0.asText.flatMap { Int($0) } }
        guard let place = placeOfCall(id, index, name, arguments) else {
            var begun = Call(id: id, index: index, name: name, arguments: arguments)
            begun.carried[CollectedReply.callSignature] = call[CollectedReply.callSignature]
            return calls.append(begun)
        }
        if let signature = call[CollectedReply.callSignature] {
            calls[place].carried[CollectedReply.callSignature] = signature
        }
        if calls[place].name != name { calls[place].name += name }
        // Some say the whole call again at the end, and some begin with no arguments, which others follow.
        // Only what can be whole is read: long arguments come in thousands of pieces.
        let canBeAgain = calls[place].areWhole && arguments.utf8.first { $0 > 0x20 } == UInt8(ascii: "{")
        if canBeAgain, let known = calls[place].parsedArguments,
            known == (try? JSON.parse(arguments))?.asMap
        {
            return
        }
        let isEmpty = calls[place].arguments.utf8.count < 8 && calls[place].parsedArguments?.count == 0
        if isEmpty, !arguments.isEmpty { calls[place].arguments = "" }
        calls[place].arguments += arguments
    }

    /// Which of the calls a piece goes on with; nil when it begins one.
    private func placeOfCall(_ id: String, _ index: Int?, _ name: String, _ arguments: String) -> Int? {
        if index == nil, !id.isEmpty, let known = calls.lastIndex(where: { $0.id == id }) {
            // Some give all calls the same id: another name, or other arguments behind whole ones, begin a new call.
            guard !name.isEmpty else { return known }
            let (before, now) = (calls[known].parsedArguments, (try? JSON.parse(arguments))?.asMap)
            let isOther = !calls[known].arguments.isEmpty && name != calls[known].name
            let areOthers = before.map { $0.count > 0 && now != nil && now != $0 } ?? false
            return isOther || areOthers ? nil : known
        }
        let place =
            index == nil ? calls.indices.last : calls.lastIndex { $0.index == index }
        guard let place, !name.isEmpty else { return place }
        let call = calls[place]
        if !id.isEmpty, !call.id.isEmpty, id != call.id { return nil }
        if index != nil || !id.isEmpty && id == call.id { return place }
        // Only the name is left: arguments that are whole, or another name, say that a new call begins.
        let isWhole = call.areWhole && call.parsedArguments != nil
        return isWhole || (name != call.name && !call.name.isEmpty) ? nil : place
    }
}

extension CollectedReply.Call {
    /// Nil where they are no whole record yet.
    fileprivate var parsedArguments: MapValue? {
        areWhole ? (try? JSON.parse(arguments))?.asMap : nil
    }

    /// Whether they end as a record does.
    fileprivate var areWhole: Bool { arguments.utf8.last { $0 > 0x20 } == UInt8(ascii: "}") }
}

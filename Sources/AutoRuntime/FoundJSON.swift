package import AutoChecker
package import Computing
package import Values

/// Every JSON value that stands in a text, the likeliest first; mended where people and models write it
/// loosely: fences, comments, trailing commas, single quotes, bare keys, Python's words, a cut-off end.
///
/// Looks at the limit as it goes; when that is over, what has been found so far is given.
///
/// - Throws: when all that is found would take more memory than a text may.
package func foundJSON(in text: String, _ limit: TimeLimit = TimeLimit()) throws(JSONError) -> [Value] {
    if let exact = try exactJSON(text, limit) { return [exact] }
    return try likeliestFirst(in: text, limit).filter { !$0.isListOfWords }.map(\.plain)
}

extension DataType {
    /// The JSON value of this type that stands in a text: the likeliest of those that fit; nil where there is no
    /// JSON at all.
    ///
    /// Looks at the limit as it goes; when that is over, what has been found so far counts.
    ///
    /// - Returns: the value, or why the likeliest does not fit.
    /// - Throws: when all that is found would take more memory than a text may.
    package func found(in text: String, _ limit: TimeLimit = TimeLimit()) throws(JSONError)
        -> Result<Value, Misfit>?
    {
        if let whole = wholeJSON(text, limit) {
            do throws(Misfit) { return .success(try fit(whole, cut: .taken)) } catch {
                return .failure(error)
            }
        }
        // A number or a text alone.
        if let exact = try exactJSON(text, limit), let value = try? fit(exact) { return .success(value) }
        var first: Misfit?
        for candidate in try likeliestFirst(in: text, limit) {
            do throws(Misfit) { return .success(try fit(candidate, cut: .taken)) } catch {
                first = first ?? error
            }
        }
        return first.map(Result.failure)
    }
}

/// In fences before outside, whole before cut off, large before small.
private func likeliestFirst(in text: String, _ limit: TimeLimit) throws(JSONError) -> [WrittenValue] {
    let found = try writtenValues(in: text, limit)
    let rated = found.compactMap { found in
        found.value.map { (found.isFenced ? 2 : 0) + ($0.holdsCut ? 0 : 1) }.map { (found, $0) }
    }
    return rated.sorted { ($0.1, $0.0.range.count) > ($1.1, $1.0.range.count) }.compactMap(\.0.value)
}

/// The value whose JSON a text is; nil when it is no JSON, or the limit is over.
private func exactJSON(_ text: String, _ limit: TimeLimit) throws(JSONError) -> Value? {
    do throws(JSONError) { return try JSON.parse(bytes: Array(text.utf8), limit) } catch {
        if error.kind == .tooLarge { throw error }
        return nil
    }
}

/// The record or list whose JSON a text is, with nothing around it; nil when it is no JSON, or the limit is over.
func wholeJSON(_ text: String, _ limit: TimeLimit) -> WrittenValue? {
    let bytes = Array(text.utf8)
    guard let first = bytes.first(where: { $0 > 0x20 }), "{[".utf8.contains(first),
        (try? JSON.parse(bytes: bytes, limit)) != nil
    else { return nil }
    var reader = LooseReader(bytes, 0..<bytes.count, .literal, limit, ValueBudget())
    guard let value = reader.value(depth: 0, .item), !value.isCut,
        bytes[reader.index...].allSatisfy({ $0 <= 0x20 })
    else { return nil }
    return value
}

/// A record or list that was found in a text.
struct ValueInText {
    /// Nil where it was meant as JSON and cannot be read.
    let value: WrittenValue?
    /// The bytes of the text that it takes.
    let range: Range<Int>
    /// Whether it stands between ``` and ```.
    let isFenced: Bool
    /// Whether it begins a line, as what is no part of a sentence does.
    let beginsLine: Bool
}

/// The records and lists of a text in their order.
///
/// - Throws: when all of them would take more memory than a text may.
func writtenValues(in text: String, _ limit: TimeLimit) throws(JSONError) -> [ValueInText] {
    var search = Search(bytes: Array(text.utf8), limit: limit)
    return try search.values()
}

/// Goes through a text once. Each of its bytes is read a few times at the most, whatever stands there: what
/// turns out to be no value is not looked at for smaller ones.
private struct Search {
    let bytes: [UInt8]
    let limit: TimeLimit
    private var index = 0
    private var found: [ValueInText] = []
    private var budget = ValueBudget()
    private var isFenced = false
    private var lineIsBlank = true
    /// Whether a value within a fence went on to the end of the text: then no other may go beyond its fence.
    private var keepsToFences = false
    /// Bytes that were read in vain with literal quotes.
    private var readInVain = 0
    /// Where the next fence with JSON begins, where that has been looked for.
    private var knownFence: Int?
    /// Where the fence ends that `index` is in, where that has been looked for.
    private var knownEnd: Int?

    init(bytes: [UInt8], limit: TimeLimit) {
        self.bytes = bytes
        self.limit = limit
    }

    mutating func values() throws(JSONError) -> [ValueInText] {
        while index < bytes.count, !limit.isOver {
            let byte = bytes[index]
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                try takeValue()
            } else if isFence(index) {
                takeFence()
            } else {
                lineIsBlank = byte == 0x0A || (lineIsBlank && byte <= 0x20)
                index += 1
            }
        }
        return found
    }

    private mutating func takeValue() throws(JSONError) {
        let start = index
        let begins = lineIsBlank
        lineIsBlank = false
        var (value, isMeant) = try read(start..<(isFenced ? endInFence(start) : nextFenceOfJSON(start)))
        if isFenced, !keepsToFences, value?.isCut ?? true {
            keepsToFences = true
            (value, isMeant) = try read(start..<endInFence(start))
        }
        index = max(index, start + 1)
        if value == nil, isMeant { index = endOfUnreadable(start) }
        guard value != nil || isMeant else { return }
        found.append(
            ValueInText(value: value, range: start..<index, isFenced: isFenced, beginsLine: begins))
    }

    /// Reads as JSON says, and where that fails as people write. Leaves `index` where the reading ended.
    private mutating func read(_ range: Range<Int>) throws(JSONError) -> (WrittenValue?, isMeant: Bool) {
        if readInVain < 4 * bytes.count {
            // A text in it may hold what looks like a fence.
            var reader = LooseReader(
                bytes, range.lowerBound..<bytes.count, .literal, limit, budget)
            if let value = reader.value(depth: 0, .item), !value.isCut {
                budget = reader.budget
                index = reader.index
                return goesOn(index, bytes.count) ? (nil, true) : (value, true)
            }
            readInVain += reader.index - range.lowerBound
            if reader.isTooLarge { throw tooLarge(reader) }
        }
        var reader = LooseReader(bytes, range, .mended, limit, budget)
        let value = reader.value(depth: 0, .item)
        if reader.isTooLarge { throw tooLarge(reader) }
        budget = reader.budget
        index = reader.index
        // Where its own end came too early, what stands behind it is lost: nobody knows what was meant.
        if let value, !value.isCut, goesOn(index, range.upperBound) { return (nil, true) }
        return (value, reader.isMeant)
    }

    /// Whether what follows a value on its line belongs to it: a key with its colon, or a bracket that nothing opened.
    private func goesOn(_ start: Int, _ end: Int) -> Bool {
        var place = start
        while place < end, bytes[place] <= 0x20 || bytes[place] == UInt8(ascii: ",") { place += 1 }
        let last = min(end, place + 256)
        while place < last, bytes[place] != 0x0A {
            switch bytes[place] {
            case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "`"): return false
            case UInt8(ascii: "}"), UInt8(ascii: "]"): return true
            case UInt8(ascii: "\""):
                var next = place + 1
                while next < last, bytes[next] <= 0x20 { next += 1 }
                if next < last, bytes[next] == UInt8(ascii: ":") { return true }
            default: break
            }
            place += 1
        }
        return false
    }

    private func tooLarge(_ reader: LooseReader) -> JSONError {
        JSONError(message: ValueBudget.refusal, offset: reader.index, kind: .tooLarge)
    }

    /// Where a value ends that cannot be read: at the bracket that belongs to its first, so that none of its
    /// pieces is taken for a value of its own.
    private mutating func endOfUnreadable(_ start: Int) -> Int {
        let end = isFenced ? endOfFence(start) : bytes.count
        var depth = 0
        for place in start..<end {
            if bytes[place] == UInt8(ascii: "{") || bytes[place] == UInt8(ascii: "[") { depth += 1 }
            if bytes[place] == UInt8(ascii: "}") || bytes[place] == UInt8(ascii: "]") { depth -= 1 }
            if depth == 0 { return place + 1 }
        }
        return max(end, start + 1)
    }
}

// Fences: lines of ``` before and after a value, the first with the language's name.

extension Search {
    private func isFence(_ place: Int) -> Bool {
        let mark = bytes[place]
        return (mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~")) && place + 2 < bytes.count
            && bytes[place + 1] == mark && bytes[place + 2] == mark
    }

    private mutating func takeFence() {
        let mark = bytes[index]
        while index < bytes.count, bytes[index] == mark { index += 1 }
        isFenced.toggle()
        // The language's name.
        if isFenced { while index < bytes.count, isPartOfLanguage(bytes[index]) { index += 1 } }
        lineIsBlank = isFenced
    }

    private func isPartOfLanguage(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
    }

    /// How far a value within a fence may go: texts in it can hold fences of their own.
    private mutating func endInFence(_ start: Int) -> Int { keepsToFences ? endOfFence(start) : bytes.count }

    /// Where the next line begins that is a fence.
    private mutating func endOfFence(_ start: Int) -> Int {
        if let knownEnd, knownEnd >= start { return knownEnd }
        var lineIsBlank = false
        var place = start
        while place < bytes.count, !(lineIsBlank && isFence(place)) {
            lineIsBlank = bytes[place] == 0x0A || (lineIsBlank && bytes[place] <= 0x20)
            place += 1
        }
        knownEnd = place
        return place
    }

    /// Where the next fence begins that holds a record or list: a value outside of fences ends before it.
    private mutating func nextFenceOfJSON(_ start: Int) -> Int {
        if let knownFence, knownFence >= start { return knownFence }
        var place = start
        while place < bytes.count {
            if isFence(place) {
                var next = place + 3
                while next < bytes.count, isPartOfLanguage(bytes[next]) { next += 1 }
                while next < bytes.count, bytes[next] <= 0x20 { next += 1 }
                let first = next < bytes.count ? bytes[next] : 0
                if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { break }
                place = next
            } else {
                place += 1
            }
        }
        knownFence = place
        return place
    }
}

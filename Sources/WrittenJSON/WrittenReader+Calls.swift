import Values

// Calls: `ObjectId("…")`, `callback({…});`, `new Date(0)`, `r"…"`.

extension WrittenReader {
    /// What stands in the parentheses of a call with one value, or in the quotes behind a prefix; nil where no such
    /// thing stands, with nothing taken.
    mutating func call(_ place: Place) -> WrittenValue? {
        let start = index
        var next = start
        if holds("new ") { next += 4 }
        let name = next
        while next < end, bytes[next].isPartOfName, next < name + 64 { next += 1 }
        guard next > name, next < end, bytes[name].isLetter || bytes[name] == 0x5F || bytes[name] == 0x24
        else {
            return nil
        }
        if next - name <= 2, bytes[next] == .quote || bytes[next] == .apostrophe, isPrefix(name..<next),
            let quotation = Quotation(bytes, next, end)
        {
            index = next
            let mark = bytes[next]
            if let text = text(quotation, place), !text.isCut, index > next + 1, bytes[index - 1] == mark {
                return text
            }
            return failure == nil ? nothing(start) : nil
        }
        let parenthesis = place == .whole || place == .field ? nextLetter(next) : next
        guard parenthesis < end, bytes[parenthesis] == .openParenthesis else { return nil }
        return argument(at: parenthesis, start)
    }

    /// Whether letters before a quote are those that Python has there.
    private func isPrefix(_ range: Range<Int>) -> Bool {
        bytes[range].allSatisfy { "rRbBuUfF".utf8.contains($0) }
    }

    /// Whether `name=` stands behind the parenthesis here, and the call makes a record: `dict(a=1)`, `Person(name='x')`.
    private func hasNamedArguments(_ start: Int) -> Bool {
        let isMade = bytes[start] >= 0x41 && bytes[start] <= 0x5A || holds("dict", at: start)
        return isMade && isNamedArgument(nextLetter(index + 1))
    }

    /// Whether a name and one `=` stand at a place.
    func isNamedArgument(_ place: Int) -> Bool {
        var next = place
        while next < end, next < place + 64, bytes[next].isPartOfName { next += 1 }
        guard next > place, bytes[place].isLetter || bytes[place] == 0x5F else { return false }
        next = nextLetter(next)
        return next + 1 < end && bytes[next] == .equals && bytes[next + 1] != .equals
    }

    private mutating func argument(at parenthesis: Int, _ start: Int) -> WrittenValue? {
        index = parenthesis
        if hasNamedArguments(start), let record = value(.item), failure == nil { return record }
        index = parenthesis + 1
        open.append(.closeParenthesis)
        let inner = value(.item)
        open.removeLast()
        skipBlanks(before: .item)
        if failure == nil || failure == .mistake, let inner,
            current == .closeParenthesis || current == .semicolon || index >= end
        {
            if current == .closeParenthesis { index += 1 }
            if current == .semicolon { index += 1 }
            if case .bare(let word) = inner.content, meaning(ofWord: word) == nil { return nothing(start) }
            return inner
        }
        return nothing(start)
    }

    /// Goes back to where something began that turned out not to be there.
    private mutating func nothing(_ start: Int) -> WrittenValue? {
        charge(index - start)
        index = start
        return nil
    }
}

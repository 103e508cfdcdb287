// Fences: lines of ``` before and after a value, the first with the language's name.

extension Search {
    /// Whether no bracket is closed behind a fence that was not opened there: then the fence stands in no value.
    mutating func isWholeAfterFence(_ first: Int) -> Bool {
        var depth = 0
        var place = first + 3
        while place < bytes.count, !isFence(place) { place += 1 }
        for byte in bytes[place...] {
            if byte == .openBrace || byte == .openBracket { depth += 1 }
            if byte == .closeBrace || byte == .closeBracket { depth -= 1 }
            if depth < 0 { return false }
        }
        work.spend(bytes.count - first)
        return place < bytes.count
    }

    /// Whether a record or list stands behind backticks or such marks and perhaps a language's name.
    func isMarkBeforeValue(_ start: Int) -> Bool {
        var rest = bytes[start...].drop { $0 == bytes[start] }
        if rest.startIndex > start + 1 { rest = rest.drop(while: \.isLetter) }
        let next = rest.first { $0 > 0x20 }
        return next == .openBrace || next == .openBracket
    }

    /// Whether nothing but blanks stands before a place on its line.
    func beginsLine(_ place: Int) -> Bool {
        bytes[..<place].last { $0 > 0x20 || $0 == 0x0A } == 0x0A
    }

    func isFence(_ place: Int) -> Bool {
        let mark = bytes[place]
        return (mark == .backtick || mark == .tilde) && place + 2 < bytes.count
            && bytes[place + 1] == mark && bytes[place + 2] == mark
    }

    /// Languages in whose code brackets stand around no JSON.
    private static let languages: Set<String> = [
        "bash", "sh", "shell", "zsh", "console", "powershell", "sql", "html", "xml", "css", "c", "cpp",
        "java",
        "kotlin", "go", "rust", "swift", "ruby", "php", "diff", "dockerfile", "makefile", "mermaid", "latex",
    ]

    /// Languages in whose programs values stand as in JSON.
    private static let programs: Set<String> = [
        "python", "py", "javascript", "js", "jsx", "typescript", "ts", "tsx",
    ]

    mutating func takeFence() {
        let mark = bytes[index]
        while index < bytes.count, bytes[index] == mark { index += 1 }
        isFenced.toggle()
        // The language's name.
        if isFenced {
            let start = index
            while index < bytes.count, bytes[index].isLetter || bytes[index].isDigit { index += 1 }
            let word = String(decoding: bytes[start..<min(index, start + 16)], as: UTF8.self)
            isCode = Search.languages.contains(word.lowercased())
            isProgram = Search.programs.contains(word.lowercased())
            isJSON = word.lowercased().hasPrefix("json")
        }
        lineIsBlank = isFenced
    }

    /// Where the next line begins that is a fence.
    mutating func endOfFence(_ start: Int) -> Int {
        if let knownEnd, knownEnd >= start { return knownEnd }
        var lineIsBlank = false
        var place = start
        while place < bytes.count, !(lineIsBlank && isFence(place)) {
            lineIsBlank = bytes[place] == .newline || (lineIsBlank && bytes[place] <= 0x20)
            place += 1
        }
        knownEnd = place
        return place
    }

    /// Whether a fence is closed on the line on which it is opened, as code within a text is.
    private func isInline(_ start: Int) -> Bool {
        for place in start..<bytes.count {
            if bytes[place] == .newline { return false }
            if isFence(place) { return true }
        }
        return false
    }

    /// Where the next fence begins that holds a record or list: a value outside of fences ends before it.
    mutating func nextFenceOfJSON(_ start: Int) -> Int {
        if let knownFence, knownFence >= start { return knownFence }
        var place = start
        while place < bytes.count {
            if isFence(place) {
                var next = place + 3
                while next < bytes.count, bytes[next].isLetter || bytes[next].isDigit { next += 1 }
                let begins =
                    next > place + 3 || (place == 0 || bytes[place - 1] == .newline) && !isInline(next)
                while next < bytes.count, bytes[next] <= 0x20 { next += 1 }
                let first = next < bytes.count ? bytes[next] : 0
                if begins, first == .openBrace || first == .openBracket { break }
                place = next
            } else {
                place += 1
            }
        }
        knownFence = place
        return place
    }
}

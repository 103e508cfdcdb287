/// A command in one text, cut into its words as a shell would cut it: by blanks, with quotes and `\`. Nothing else
/// means anything: there is no variable, no pattern, no pipe.
package enum ShellWords {
    /// A quote that is not closed, or a `\` with nothing behind it.
    package struct Unclosed: Error, Sendable, Hashable {
        /// The quote, or `\`.
        package let mark: Character
    }

    /// The words of a command.
    ///
    /// - Throws: when the text ends within a quote, or behind `\`.
    package static func words(of text: String) throws(Unclosed) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var rest = text[...]
        while let letter = rest.popFirst() {
            switch letter {
            case "\\" where quote != "'":
                guard let next = rest.popFirst() else { throw Unclosed(mark: "\\") }
                // Within double quotes it takes away the meaning of these alone, and else stands for itself.
                let isPlain = quote == "\"" && !["\"", "\\", "$", "`"].contains(next)
                word = (word ?? "") + (isPlain ? "\\" : "") + String(next)
            case "'", "\"":
                if quote == nil {
                    quote = letter
                    word = word ?? ""
                } else if quote == letter {
                    quote = nil
                } else {
                    word = (word ?? "") + String(letter)
                }
            case _ where quote == nil && letter.isWhitespace:
                if let whole = word { words.append(whole) }
                word = nil
            case _: word = (word ?? "") + String(letter)
            }
        }
        if let quote { throw Unclosed(mark: quote) }
        if let word { words.append(word) }
        return words
    }
}

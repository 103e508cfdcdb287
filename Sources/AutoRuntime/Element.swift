import Values

/// One element of the list that a step with `each` goes over, as people are shown it.
package struct Element: Sendable, Hashable {
    /// The element's place in the list, counted from 1.
    package let number: Int
    /// How many elements the list has.
    package let count: Int
    /// The element on one line: a text as it is, anything else as compact JSON; at most 60 characters of it.
    package let text: String

    package init(number: Int, count: Int, text: String) {
        self.number = number
        self.count = count
        self.text = text
    }

    /// - Parameter masker: hides the session's secrets in the element.
    init(number: Int, count: Int, _ value: Value, hiding masker: Masker) {
        let longest = 60
        let whole = resultText(value)
        // An element may be a whole page.
        let beginning = whole.prefix(4 * longest)
        let words = beginning.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let isWhole = words.count <= longest && beginning.endIndex == whole.endIndex
        self.init(
            number: number, count: count,
            text: masker.mask(cut: isWhole ? words : words.prefix(longest - 1) + "…"))
    }
}

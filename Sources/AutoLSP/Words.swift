import Values

/// The words of types, with a sentence for each, for completion.
enum Words {
    static let types: [(word: String, text: String)] = [
        ("text", "Any text."), ("int", "A whole number of 64 bits."), ("number", "A number, CEL's double."),
        ("bool", "true or false."), ("json", "Any JSON, its shape not known."),
        ("bytes", "Bytes, base64 in JSON."),
        ("url", "An absolute url."), ("list", "A list of one type: `list<text>`."),
        ("one_of", "One of a few texts: `one_of(\"yes\", \"no\")`."),
    ]
}

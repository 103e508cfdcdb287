import Diagnostics

/// In bytes.
private let largestFile = 16 << 20

/// Why a file cannot be read as text at all; nil for one that can.
func unreadable(_ source: SourceText) -> Diagnostic? {
    if source.bytes.count > largestFile {
        return Diagnostic(
            .tooLarge, "the file is larger than 16 MB", at: Span(0, 0),
            help: "put long texts into files of their own and read them as inputs")
    }
    if String(validating: source.bytes, as: UTF8.self) != nil {
        // A store would end the file's text there, and no editor shows it.
        return source.bytes.firstIndex(of: 0).map { place in
            Diagnostic(
                .badCharacter, "the file holds the character U+0000 here", at: Span(place, place + 1),
                help: "save it as UTF-8; where it is meant in a text, write \\u0000")
        }
    }
    var offset = 0
    var decoder = UTF8()
    var iterator = source.bytes.makeIterator()
    while case .scalarValue(let scalar) = decoder.decode(&iterator) { offset += UTF8.width(scalar) }
    return Diagnostic(
        .badCharacter, "the file is not UTF-8 here", at: Span(offset, offset + 1), help: "save it as UTF-8")
}

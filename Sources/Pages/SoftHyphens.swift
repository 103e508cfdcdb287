/// Hands on a text as a browser shows it, in a line that is long enough: a soft hyphen (U+00AD) only says where
/// a word may be divided.
///
/// - Parameter text: UTF-8.
func withoutSoftHyphens(_ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    // Most texts have none, and need no copy.
    let hasSome = text.indices.dropFirst().contains { text[$0] == 0xAD && text[$0 - 1] == 0xC2 }
    guard hasSome else { return body(text) }
    var shown: [UInt8] = []
    shown.reserveCapacity(text.count)
    for byte in text {
        if byte == 0xAD, shown.last == 0xC2 { shown.removeLast() } else { shown.append(byte) }
    }
    shown.withUnsafeBufferPointer(body)
}

extension String {
    /// The text as a browser shows it in a line that is long enough.
    var withoutSoftHyphens: String {
        utf8.contains(0xC2) ? String(unicodeScalars.filter { $0 != "\u{AD}" }) : self
    }
}

/// Whether a byte is one of the blanks of HTML, which collapse and part words; a no-break space is none.
@inlinable @inline(__always) package func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D || byte == 0x0C
}

/// A capital of ASCII as a small letter; any other byte as it is.
@inlinable @inline(__always) package func smallLetter(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
}

/// Whether a byte is one of the 52 letters of ASCII.
@inlinable @inline(__always) package func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

extension Collection<UInt8> {
    /// The words between blanks, with one space between them.
    package var withBlanksCollapsed: [UInt8] {
        Array(split { isBlank($0) }.joined(separator: [0x20]))
    }
}

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A UUID as two halves, written out only when it is shown.
package struct ID: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64

    /// Version 7: sorts by time. `count` orders those of one millisecond.
    package init(milliseconds: UInt64, count: UInt16, random: UInt64) {
        high = milliseconds << 16 | 0x7000 | UInt64(count & 0x0FFF)
        low = random & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Version 5: the same for the same name, within this project's namespace.
    package init(name: String) { self.init(bytes: Array(name.utf8)) }

    /// The same as of a name with these bytes.
    package init(bytes: [UInt8]) {
        let namespace: [UInt8] = [
            0x6B, 0xA7, 0xB8, 0x11, 0x9D, 0xAD, 0x11, 0xD1, 0x80, 0xB4, 0x00, 0xC0, 0x4F, 0xD4, 0x30, 0xC8,
        ]
        let digest = sha1(namespace + bytes)
        func half(_ part: ArraySlice<UInt8>) -> UInt64 { part.reduce(0) { $0 << 8 | UInt64($1) } }
        high = half(digest[0..<8]) & 0xFFFF_FFFF_FFFF_0FFF | 0x5000
        low = half(digest[8..<16]) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// When it was made, in milliseconds since 1970; only version 7 says that, any other is nonsense here.
    package var milliseconds: Int64 { Int64(high >> 16) }

    /// Of 32 hexadecimal digits in either case, with hyphens where they belong.
    package init?(_ text: String) {
        var halves: (UInt64, UInt64) = (0, 0)
        var count = 0
        for byte in text.utf8 {
            defer { count += 1 }
            guard count < 36 else { return nil }
            if count == 8 || count == 13 || count == 18 || count == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x37
            case 0x61...0x66: digit = byte - 0x57
            default: return nil
            }
            // The first half has 16 digits and two hyphens.
            if count < 18 {
                halves.0 = halves.0 << 4 | UInt64(digit)
            } else {
                halves.1 = halves.1 << 4 | UInt64(digit)
            }
        }
        guard count == 36 else { return nil }
        (high, low) = halves
    }

    /// Lowercase, with hyphens.
    package var text: String {
        var output: [UInt8] = []
        output.reserveCapacity(36)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { output.append(0x2D) }
            let half = index < 16 ? high : low
            let digit = UInt8(half >> UInt64(60 - 4 * (index & 15)) & 15)
            output.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
        return String(decoding: output, as: UTF8.self)
    }
}

/// Makes version 7 identifiers that ascend, also within a millisecond. It is not copied: two would make the same ones.
package struct IDMaker: ~Copyable {
    private var lastMilliseconds: UInt64 = 0
    private var count: UInt16 = 0
    private var drawn: [UInt64] = []

    package init() {}

    /// The next identifier, behind all that were made before.
    ///
    /// - Parameter nanoseconds: the time since 1970.
    package mutating func next(nanoseconds: Int64) -> ID {
        let milliseconds = max(lastMilliseconds, UInt64(max(0, nanoseconds)) / 1_000_000)
        if milliseconds == lastMilliseconds {
            count += 1
            if count > 0x0FFF {
                count = 0
                lastMilliseconds += 1
            }
        } else {
            lastMilliseconds = milliseconds
            count = 0
        }
        return ID(milliseconds: lastMilliseconds, count: count, random: random())
    }

    /// Drawn from the system several at a time, since each call of it costs more than all that is made of its answer.
    private mutating func random() -> UInt64 {
        if let next = drawn.popLast() { return next }
        drawn = [UInt64](unsafeUninitializedCapacity: 32) { space, count in
            // No more bytes than the system gives at once, whole, whatever happens meanwhile.
            guard let start = space.baseAddress, getentropy(start, 256) == 0 else { return }
            count = 32
        }
        var generator = SystemRandomNumberGenerator()
        return drawn.popLast() ?? generator.next()
    }
}

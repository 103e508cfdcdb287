import Computing
import Values

/// Base64 and hexadecimal digits, which stand for bytes at a fixed ratio.
extension SecretScan {
    enum DigitCode {
        case base64
        case hexadecimal

        /// The bits that a digit has.
        var bits: Int {
            switch self {
            case .base64: 6
            case .hexadecimal: 4
            }
        }

        /// In how many ways bytes can begin among the digits.
        var alignments: Int {
            switch self {
            case .base64: 4
            case .hexadecimal: 2
            }
        }

        /// So many digits stand together somewhere in each run: lines of base64 are longer, pairs are two.
        var stretch: Int {
            switch self {
            case .base64: 8
            case .hexadecimal: 2
            }
        }

        func mayStandBetween(_ byte: UInt8) -> Bool {
            switch self {
            case .base64: byte == 0x0A || byte == 0x0D
            case .hexadecimal:
                byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-") || ByteTables.isWhitespace(byte)
            }
        }

        var values: [UInt8] {
            switch self {
            case .base64: ByteTables.base64
            case .hexadecimal: ByteTables.hexadecimal
            }
        }
    }

    /// Looks through what each run of digits stands for, as if its bytes began at any digit.
    mutating func eachRun(in view: SecretView, of code: DigitCode, escapes: Int, codes: Int) {
        let fewest = (forms.shortest * 8 + code.bits - 1) / code.bits
        code.values.withUnsafeBufferPointer { values in
            var index = 0
            while let start = firstDigit(from: index, in: view, of: code, values) {
                index = start
                let run = run(from: index, in: view, of: code, values)
                let isOpen = view.isOpen && run.isAtEnd
                if run.digits >= fewest || isOpen {
                    if isOpen { pending = min(pending, view.start(run.lastDigit)) }
                    for alignment in 0..<code.alignments {
                        let digits = Digits(
                            first: index, last: run.lastDigit, paddingEnd: run.paddingEnd, skipped: alignment,
                            code: code)
                        look(
                            through: digits, of: view, values, isOpen: isOpen, escapes: escapes, codes: codes)
                    }
                }
                index = run.lastDigit + 1
            }
        }
    }

    /// The first digit of the next run; not of a run in which never `stretch` digits stand together, but at
    /// the end of a text of which more may come.
    private func firstDigit(
        from index: Int, in view: SecretView, of code: DigitCode, _ values: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        let bytes = view.bytes
        var index = index
        var probe = index + code.stretch - 1
        while probe < bytes.count {
            guard values[Int(bytes[probe])] == ByteTables.none else {
                var start = probe
                while start > index,
                    values[Int(bytes[start - 1])] != ByteTables.none
                        || code.mayStandBetween(bytes[start - 1])
                { start -= 1 }
                while values[Int(bytes[start])] == ByteTables.none { start += 1 }
                return start
            }
            index = probe + 1
            probe += code.stretch
        }
        guard view.isOpen, index < bytes.count else { return nil }
        return bytes[index...].firstIndex { values[Int($0)] != ByteTables.none }
    }

    private struct Run {
        var digits = 0
        var lastDigit: Int
        /// The place behind the `=` that follow the digits.
        var paddingEnd: Int
        /// Whether the run may go on behind the end of the bytes.
        var isAtEnd = false
    }

    /// The digits of one run; a base64 text may be broken into lines, hexadecimal pairs may stand apart.
    private func run(
        from start: Int, in view: SecretView, of code: DigitCode, _ values: UnsafeBufferPointer<UInt8>
    ) -> Run {
        let bytes = view.bytes
        var run = Run(lastDigit: start, paddingEnd: start)
        var index = start
        while index < bytes.count {
            if values[Int(bytes[index])] != ByteTables.none {
                run.digits += 1
                run.lastDigit = index
                index += 1
                continue
            }
            let next = behindSeparator(index, bytes, code)
            guard next > index else { break }
            index = next
            guard index < bytes.count, values[Int(bytes[index])] == ByteTables.none else { continue }
            // What looked like a separator ends the run.
            index = run.lastDigit + 1
            break
        }
        run.isAtEnd = index >= bytes.count
        run.paddingEnd = run.lastDigit + 1
        if code == .base64 {
            while run.paddingEnd < bytes.count, bytes[run.paddingEnd] == UInt8(ascii: "=") {
                run.paddingEnd += 1
            }
        }
        return run
    }

    /// The place behind what may stand between two digits, the same place where nothing does.
    private func behindSeparator(_ place: Int, _ bytes: UnsafeBufferPointer<UInt8>, _ code: DigitCode) -> Int
    {
        guard code.mayStandBetween(bytes[place]) else { return place }
        var next = place + 1
        if code == .base64 {
            // The next line may be indented.
            while next < bytes.count, ByteTables.isWhitespace(bytes[next]) { next += 1 }
        }
        return next
    }

    private struct Digits {
        let first: Int
        let last: Int
        let paddingEnd: Int
        /// How many digits stand before the first byte.
        let skipped: Int
        let code: DigitCode
    }

    private mutating func look(
        through digits: Digits, of view: SecretView, _ values: UnsafeBufferPointer<UInt8>, isOpen: Bool,
        escapes: Int, codes: Int
    ) {
        var decoded = spare.popLast() ?? DecodedBytes()
        decoded.keep(0)
        var reader = DigitReader(digits)
        while reader.next <= digits.last, !limit.isOver {
            reader.read(view, values, upTo: window, into: &decoded)
            guard reader.next <= digits.last else { break }
            look(at: decoded, isOpen: false, escapes: escapes, codes: codes)
            decoded.keep(forms.overlap)
        }
        if digits.paddingEnd > digits.last + 1, let last = decoded.places.indices.last {
            decoded.places[last].end = view.end(digits.paddingEnd - 1)
        }
        look(at: decoded, isOpen: isOpen, escapes: escapes, codes: codes)
        spare.append(decoded)
    }

    /// Puts bytes together from digits.
    private struct DigitReader {
        private(set) var next: Int
        private let last: Int
        private let digitBits: Int
        private var skipped: Int
        private var bits: UInt32 = 0
        private var count = 0
        /// The digit with the first of the bits that wait for more.
        private var start: Int

        init(_ digits: Digits) {
            next = digits.first
            last = digits.last
            digitBits = digits.code.bits
            skipped = digits.skipped
            start = digits.first
        }

        /// Reads on until there are `limit` bytes, or the digits end.
        mutating func read(
            _ view: SecretView, _ values: UnsafeBufferPointer<UInt8>, upTo limit: Int,
            into decoded: inout DecodedBytes
        ) {
            var length = decoded.bytes.count
            // At most one byte comes of one digit.
            let room = max(0, min(limit - length, last - next + 1))
            decoded.bytes.append(contentsOf: repeatElement(0, count: room))
            decoded.places.append(
                contentsOf: repeatElement(DecodedBytes.Place(start: 0, end: 0), count: room))
            decoded.bytes.withUnsafeMutableBufferPointer { output in
                decoded.places.withUnsafeMutableBufferPointer { places in
                    while next <= last, length < output.count {
                        let index = next
                        next += 1
                        let value = values[Int(view.bytes[index])]
                        if value == ByteTables.none { continue }
                        if skipped > 0 {
                            skipped -= 1
                            continue
                        }
                        if count == 0 { start = index }
                        bits = bits << UInt32(digitBits) | UInt32(value)
                        count += digitBits
                        guard count >= 8 else { continue }
                        count -= 8
                        output[length] = UInt8(truncatingIfNeeded: bits >> UInt32(count))
                        places[length] = .init(start: view.start(start), end: view.end(index))
                        length += 1
                        start = index
                    }
                }
            }
            decoded.bytes.removeLast(decoded.bytes.count - length)
            decoded.places.removeLast(decoded.places.count - length)
        }
    }
}

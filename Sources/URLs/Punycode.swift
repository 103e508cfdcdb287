/// Labels outside ASCII as letters, digits and hyphens (RFC 3492), without the prefix `xn--`.
///
/// The usual loops look at the whole label for each of its characters. A tree of counts answers the
/// same questions in a few steps, so that a label of a million characters takes no longer than it should.
enum Punycode {
    private static let hyphen: UInt32 = 0x2D

    /// The digits of a label that holds at least one code point outside ASCII.
    static func encoded(_ label: [UInt32]) -> [UInt8] {
        var output = label.filter { $0 < 0x80 }.map { UInt8(truncatingIfNeeded: $0) }
        var smaller = CountTree(count: label.count)
        for (index, code) in label.enumerated() where code < 0x80 { smaller.add(1, at: index) }
        var digits = PunycodeDigits(handled: output.count)
        if !output.isEmpty { output.append(UInt8(ascii: "-")) }

        let order = label.indices.filter { label[$0] >= 0x80 }
            .sorted { (label[$0], $0) < (label[$1], $1) }
        var next: UInt32 = 0x80
        var delta = 0
        var start = 0
        while start < order.count {
            let code = label[order[start]]
            delta += Int(code - next) * (digits.handled + 1)
            let total = digits.handled
            var passed = 0
            var end = start
            while end < order.count, label[order[end]] == code {
                // The delta counts the smaller code points since the one that was written last.
                let before = smaller.sum(before: order[end])
                digits.append(delta + before - passed, to: &output)
                passed = before
                delta = 0
                end += 1
            }
            delta += total - passed + 1
            next = code + 1
            for index in order[start..<end] { smaller.add(1, at: index) }
            start = end
        }
        return output
    }

    /// The label that the digits stand for; nil when they are none, or name what is no code point.
    static func decoded(_ label: ArraySlice<UInt32>) -> [UInt32]? {
        guard label.allSatisfy({ $0 < 0x80 }) else { return nil }
        let end = label.lastIndex(of: hyphen) ?? label.startIndex
        let plain = Array(label[label.startIndex..<end])
        var rest = plain.isEmpty ? label : label[(end + 1)...]
        var digits = PunycodeDigits(handled: plain.count)
        var insertions: [(index: Int, code: UInt32)] = []
        var code = 0x80
        var index = 0
        while !rest.isEmpty {
            guard let delta = digits.take(from: &rest) else { return nil }
            let (sum, overflows) = index.addingReportingOverflow(delta)
            guard !overflows else { return nil }
            code += min(sum / digits.handled, 0x110000)
            guard code < 0x110000 else { return nil }
            index = sum % digits.handled
            insertions.append((index, UInt32(code)))
            index += 1
        }
        return inserted(insertions, into: plain)
    }

    /// Carries the insertions out from the last to the first: the last one's index is its place in the
    /// end, and each earlier one's index is its place among those that are still free.
    private static func inserted(_ insertions: [(index: Int, code: UInt32)], into plain: [UInt32]) -> [UInt32]
    {
        let count = plain.count + insertions.count
        var output: [UInt32?] = Array(repeating: nil, count: count)
        var free = CountTree(count: count)
        for index in 0..<count { free.add(1, at: index) }
        for insertion in insertions.reversed() {
            let place = free.index(ofUnit: insertion.index)
            output[place] = insertion.code
            free.add(-1, at: place)
        }
        var rest = plain.makeIterator()
        return output.compactMap { $0 ?? rest.next() }
    }
}

/// Numbers as punycode writes them, whose digits depend on how many code points have been handled.
private struct PunycodeDigits {
    private(set) var handled: Int
    private var bias = 72
    private var isFirst = true

    init(handled: Int) {
        self.handled = handled
    }

    private func threshold(_ position: Int) -> Int { min(max(36 * position - bias, 1), 26) }

    mutating func append(_ delta: Int, to output: inout [UInt8]) {
        var rest = delta
        var position = 1
        while true {
            let threshold = threshold(position)
            if rest < threshold { break }
            output.append(digit(threshold + (rest - threshold) % (36 - threshold)))
            rest = (rest - threshold) / (36 - threshold)
            position += 1
        }
        output.append(digit(rest))
        adapt(to: delta)
    }

    mutating func take(from digits: inout ArraySlice<UInt32>) -> Int? {
        var number = 0
        var weight = 1
        var position = 1
        while let code = digits.popFirst(), let digit = value(code) {
            let (part, partOverflows) = digit.multipliedReportingOverflow(by: weight)
            let (sum, sumOverflows) = number.addingReportingOverflow(part)
            let threshold = threshold(position)
            guard !partOverflows, !sumOverflows else { return nil }
            number = sum
            if digit < threshold {
                adapt(to: number)
                return number
            }
            let (next, overflows) = weight.multipliedReportingOverflow(by: 36 - threshold)
            guard !overflows else { return nil }
            weight = next
            position += 1
        }
        return nil
    }

    private mutating func adapt(to delta: Int) {
        handled += 1
        var rest = isFirst ? delta / 700 : delta / 2
        isFirst = false
        rest += rest / handled
        var steps = 0
        while rest > 455 {
            rest /= 35
            steps += 36
        }
        bias = steps + 36 * rest / (rest + 38)
    }

    private func digit(_ value: Int) -> UInt8 {
        value < 26 ? UInt8(ascii: "a") + UInt8(value) : UInt8(ascii: "0") + UInt8(value - 26)
    }

    private func value(_ code: UInt32) -> Int? {
        guard let byte = UInt8(exactly: code) else { return nil }
        if isDigit(byte) { return Int(byte - UInt8(ascii: "0")) + 26 }
        return isLetter(byte) ? Int(lowered(byte) - UInt8(ascii: "a")) : nil
    }
}

/// Counts at places, whose sums are found in a number of steps that grows with the logarithm of the
/// places (a Fenwick tree).
private struct CountTree {
    private var sums: [Int]

    init(count: Int) {
        sums = Array(repeating: 0, count: count + 1)
    }

    mutating func add(_ amount: Int, at index: Int) {
        var node = index + 1
        while node < sums.count {
            sums[node] += amount
            node += node & -node
        }
    }

    func sum(before index: Int) -> Int {
        var node = index
        var sum = 0
        while node > 0 {
            sum += sums[node]
            node &= node - 1
        }
        return sum
    }

    /// The place of the unit with this number, counted from zero, when the places' counts are laid end
    /// to end.
    func index(ofUnit unit: Int) -> Int {
        var rest = unit
        var node = 0
        var step = 1 << (Int.bitWidth - 1 - max(1, sums.count - 1).leadingZeroBitCount)
        while step > 0 {
            if node + step < sums.count, sums[node + step] <= rest {
                node += step
                rest -= sums[node]
            }
            step /= 2
        }
        return node
    }
}

import Computing

/// One text's masking.
struct Masking {
    let forms: SecretForms
    /// When it is over, what comes out is worth nothing.
    let limit: TimeLimit

    /// What is hidden may have stood between the parts of another form, so what comes out is looked through
    /// again; more often than this nothing comes up that was not built for it.
    private static let rounds = 4

    init(_ forms: SecretForms, _ limit: TimeLimit = TimeLimit()) {
        self.forms = forms
        self.limit = limit
    }

    /// - Returns: nil where there is nothing to hide.
    func masked(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard var output = maskedOnce(bytes) else { return nil }
        for _ in 1..<Masking.rounds where !limit.isOver {
            guard let next = output.withUnsafeBufferPointer(maskedOnce) else { break }
            output = next
        }
        return output
    }

    func names(in bytes: UnsafeBufferPointer<UInt8>) -> Set<String> {
        let scan = scan(bytes, isOpen: false).scan
        return zip(scan.seen, forms.names).reduce(into: []) { if $1.0 { $0.formUnion($1.1) } }
    }

    private func maskedOnce(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        let found = Masking.joined(scan(bytes, isOpen: false).scan.found, forms)
        return found.isEmpty ? nil : replaced(bytes, 0..<bytes.count, found)
    }

    /// The part of the bytes with what was found in it replaced by marks.
    func replaced(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ found: [SecretScan.Found]
    ) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(range.count)
        var copied = range.lowerBound
        for part in found where part.start >= range.lowerBound && part.end <= range.upperBound {
            output += bytes[copied..<part.start]
            output += SecretForms.mark(forms.names[part.pattern].first ?? "")
            copied = part.end
        }
        output += bytes[copied..<range.upperBound]
        return output
    }

    /// Looks through the bytes between the marks that are in them already; a mark is never part of a secret.
    ///
    /// - Returns: the scan, and where a mark may have begun whose end has not come yet.
    func scan(_ bytes: UnsafeBufferPointer<UInt8>, isOpen: Bool) -> (scan: SecretScan, unfinishedMark: Int?) {
        var scan = SecretScan(forms, limit)
        var start = 0
        var index = 0
        var unfinished: Int?
        while let place = bytes[index...].firstIndex(of: UInt8(ascii: "[")) {
            index = place + 1
            switch mark(at: place, in: bytes) {
            case .none: break
            case .unfinished: unfinished = unfinished ?? place
            case .mark(let end):
                scan.look(through: UnsafeBufferPointer(rebasing: bytes[start..<place]), offset: start)
                start = end
                index = end
            }
        }
        scan.look(through: UnsafeBufferPointer(rebasing: bytes[start...]), offset: start, isOpen: isOpen)
        return (scan, unfinished)
    }

    private enum MarkReading {
        case none
        case unfinished
        case mark(end: Int)
    }

    /// Reads the mark that begins at `place`; only those of known names are marks.
    private func mark(at place: Int, in bytes: UnsafeBufferPointer<UInt8>) -> MarkReading {
        guard place + 1 >= bytes.count || bytes[place + 1] == UInt8(ascii: "s") else { return .none }
        let rest = bytes[place...]
        var reading = MarkReading.none
        for mark in forms.marks {
            if rest.starts(with: mark) { return .mark(end: place + mark.count) }
            if rest.count < mark.count, mark.starts(with: rest) { reading = .unfinished }
        }
        return reading
    }

    /// What was found, in its order, with parts that overlap made one, which has the name of the longest.
    static func joined(_ found: [SecretScan.Found], _ forms: SecretForms) -> [SecretScan.Found] {
        let lengths = forms.automaton.lengths
        var joined: [SecretScan.Found] = []
        for part in found.sorted(by: { ($0.start, $1.end) < ($1.start, $0.end) }) {
            guard let last = joined.last, part.start < last.end else {
                joined.append(part)
                continue
            }
            let pattern = lengths[part.pattern] > lengths[last.pattern] ? part.pattern : last.pattern
            joined[joined.count - 1] = SecretScan.Found(
                start: last.start, end: max(last.end, part.end), pattern: pattern)
        }
        return joined
    }
}

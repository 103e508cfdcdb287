import Computing
import Values

/// Bytes to look through, each with the place in the text from which it was decoded.
struct SecretView {
    let bytes: UnsafeBufferPointer<UInt8>
    /// nil where the bytes are the text's own.
    let places: UnsafeBufferPointer<DecodedBytes.Place>?
    /// Where the bytes begin in the text, where they are its own.
    let offset: Int
    /// Whether the text ends where the bytes do, and more of it may still come.
    let isOpen: Bool

    /// Where the characters begin from which a byte came.
    @inline(__always) func start(_ index: Int) -> Int { places.map { $0[index].start } ?? offset + index }

    /// Where the characters end from which a byte came.
    @inline(__always) func end(_ index: Int) -> Int { places.map { $0[index].end } ?? offset + index + 1 }
}

/// What an encoding stands for.
struct DecodedBytes {
    struct Place {
        var start: Int
        var end: Int
    }

    var bytes: [UInt8] = []
    var places: [Place] = []

    @inline(__always) mutating func append(_ byte: UInt8, _ start: Int, _ end: Int) {
        bytes.append(byte)
        places.append(Place(start: start, end: end))
    }

    /// Appends a part of a view as it is.
    mutating func append(_ range: Range<Int>, of view: SecretView) {
        bytes.append(contentsOf: view.bytes[range])
        if let known = view.places {
            places.append(contentsOf: known[range])
        } else {
            places.append(contentsOf: range.lazy.map { Place(start: view.start($0), end: view.end($0)) })
        }
    }

    /// Empties it, but for so many bytes at the end.
    mutating func keep(_ count: Int) {
        bytes.removeFirst(max(0, bytes.count - count))
        places.removeFirst(max(0, places.count - count))
    }
}

/// Looks for secrets in a text and in what its encodings stand for.
///
/// Encodings are undone one at a time, wherever a text can be read as one, and what comes out is looked
/// through in the same way: so any mixture is found without its being listed. Each step goes through the
/// bytes once.
struct SecretScan {
    /// A part of the text that holds a secret, or several that overlap.
    struct Found {
        var start: Int
        var end: Int
        /// The longest pattern in it.
        var pattern: Int
    }

    let forms: SecretForms
    /// When it is over, the rest is not looked through, and what was found is worth nothing.
    let limit: TimeLimit
    /// What was found, in no order; parts may overlap.
    private(set) var found: [Found] = []
    /// The patterns that occur, by their numbers.
    private(set) var seen: [Bool]
    /// Where a secret's form may have begun whose end has not come yet.
    var pending = Int.max
    /// Buffers that are used again.
    var spare: [DecodedBytes] = []

    /// How often escapes are undone, within each other or within codes.
    private static let escapeDepth = 6
    /// How often base64 and hexadecimal digits are undone, within each other.
    private static let codeDepth = 2

    init(_ forms: SecretForms, _ limit: TimeLimit = TimeLimit()) {
        self.forms = forms
        self.limit = limit
        seen = [Bool](repeating: false, count: forms.names.count)
    }

    /// Looks through a part of a text.
    ///
    /// - Parameter offset: where the part begins.
    /// - Parameter isOpen: whether more may follow behind it.
    mutating func look(through bytes: UnsafeBufferPointer<UInt8>, offset: Int, isOpen: Bool = false) {
        guard isOpen || bytes.count >= forms.shortest else { return }
        look(
            at: SecretView(bytes: bytes, places: nil, offset: offset, isOpen: isOpen),
            escapes: SecretScan.escapeDepth, codes: SecretScan.codeDepth)
    }

    mutating func look(at view: SecretView, escapes: Int, codes: Int) {
        if limit.isOver { return }
        match(view)
        if codes > 0 {
            eachRun(in: view, of: .base64, escapes: escapes, codes: codes - 1)
            eachRun(in: view, of: .hexadecimal, escapes: escapes, codes: codes - 1)
        }
        if escapes > 0 { lookBehindEscapes(view, escapes: escapes - 1, codes: codes) }
    }

    /// Looks through decoded bytes.
    mutating func look(at decoded: DecodedBytes, isOpen: Bool, escapes: Int, codes: Int) {
        guard isOpen || decoded.bytes.count >= forms.shortest else { return }
        decoded.bytes.withUnsafeBufferPointer { bytes in
            decoded.places.withUnsafeBufferPointer { places in
                look(
                    at: SecretView(bytes: bytes, places: places, offset: 0, isOpen: isOpen),
                    escapes: escapes, codes: codes)
            }
        }
    }

    /// How many decoded bytes are looked through at once.
    var window: Int { max(1 << 14, 4 * forms.overlap) }
}

// MARK: - Patterns

extension SecretScan {
    /// Patterns that overlap, in bytes of a view and in steps of the automaton.
    private struct Group {
        var firstStep: Int
        var lastStep: Int
        var start: Int
        var end: Int
        var pattern: Int
    }

    /// Looks for the patterns as they are.
    private mutating func match(_ view: SecretView) {
        let bytes = view.bytes
        var groups: [Group] = []
        var depth = 0
        forms.automaton.nodes.withUnsafeBufferPointer { nodes in
            forms.automaton.root.withUnsafeBufferPointer { root in
                ByteTables.folded.withUnsafeBufferPointer { folded in
                    ByteTables.repeatable.withUnsafeBufferPointer { repeatable in
                        var node: Int32 = 0
                        var previous: UInt8 = 0
                        var step = 0
                        for index in 0..<bytes.count {
                            if index & 0xFFFF == 0xFFFF, limit.isOver { break }
                            let byte = Int(bytes[index])
                            let kind = repeatable[byte]
                            if kind != 0, kind == previous { continue }
                            previous = kind
                            step += 1
                            node = SecretAutomaton.step(from: node, folded[byte], nodes, root)
                            let pattern = nodes[Int(node)].pattern
                            if pattern >= 0 { add(Int(pattern), step, index, bytes, &groups) }
                        }
                        depth = Int(nodes[Int(node)].depth)
                    }
                }
            }
        }
        for group in groups {
            found.append(
                Found(start: view.start(group.start), end: view.end(group.end - 1), pattern: group.pattern))
        }
        if view.isOpen, depth > 0 {
            pending = min(pending, view.start(place(depth, stepsBefore: bytes.count, bytes)))
        }
    }

    /// Notes a pattern that ends at `index`, with the step number `step`, and joins it with those it
    /// overlaps.
    private mutating func add(
        _ pattern: Int, _ step: Int, _ index: Int, _ bytes: UnsafeBufferPointer<UInt8>,
        _ groups: inout [Group]
    ) {
        see(pattern)
        let lengths = forms.automaton.lengths
        var group = Group(
            firstStep: step - lengths[pattern] + 1, lastStep: step, start: -1, end: index + 1,
            pattern: pattern)
        // The nearest place whose step is known, from which to count back.
        var known = (step: step + 1, start: index + 1)
        while let last = groups.last, last.lastStep >= group.firstStep {
            groups.removeLast()
            if lengths[last.pattern] >= lengths[group.pattern] { group.pattern = last.pattern }
            known = (last.firstStep, last.start)
        }
        if known.step <= group.firstStep {
            (group.firstStep, group.start) = known
        } else {
            if known.start <= index { skipRow(&known.start, bytes) }
            group.start = place(known.step - group.firstStep, stepsBefore: known.start, bytes)
        }
        groups.append(group)
    }

    private mutating func see(_ pattern: Int) {
        var pattern = pattern
        while pattern >= 0, !seen[pattern] {
            seen[pattern] = true
            pattern = Int(forms.automaton.shorter[pattern])
        }
    }

    /// The place that is `count` steps of the automaton before another one; of a row that counts once, its
    /// last.
    private func place(_ count: Int, stepsBefore end: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var place = end
        for number in 1...count {
            place -= 1
            if number < count { skipRow(&place, bytes) }
        }
        return place
    }

    /// Goes back to the beginning of the row of equal kind that a place is in.
    private func skipRow(_ place: inout Int, _ bytes: UnsafeBufferPointer<UInt8>) {
        let kind = ByteTables.repeatable[Int(bytes[place])]
        guard kind != 0 else { return }
        while place > 0, ByteTables.repeatable[Int(bytes[place - 1])] == kind { place -= 1 }
    }
}

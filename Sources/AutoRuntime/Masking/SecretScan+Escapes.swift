import Computing

/// Escapes, which stand for one character each.
extension SecretScan {
    /// Looks through the text around each escape, with the escapes undone.
    ///
    /// What is further from an escape than any form reaches is the same as before, and is left out.
    mutating func lookBehindEscapes(_ view: SecretView, escapes: Int, codes: Int) {
        let bytes = view.bytes
        let reach = forms.reach(codes: codes)
        var decoded = spare.popLast() ?? DecodedBytes()
        decoded.keep(0)
        /// All before it is in `decoded`, or out of reach.
        var copied = 0
        var hasEscape = false
        var isUnfinished = false
        var index = 0
        while index < bytes.count, !isUnfinished {
            guard Escapes.begins(bytes[index]) else {
                index += 1
                continue
            }
            let reading = Escapes.read(bytes, at: index, isOpen: view.isOpen)
            if case .none = reading {
                index += 1
                continue
            }
            if hasEscape, index - copied > 2 * reach {
                decoded.append(copied..<(copied + reach), of: view)
                look(at: decoded, isOpen: false, escapes: escapes, codes: codes)
                decoded.keep(0)
            }
            let start = max(copied, index - reach)
            // Where nothing was copied before it, this begins a new part.
            decoded.append((decoded.bytes.isEmpty ? start : copied)..<index, of: view)
            hasEscape = true
            if case .unfinished = reading {
                isUnfinished = true
                pending = min(pending, view.start(index))
            }
            index += decoded.append(reading, at: index, of: view)
            copied = index
            if decoded.bytes.count >= window {
                look(at: decoded, isOpen: false, escapes: escapes, codes: codes)
                decoded.keep(forms.overlap)
                if limit.isOver { break }
            }
        }
        if hasEscape {
            let end = isUnfinished ? copied : min(bytes.count, copied + reach)
            decoded.append(copied..<end, of: view)
            let isOpen = view.isOpen && (isUnfinished || end == bytes.count)
            look(at: decoded, isOpen: isOpen, escapes: escapes, codes: codes)
        }
        spare.append(decoded)
    }
}

extension DecodedBytes {
    /// Appends what an escape stands for; gives how many bytes the escape itself takes.
    fileprivate mutating func append(_ escape: Escapes.Reading, at index: Int, of view: SecretView) -> Int {
        switch escape {
        case .none, .unfinished: return 0
        case .byte(let byte, let length):
            append(byte, view.start(index), view.end(index + length - 1))
            return length
        case .scalar(let scalar, let length):
            for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
                append(byte, view.start(index), view.end(index + length - 1))
            }
            return length
        }
    }
}

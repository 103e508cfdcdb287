extension WebURL.Host {
    /// The host as a url has it: an IPv6 address stands in brackets, its longest run of zeros left out.
    package var text: String {
        switch self {
        case .domain(let name), .opaque(let name):
            name
        case .ipv4(let address):
            [24, 16, 8, 0].map { String(address >> UInt32($0) & 0xFF) }.joined(separator: ".")
        case .ipv6(let pieces):
            "[" + ipv6Text(pieces) + "]"
        case .empty:
            ""
        }
    }
}

private func ipv6Text(_ pieces: [UInt16]) -> String {
    let hidden = longestZeros(in: pieces)
    var text = ""
    var index = 0
    while index < pieces.count {
        if index == hidden.lowerBound, !hidden.isEmpty {
            text += index == 0 ? "::" : ":"
            index = hidden.upperBound
        } else {
            text += String(pieces[index], radix: 16)
            index += 1
            if index < pieces.count { text += ":" }
        }
    }
    return text
}

/// The first of the longest runs of two or more zeros; an empty range when there is none.
private func longestZeros(in pieces: [UInt16]) -> Range<Int> {
    var best = 0..<0
    var start = 0
    while start < pieces.count {
        var end = start
        while end < pieces.count, pieces[end] == 0 { end += 1 }
        if end - start > max(1, best.count) { best = start..<end }
        start = max(end, start + 1)
    }
    return best
}

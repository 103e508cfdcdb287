extension URLParser {
    /// The state "path start".
    mutating func startPath() {
        if isSpecial {
            if isSlash(at: position) { position += 1 }
            readPath()
        } else if position < input.count, input[position] != UInt8(ascii: "?"),
            input[position] != UInt8(ascii: "#")
        {
            if isSlash(at: position) { position += 1 }
            readPath()
        } else {
            finishPath()
        }
    }

    /// The state "path"; the slash before the first segment has been read.
    mutating func readPath() {
        while true {
            let start = position
            while let byte = byte(at: position), byte != UInt8(ascii: "?"), byte != UInt8(ascii: "#"),
                !isSlash(at: position)
            {
                position += 1
            }
            let endsWithSlash = isSlash(at: position)
            appendSegment(input[start..<position], endsWithSlash: endsWithSlash)
            guard endsWithSlash else { break }
            position += 1
        }
        finishPath()
    }

    private mutating func appendSegment(_ segment: ArraySlice<UInt8>, endsWithSlash: Bool) {
        if let dots = dotCount(of: segment) {
            if dots == 2 { shortenPath() }
            // A dot segment at the end names a folder, so that the path ends with a slash.
            if !endsWithSlash { path.append(UInt8(ascii: "/")) }
            return
        }
        let isDrive = kind == .file && path.isEmpty && isDriveLetter(segment)
        path.append(UInt8(ascii: "/"))
        if isDrive {
            path += segment.prefix(1)
            path.append(UInt8(ascii: ":"))
        } else {
            PercentEncodeSet.path.append(segment, to: &path)
        }
    }

    /// Removes the last segment, unless it is the drive letter of a file url.
    mutating func shortenPath() {
        if kind == .file, path.count == 3, path[2] == UInt8(ascii: ":"), isDriveLetter(path[1...]) { return }
        while let last = path.popLast(), last != UInt8(ascii: "/") {}
    }

    mutating func finishPath() {
        url.path = String(decoding: path, as: UTF8.self)
        readQueryAndFragment()
    }

    /// The state "opaque path".
    mutating func readOpaquePath() {
        url.hasOpaquePath = true
        let isEnd = { (byte: UInt8) in byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") }
        let end = input[position...].firstIndex(where: isEnd) ?? input.endIndex
        PercentEncodeSet.control.append(input[position..<end], to: &path)
        if end < input.count, path.last == UInt8(ascii: " ") {
            // A blank at the end would be lost if the query and the fragment were taken away.
            path.removeLast()
            path += "%20".utf8
        }
        position = end
        finishPath()
    }

    /// The states "query" and "fragment".
    mutating func readQueryAndFragment() {
        if byte(at: position) == UInt8(ascii: "?") {
            position += 1
            let end = input[position...].firstIndex(of: UInt8(ascii: "#")) ?? input.endIndex
            let set: PercentEncodeSet = isSpecial ? .specialQuery : .query
            url.query = set.encoded(input[position..<end])
            position = end
        }
        guard byte(at: position) == UInt8(ascii: "#") else { return }
        url.fragment = PercentEncodeSet.fragment.encoded(input[(position + 1)...])
    }
}

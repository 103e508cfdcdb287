extension String {
    func replacingAll(_ part: String, with other: String) -> String {
        guard !part.isEmpty else { return self }
        var output = ""
        var rest = self[...]
        while let found = rest.firstIndex(of: part.first ?? " ") {
            output += rest[..<found]
            rest = rest[found...]
            if rest.hasPrefix(part) {
                output += other
                rest = rest.dropFirst(part.count)
            } else {
                output.append(rest.removeFirst())
            }
        }
        return output + rest
    }
}

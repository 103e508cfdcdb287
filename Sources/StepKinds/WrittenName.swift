/// The names of files that steps write.
package enum WrittenName {
    /// Why no step writes a file of such a name; nil where one does.
    ///
    /// Hidden files, automations and settings are not written: each of them would change what runs later.
    package static func problem(of name: String) -> String? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if name.isEmpty { return "a file without a name cannot be written" }
        if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            return "a file's name holds no control characters"
        }
        let shown = "`\(name.prefix(200))`"
        if parts.first?.isEmpty == true || parts.contains("..") {
            return "\(shown) lies outside the output folder, where steps write no files"
        }
        if parts.contains(where: \.isEmpty) { return "\(shown) is no path of a file: a part of it is empty" }
        if parts.contains(where: { $0.utf8.count > 200 }) {
            return "\(shown) is too long: a part of a path has at most 200 bytes"
        }
        if parts.last == "." { return "\(shown) is a folder, and no file" }
        if parts.contains(where: { $0.hasPrefix(".") && $0 != "." }) {
            return "\(shown) is hidden, and steps write no hidden files"
        }
        let last = parts.last?.lowercased() ?? ""
        guard !last.hasSuffix(".auto"), last != "autorun.toml" else {
            return
                "\(shown) would be \(last.hasSuffix(".auto") ? "an automation" : "settings"), which steps do not write"
        }
        return nil
    }
}

import URLs

/// The url of a page, from which its links are seen.
package struct PageBase: Sendable {
    private let base: WebURL?
    /// Whether it is a file named relative to the automation's folder, as in `file:pages/a.html`.
    private let isInFolder: Bool

    /// - Parameters:
    ///   - url: empty for a page that has none.
    ///   - declared: what the page's own `<base href>` says, which goes before its url.
    package init(url: String, declared: String? = nil) {
        let own = try? WebURL(url)
        base = declared.flatMap { try? WebURL($0, base: own) } ?? own
        isInFolder = base?.scheme == "file" && !url.dropFirst("file:".utf8.count).hasPrefix("/")
    }

    /// Where a link leads, as an absolute url; the reference as it stands when it cannot be read, or when it
    /// is relative and the page has no url.
    package func url(of reference: String) -> String {
        guard let target = try? WebURL(reference, base: base) else { return reference }
        // The standard knows no files in a folder: relative links stay as the page itself is named, so that
        // they can be read.
        guard isInFolder, target.scheme == "file", (try? WebURL(reference)) == nil else { return target.text }
        return "file:" + target.text.dropFirst("file:///".utf8.count)
    }
}

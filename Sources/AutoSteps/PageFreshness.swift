import AutoRuntime

/// How long a page that was kept may be shown without asking its server, by RFC 9111.
struct PageFreshness: Sendable {
    /// Seconds from when the page came.
    let lifetime: Int64
    /// Whether the page may be kept at all.
    let mayBeKept: Bool

    /// No page is taken for fresh for longer, whatever its server says: 30 days.
    private static let longest: Int64 = 30 * 86_400

    /// - Parameter headers: gives what an answer says by a name in small letters; several are joined by commas.
    /// - Parameter now: seconds since 1970, when the answer came.
    init(now: Int64, _ headers: (String) -> String?) {
        let control = Directives(headers("cache-control") ?? "")
        // Where a page depends on something that no header names, it is no answer to any other request.
        mayBeKept = !control.has("no-store") && headers("vary")?.contains("*") != true
        guard !control.has("no-cache") else {
            lifetime = 0
            return
        }
        let age = headers("age").flatMap(Directives.seconds) ?? 0
        let said: Int64
        if control.has("max-age") {
            said = control.maxAge ?? 0
        } else if let text = headers("expires") {
            // What is no date, such as `0`, means a time that is past.
            let nanoseconds = now * 1_000_000_000
            let date = headers("date").flatMap { secondsOfHTTPDate($0, now: nanoseconds) } ?? now
            said = (secondsOfHTTPDate(text, now: nanoseconds) ?? date) - date
        } else {
            // Nothing is guessed from how old the page was when it came.
            said = 0
        }
        lifetime = max(0, min(said - min(age, said), PageFreshness.longest))
    }
}

/// The directives of a `Cache-Control`.
private struct Directives {
    private var values: [String: [String]] = [:]

    init(_ header: String) {
        for part in header.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            let name = Directives.trimmed(pair.first ?? "").lowercased()
            values[name, default: []].append(pair.count > 1 ? Directives.trimmed(pair[1]) : "")
        }
    }

    func has(_ name: String) -> Bool { values[name] != nil }

    /// The smallest of several ages; nil where one of them is no number.
    var maxAge: Int64? {
        let all = (values["max-age"] ?? []).map(Directives.seconds)
        return all.contains(nil) ? nil : all.compactMap(\.self).min()
    }

    /// A number of seconds; one too large to count is a very large one.
    static func seconds(_ text: String) -> Int64? {
        let digits = trimmed(text[...])
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(digits) ?? .max
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.filter { !$0.isWhitespace && $0 != "\"" })
    }
}

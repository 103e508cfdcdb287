import AutoRuntime
import Diagnostics
import HTTPTypes
import Hummingbird
import Values

extension Call {
    func limit() throws(Refusal) -> Int { try number("limit", in: 1...largestPage) ?? 50 }

    /// A whole number of the query; nil when it has none of this name.
    func number(_ name: String, in range: ClosedRange<Int>) throws(Refusal) -> Int? {
        guard let text = query(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Refusal(
                .unprocessableContent, at: ["query", name], "int_range",
                "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(text.prefix(60))"
            )
        }
        return number
    }

    /// Whether only what a list shows is asked for.
    func isSummary() throws(Refusal) -> Bool {
        guard let view = query("view") else { return false }
        guard view == "summary" else {
            throw Refusal(
                .unprocessableContent, at: ["query", "view"], "enum",
                "expected summary, found \(view.prefix(60))")
        }
        return true
    }

    func cursor() throws(Refusal) -> ID? {
        guard let text = query("cursor") else { return nil }
        guard let id = ID(text) else {
            throw Refusal(
                .unprocessableContent, at: ["query", "cursor"], "uuid_parsing",
                "expected the last id of the page before, found \(text.prefix(60))")
        }
        return id
    }

    /// Leads to the page behind an id.
    func link(to next: ID?) -> HTTPFields {
        var headers = HTTPFields()
        guard let next else { return headers }
        var parts = ["cursor=\(next.text)"]
        for name in queryNames where name != "cursor" {
            if let value = query(name) { parts.insert("\(name)=\(percentEncoded(value))", at: 0) }
        }
        if let name = HTTPField.Name("Link") {
            headers[name] = "<\(request.uri.path)?\(parts.joined(separator: "&"))>; rel=\"next\""
        }
        return headers
    }
}

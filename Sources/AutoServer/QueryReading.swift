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
            let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
            throw unfit(name, "int_range", expected: expected, found: text)
        }
        return number
    }

    /// Whether only what a list shows is asked for.
    func isSummary() throws(Refusal) -> Bool { try has("view", of: "summary") }

    /// Whether the query has a parameter, which can be one word only.
    func has(_ name: String, of word: String) throws(Refusal) -> Bool {
        guard let text = query(name) else { return false }
        guard text == word else {
            throw unfit(name, "enum", expected: word, found: text)
        }
        return true
    }

    func cursor() throws(Refusal) -> ID? {
        guard let text = query("cursor") else { return nil }
        guard let id = ID(text) else {
            throw unfit("cursor", "uuid_parsing", expected: "the last id of the page before", found: text)
        }
        return id
    }

    /// The refusal of a parameter whose value is not one that it takes.
    func unfit(_ name: String, _ code: String, expected: String, found: String) -> Refusal {
        Refusal(
            .unprocessableContent, at: ["query", name], code,
            "expected \(expected), found \(found.prefix(60))")
    }

    /// Leads to the page behind an id.
    func link(to next: ID?) -> HTTPFields { link("cursor", to: next?.text) }

    /// Leads to the page for which a parameter of the query has this value; to none for nil.
    func link(_ parameter: String, to next: String?) -> HTTPFields {
        var headers = HTTPFields()
        guard let next else { return headers }
        var parts = ["\(parameter)=\(next)"]
        for name in queryNames where name != parameter {
            if let value = query(name) { parts.insert("\(name)=\(percentEncoded(value))", at: 0) }
        }
        if let name = HTTPField.Name("Link") {
            headers[name] = "<\(request.uri.path)?\(parts.joined(separator: "&"))>; rel=\"next\""
        }
        return headers
    }
}

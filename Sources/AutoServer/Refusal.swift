import AutoChecker
import AutoRuntime
import Diagnostics
import Foundation
import HTTPTypes
import Values

/// Why a request is not done: the answer that it gets.
struct Refusal: Error, Sendable {
    let status: HTTPStatus
    let detail: Value
    var headers = HTTPFields()

    init(_ status: HTTPStatus, _ detail: String) {
        self.status = status
        self.detail = .string(detail)
    }

    /// The same without what may not be shown.
    func masked(_ masker: Masker) -> Refusal {
        var refusal = Refusal(status, detail: masker.mask(detail))
        refusal.headers = headers
        return refusal
    }

    private init(_ status: HTTPStatus, detail: Value) {
        self.status = status
        self.detail = detail
    }

    /// One or more parts of the request that do not fit, each with its place.
    init(_ status: HTTPStatus, items: [Value]) {
        self.status = status
        detail = .list(items)
    }

    init(_ status: HTTPStatus, at place: [String], _ type: String, _ message: String) {
        self.init(status, items: [Refusal.item(place.map(Value.string), type, message)])
    }

    init(_ error: StoreError) { self.init(.serviceUnavailable, error.publicMessage) }

    /// Why, as one line of the log tells it.
    var words: String { detail.asText ?? JSON.text(detail) }

    static func item(_ place: [Value], _ type: String, _ message: String) -> Value {
        .record([("loc", .list(place)), ("msg", .string(message)), ("type", .string(type))])
    }

    static let notFound = Refusal(.notFound, "Not Found")

    static func tooMany(seconds: Int, _ message: String) -> Refusal {
        var refusal = Refusal(.tooManyRequests, "\(message): try again in \(seconds) s")
        refusal.headers[.retryAfter] = String(seconds)
        return refusal
    }

    /// A token may less than what is asked for.
    static func needs(_ scope: TokenScope, of token: TokenEntry) -> Refusal {
        Refusal(
            .forbidden,
            "this token may \(token.scope.rawValue) only, and this needs `\(scope.rawValue)`: autorun token new NAME --scope \(scope.rawValue)"
        )
    }

    static func unauthorized(_ message: String, wrong: Bool) -> Refusal {
        var refusal = Refusal(.unauthorized, message)
        refusal.headers[.wwwAuthenticate] =
            "Bearer realm=\"autorun\"" + (wrong ? ", error=\"invalid_token\"" : "")
        return refusal
    }

    /// The findings of a text that does not pass the checker.
    ///
    /// - Parameter json: what a client sent, where the text was made of JSON: the places are in that. Else they are lines
    ///   and columns of the text, from 1.
    static func findings(_ findings: [Diagnostic], in source: SourceText, madeOf json: Value?) -> Refusal {
        let errors = findings.filter { $0.severity == .error }
        let places = json.map { ImportedPlaces($0, source) }
        return Refusal(
            .unprocessableContent,
            items: errors.map { finding in
                let position = source.position(at: finding.span.start)
                let place: [Value] =
                    places?.place(of: finding.span.start) ?? [
                        .string("body"), .int(Int64(position.line)), .int(Int64(position.column)),
                    ]
                let help = finding.help.map { ": " + $0 } ?? ""
                return item(place, finding.code.rawValue, finding.message + help)
            })
    }
}

import HTTPTypes
import Hummingbird
import Values

// What the declarations of several endpoints share.

let automationsPath: [Endpoint.Segment] = [.word("automations")]
let automationPath = automationsPath + [.id("automation_id")]
let sessionsPath = automationPath + [.word("sessions")]
let sessionPath = sessionsPath + [.id("session_id")]

/// The header that tells the second try of a request from another one.
func idempotencyKey(_ about: String) -> Endpoint.Parameter {
    Endpoint.Parameter(
        name: "Idempotency-Key", place: .header,
        schema: #"{"type":"string","minLength":1,"maxLength":255,"pattern":"^[!-~]+$"}"#, about: about)
}

let problemContent = [Endpoint.Content(type: "application/json", schema: "Problem")]

/// So much of a list is given at once, at most.
let largestPage = 200

let limitParameter = Endpoint.Parameter(
    name: "limit", place: .query,
    schema: #"{"type":"integer","minimum":1,"maximum":\#(largestPage),"default":50}"#,
    about: "How many at most.")

let paging = [
    limitParameter,
    Endpoint.Parameter(
        name: "cursor", place: .query, schema: #"{"type":"string","format":"uuid"}"#,
        about: "The last id of the page before."),
]

let summaryView = Endpoint.Parameter(
    name: "view", place: .query, schema: #"{"type":"string","enum":["summary"]}"#,
    about: "What a list shows only: it stays small, however much the sessions hold.")

/// A list of these, as a JSON Schema; with several, each item is one of them.
func listOf(_ schemas: String...) -> String { #"{"type":"array","items":\#(schema(schemas))}"# }

/// One of these, as a JSON Schema.
func anyOf(_ schemas: String...) -> String { schema(schemas) }

private func schema(_ names: [String]) -> String {
    let references = names.map { ##"{"$ref":"#/components/schemas/\##($0)"}"## }
    return references.count == 1 ? references[0] : #"{"anyOf":[\#(references.joined(separator: ","))]}"#
}

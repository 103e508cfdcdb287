import HTTPTypes
import Hummingbird

/// The page for people and what it is made of: no part of the API, so `/openapi.json` does not name them.
let pageEndpoints: [Endpoint] =
    [
        page([], "text/html", PackageResources.index_html),
        page([.word("docs")], "text/html", PackageResources.docs_html),
        page([.word("page.css")], "text/css", PackageResources.page_css),
        page([.word("limits.js")], "text/javascript", limits),
    ]
    + scripts.map { name, content in page([.word(name)], "text/javascript", content) }

/// The numbers of the API that the page keeps to.
private let limits = Array(
    """
    export const largestPage = \(largestPage), longestSearch = \(longestSearch);

    """.utf8)

private let scripts: [(String, [UInt8])] = [
    ("automation.js", PackageResources.automation_js),
    ("client.js", PackageResources.client_js),
    ("docs.js", PackageResources.docs_js),
    ("dom.js", PackageResources.dom_js),
    ("fields.js", PackageResources.fields_js),
    ("files.js", PackageResources.files_js),
    ("forms.js", PackageResources.forms_js),
    ("frame.js", PackageResources.frame_js),
    ("graph.js", PackageResources.graph_js),
    ("home.js", PackageResources.home_js),
    ("layers.js", PackageResources.layers_js),
    ("live.js", PackageResources.live_js),
    ("outcome.js", PackageResources.outcome_js),
    ("page.js", PackageResources.page_js),
    ("questions.js", PackageResources.questions_js),
    ("records.js", PackageResources.records_js),
    ("session.js", PackageResources.session_js),
    ("sessions.js", PackageResources.sessions_js),
    ("text.js", PackageResources.text_js),
    ("timeline.js", PackageResources.timeline_js),
    ("trace.js", PackageResources.trace_js),
    ("values.js", PackageResources.values_js),
    ("words.js", PackageResources.words_js),
]

/// A part of the page, which holds no data and so needs no token.
private func page(_ path: [Endpoint.Segment], _ type: String, _ content: [UInt8]) -> Endpoint {
    Endpoint(
        method: .get, path: path, scope: nil, operation: "", summary: "", isDescribed: false, answers: []
    ) { _, _ in
        var headers = HTTPFields()
        headers[.contentSecurityPolicy] =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        headers[.xContentTypeOptions] = "nosniff"
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        headers[.cacheControl] = "no-cache"
        return .bytes(content, type + "; charset=utf-8", headers: headers)
    }
}

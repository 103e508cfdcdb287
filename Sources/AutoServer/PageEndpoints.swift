import HTTPTypes
import Hummingbird
import PageFiles

/// The page for people and what it is made of: no part of the API, so `/openapi.json` does not name them.
let pageEndpoints: [Endpoint] =
    [page([.word("limits.js")], "text/javascript", limits)]
    + pageFiles.compactMap { name, content in
        switch name {
        case "index.html": page([], "text/html", content)
        case "docs.html": page([.word("docs")], "text/html", content)
        case _ where name.hasSuffix(".css"): page([.word(name)], "text/css", content)
        case _ where name.hasSuffix(".js"): page([.word(name)], "text/javascript", content)
        case _: nil
        }
    }

/// The files of the folder `Page` by their names, as they lie in the program.
let pageFiles: [String: [UInt8]] = {
    var count = 0
    let files = UnsafeBufferPointer(start: page_files(&count), count: count)
    return Dictionary(
        uniqueKeysWithValues: files.map { file in
            (String(cString: file.name), Array(UnsafeBufferPointer(start: file.bytes, count: file.count)))
        })
}()

/// The numbers of the API that the page keeps to.
private let limits = Array(
    """
    export const largestPage = \(largestPage), longestSearch = \(longestSearch);
    export const largestAtOnce = \(possibleAtOnce.upperBound), usualAtOnce = \(usualAtOnce);

    """.utf8)

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

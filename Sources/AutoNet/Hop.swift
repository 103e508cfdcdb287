import AutoRuntime
import StepKinds
import URLs

/// A url that can be asked over HTTP.
///
/// - Throws: kind `url`, in words that hold neither password nor query.
func httpURL(_ text: String) throws(StepFailure) -> WebURL {
    let url: WebURL
    do throws(URLError) { url = try WebURL(text) } catch {
        throw StepFailure(.url, "the url is no http or https url: \(error.message)")
    }
    try checkAskable(url)
    return url
}

private func checkAskable(_ url: WebURL) throws(StepFailure) {
    guard url.scheme == "http" || url.scheme == "https" else {
        throw StepFailure(.url, "`\(url.textForErrors)` is no http or https url")
    }
    // The standard lets a host hold a quote or a brace; no server is called so, and the host that is
    // checked must be, to the letter, the one that is connected to.
    guard url.addressBytes != nil || isHostName(url.hostText) else {
        throw StepFailure(
            .url, "`\(url.textForErrors)` is no http or https url: its host has a character that no host has"
        )
    }
}

/// One request of a chain of redirects, and its url as it was parsed.
struct Hop {
    var request: AutoRuntime.HTTPRequest
    var url: WebURL

    /// The url for an error: without user, password and query, where secrets stand.
    var shown: String { url.textForErrors }

    /// Headers that are meant for one server, whoever set them.
    private static let alwaysSecret: Set = [
        "authorization", "cookie", "proxy-authorization", "x-api-key",
    ]

    /// Whether an answer leads on to another url.
    func isToBeFollowed(_ status: Int, _ headers: [(String, String)]) -> Bool {
        request.followsRedirects && [301, 302, 303, 307, 308].contains(status)
            && headers.first { $0.0 == "location" }?.1.isEmpty == false
    }

    /// The request that follows a redirect. What was meant for one server is not shown to another.
    ///
    /// - Throws: kind `redirects` for a location that is no url, `url` for one that is not asked over HTTP,
    ///   `refused` when a body that holds a secret would have to be sent to another origin.
    func redirected(_ status: Int, to location: String) throws(StepFailure) -> Hop {
        var target: WebURL
        do throws(URLError) {
            target = try WebURL(location, base: url)
            // The place in the page that was asked for is the same in the page that is given instead.
            if target.fragment == nil, let fragment = url.fragment {
                target = try WebURL(target.text + "#" + fragment)
            }
        } catch {
            throw StepFailure(.redirects, "\(shown) redirects to what is no url: \(error.message)")
        }
        try checkAskable(target)
        var next = request
        next.url = target.text
        if (status == 303 && request.method != "HEAD")
            || ((status == 301 || status == 302) && request.method == "POST")
        {
            next.method = "GET"
            next.body = nil
            next.headers.removeAll { $0.0.lowercased().hasPrefix("content-") }
        }
        if target.origin != url.origin {
            if next.body != nil, next.bodyIsSecret {
                let (here, there) = (url.origin ?? shown, target.origin ?? "another origin")
                throw StepFailure(
                    .refused,
                    "\(here) redirects this request to \(there), but its body holds a secret, which is sent "
                        + "to no other server; if it is meant for \(there), ask that server itself")
            }
            let secret = Hop.alwaysSecret.union(next.secretHeaders)
            next.headers.removeAll { name, _ in
                let name = name.lowercased()
                // A `Host` of the first server would ask the second one for what it has not.
                return secret.contains(name) || name == "host"
            }
        }
        return Hop(request: next, url: target)
    }
}

import AutoChecker
import AutoRuntime
import URLs
import Values

/// The url in a step's field `url`, parsed.
///
/// - Parameter expected: what the step takes, for the words of the failure.
/// - Throws: kind `url`, with the reason, but without what may be secret in the url.
func parsedURL(_ value: Value?, expected: String) throws(StepFailure) -> WebURL {
    guard let text = value?.asText else {
        throw StepFailure("url", "`url` is no url: \(describe(value ?? .null)), expected \(expected)")
    }
    let url: WebURL
    do throws(URLError) { url = try WebURL(text) } catch {
        throw StepFailure("url", "`url` is no http or https url: \(error.message); expected \(expected)")
    }
    guard isURL(text) else {
        let reason =
            text.utf8.contains { $0 <= 0x20 || $0 == 0x7F }
            ? "it holds a blank, which is written `%20`"
            : "nothing to be asked stands behind `\(url.scheme):`"
        throw StepFailure("url", "`url` is no http or https url: \(reason); expected \(expected)")
    }
    return url
}

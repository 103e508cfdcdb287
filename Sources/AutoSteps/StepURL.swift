import AutoChecker
import AutoRuntime
import CEL
import StepKinds
import URLs
import Values

/// The url in a step's field, parsed.
///
/// - Parameter expected: what the step takes, for the words of the failure.
/// - Throws: kind `url`, with the reason, but without what may be secret in the url.
func parsedURL(_ fields: MapValue, _ key: Key<String>, expected: String) throws(StepFailure) -> WebURL {
    guard let text = fields[key] else {
        let found = describe(fields[key.name] ?? .null)
        throw StepFailure(.url, "`\(key.name)` is no url: \(found), expected \(expected)")
    }
    let url: WebURL
    do throws(URLError) { url = try WebURL(text) } catch {
        throw StepFailure(
            .url, "`\(key.name)` is no http or https url: \(error.message); expected \(expected)")
    }
    guard isURL(text) else {
        let reason =
            text.utf8.contains { $0 <= 0x20 || $0 == 0x7F }
            ? "it holds a blank, which is written `%20`"
            : "nothing to be asked stands behind `\(url.scheme):`"
        throw StepFailure(.url, "`\(key.name)` is no http or https url: \(reason); expected \(expected)")
    }
    return url
}

import AutoChecker
import StepKinds
import Values

extension ModelRequest {
    /// Tokens of an image, whose bytes say nothing of them; providers count some hundreds to two thousand.
    private static let tokensOfImage = 2_000

    /// Tokens of what is sent, four bytes for one: the messages, the form of the result, and what else of the request a
    /// model reads.
    package var estimatedTokens: Int {
        var bytes = resultType.map { JSON.text($0.jsonSchema).utf8.count } ?? 0
        for name in [LLMCall.tools.name, LLMCall.extra.name] {
            bytes += options[name].map { JSON.text($0).utf8.count } ?? 0
        }
        var images = 0
        for message in messages {
            guard let parts = message.asMap?["content"]?.asList else {
                bytes += JSON.text(message).utf8.count
                continue
            }
            for part in parts {
                if part.asMap?["image_url"] != nil {
                    images += 1
                } else {
                    bytes += JSON.text(part).utf8.count
                }
            }
        }
        return bytes / 4 + images * ModelRequest.tokensOfImage
    }
}

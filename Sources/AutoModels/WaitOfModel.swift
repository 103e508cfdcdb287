import AutoRuntime
import Programs
import Values

extension HTTPResponse {
    /// Whether a model that answered with this status may be asked the same again, since a question changes
    /// nothing.
    var mayModelBeAskedAgain: Bool {
        switch self[header: "x-should-retry"]?.lowercased() {
        case "true": true
        case "false": false
        case nil, .some: mayBeTriedAgain || status == 409
        }
    }

    /// The seconds that a server of models asks to wait; nil where it says nothing that can be read.
    ///
    /// That is `Retry-After` in its forms, else Gemini's `retryDelay`, else the headers by which OpenAI and
    /// those who speak its language say when their limits are full again.
    ///
    /// - Parameter now: nanoseconds since 1970.
    func waitOfModel(now: Int64) -> Double? {
        retryAfter(now: now) ?? retryDelay ?? resetOfLimits(now: now)
    }

    /// `{"error": {"details": [{"retryDelay": "30s"}]}}`, which Gemini may put into a list.
    private var retryDelay: Double? {
        guard status == 429 || status == 503, let value = try? JSON.parse(bytes: body.withoutMark) else {
            return nil
        }
        let error = (value.asMap ?? value.asList?.first?.asMap)?["error"]?.asMap
        return (error?["details"]?.asList ?? []).lazy.compactMap { $0.asMap?["retryDelay"]?.asText }
            .compactMap { Duration(text: $0)?.inSeconds }.first
    }

    /// When the limit that is used up is full again; of several that are, the last. Where none is said to be
    /// used up, the first that will be.
    private func resetOfLimits(now: Int64) -> Double? {
        guard status == 429 else { return nil }
        let waits = ["requests", "tokens", ""].compactMap { limit -> (isUsedUp: Bool, seconds: Double)? in
            let end = limit.isEmpty ? "" : "-" + limit
            guard let text = self[header: "x-ratelimit-reset" + end], let wait = seconds(of: text, now: now)
            else { return nil }
            return (self[header: "x-ratelimit-remaining" + end].flatMap(Double.init) == 0, wait)
        }
        return waits.filter(\.isUsedUp).map(\.seconds).max() ?? waits.map(\.seconds).min()
    }

    /// `1s`, `6m0s` and `20ms`, seconds, or the time itself in seconds or milliseconds since 1970.
    private func seconds(of text: String, now: Int64) -> Double? {
        let text = text.trimmed()
        guard let number = Double(text) else {
            return Duration(text: text).map(\.inSeconds).flatMap { $0 >= 0 ? $0 : nil }
        }
        guard number.isFinite, number >= 0 else { return nil }
        // No wait is thirty years long, and no time of today has fewer digits in milliseconds.
        if number > 1e11 { return max(0, number / 1_000 - Double(now) / 1e9) }
        return number > 1e9 ? max(0, number - Double(now) / 1e9) : number
    }
}

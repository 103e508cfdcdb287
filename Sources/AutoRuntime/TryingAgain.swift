package import StepKinds
import Values

extension HTTPResponse {
    /// Whether the same request may succeed later: the server took too long, is asked too often, or has
    /// an error of its own.
    package var mayBeTriedAgain: Bool { Self.mayBeTriedAgain(status) }

    /// The same of a status alone.
    package static func mayBeTriedAgain(_ status: Int) -> Bool {
        switch status {
        case 408, 425, 429, 500...599: true
        default: false
        }
    }

    /// The kind of the failure that an answer is which is no success, and of which no more is known.
    package var failureKind: FailureKind { status == 429 ? .rateLimited : .status }

    /// The seconds that the server asks to wait; nil where it says nothing that can be read.
    ///
    /// That is `retry-after-ms`, which servers of models send to be more exact, else `Retry-After`. A date
    /// is seen from the server's own `Date`, because its clock may differ from ours.
    ///
    /// - Parameter now: nanoseconds since 1970, for a server that does not say what time it is.
    package func retryAfter(now: Int64) -> Double? {
        if let milliseconds = number("retry-after-ms") { return milliseconds / 1_000 }
        if let seconds = number("retry-after") { return seconds }
        guard let text = self[header: "retry-after"],
            let until = secondsOfHTTPDate(text, now: now).map(Double.init)
        else { return nil }
        let there = self[header: "date"].flatMap { secondsOfHTTPDate($0, now: now) }.map(Double.init)
        return max(0, until - (there ?? Double(now) / 1e9))
    }

    /// A header that is digits and at most one point, so that `1e3`, `-5` and `nan` are no waiting times.
    private func number(_ name: String) -> Double? {
        guard let words = self[header: name]?.split(whereSeparator: \.isWhitespace), words.count == 1,
            let text = words.first,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") })
        else { return nil }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
}

extension StepFailure {
    /// Whether nothing was answered, for a reason that passes: then a model is asked again though the file
    /// does not say so. Time that is over was the author's to give, and a reply that does not fit has been
    /// paid for.
    var passesByItself: Bool {
        let passing: [FailureKind] = [.rateLimited, .status, .network, .stream, .body, .empty]
        return isRetryable && passing.contains(kind)
    }

    /// What an answer that is no success means for the step that asked: whether it is tried again, and when.
    ///
    /// - Parameter now: nanoseconds since 1970, for a `Retry-After` that is a date.
    package init(_ message: String, answer: HTTPResponse, now: Int64) {
        let again = answer.mayBeTriedAgain
        self.init(
            answer.failureKind, message, retryable: again,
            retryAfter: again ? answer.retryAfter(now: now) : nil)
    }
}

/// Seconds since 1970 of a date in one of the three forms of HTTP (RFC 9110, section 5.6.7):
/// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
///
/// - Parameter now: nanoseconds since 1970, from which a year of two digits is told.
package func secondsOfHTTPDate(_ text: String, now: Int64) -> Int64? {
    let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
    let day: String
    let month: String
    let year: String
    let time: String
    if words.count == 6, ["GMT", "UTC"].contains(words[5]) {
        (day, month, year, time) = (words[1], words[2], words[3], words[4])
    } else if words.count == 5 {
        (day, month, year, time) = (words[2], words[1], words[4], words[3])
    } else {
        return nil
    }
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard let place = months.firstIndex(of: month), let dayNumber = UInt8(day), let written = UInt16(year)
    else { return nil }
    var fullYear = Int(written)
    if year.utf8.count == 2 {
        let thisYear = Int(CivilTime(secondsSince1970: now / 1_000_000_000).year)
        fullYear += thisYear / 100 * 100
        // What seems to lie more than 50 years ahead is meant to be past.
        if fullYear > thisYear + 50 { fullYear -= 100 }
    }
    // A leap second is no time of ours; the second before it is near enough.
    let known = time.hasSuffix(":60") ? time.dropLast(2) + "59" : time
    let date = "\(padded(fullYear, 4))-\(padded(place + 1, 2))-\(padded(Int(dayNumber), 2))"
    return Timestamp(text: "\(date)T\(known)Z")?.seconds
}

/// A number with zeros before it.
func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

import Diagnostics
package import Values

/// A duration that is written with its unit as a word: `5 seconds`, `1min`, `2 days`.
///
/// - Returns: as it is written here, and what it is; nil for another word, and for what is too long to be meant.
package func durationInWords(_ number: Int64, _ word: String) -> (text: String, duration: Duration)? {
    guard (0..<10_000).contains(number), let unit = durationUnits[word.lowercased()] else { return nil }
    let count = number * unit.factor
    return ("\(count)\(unit.sign)", Duration(nanoseconds: count * unit.nanoseconds))
}

/// What units of time are called in words, with the signs that they have here.
private let durationUnits: [String: (sign: String, factor: Int64, nanoseconds: Int64)] = byWord(
    [
        (["ms", "msec", "msecs", "millisecond", "milliseconds"], ("ms", 1, 1_000_000)),
        (["s", "sec", "secs", "second", "seconds"], ("s", 1, 1_000_000_000)),
        (["m", "min", "mins", "minute", "minutes"], ("m", 1, 60_000_000_000)),
        (["h", "hr", "hrs", "hour", "hours"], ("h", 1, 3_600_000_000_000)),
        (["d", "day", "days"], ("d", 1, 86_400_000_000_000)),
        (["w", "week", "weeks"], ("d", 7, 86_400_000_000_000)),
    ])

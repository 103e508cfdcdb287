/// How long something took, or is going to take, as people read it: `0.3 s`, `12.0 s`, `2 min`, `2 min 5.3 s`, `1 h 2 min`.
///
/// A time that somebody has written, such as a `timeout`, is shown as it was written instead.
///
/// - Parameter seconds: rounded to tenths; a negative number counts as 0.
package func durationText(seconds: Double) -> String {
    // A server may say any number.
    guard seconds < 1e9 else { return "more than thirty years" }
    let tenths = Int((max(0, seconds) * 10).rounded())
    let short = "\(tenths % 600 / 10).\(tenths % 10) s"
    let minutes = tenths / 600
    switch minutes {
    case 0: return short
    case 1..<60: return tenths % 600 == 0 ? "\(minutes) min" : "\(minutes) min \(short)"
    default: return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) min"
    }
}

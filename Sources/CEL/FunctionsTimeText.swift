import Values

/// Times as texts that people write, by a pattern.
let timeTextFunctions: [Overload] = [
    paying("format_time", isMethod: false, [.timestamp, .string], .string) {
        (v, frame) throws(EvaluationError) in
        try formatted(v, zone: "UTC", &frame)
    },
    paying("format_time", isMethod: false, [.timestamp, .string, .string], .string) {
        (v, frame) throws(EvaluationError) in
        try formatted(v, zone: text(v, 2), &frame)
    },
    paying("parse_time", isMethod: false, [.string, .string], .timestamp) {
        (v, frame) throws(EvaluationError) in
        try parsed(v, zone: "UTC", &frame)
    },
    paying("parse_time", isMethod: false, [.string, .string, .string], .timestamp) {
        (v, frame) throws(EvaluationError) in
        try parsed(v, zone: text(v, 2), &frame)
    },
]

/// Steps for a zone, whose file is read.
private let zoneSteps = 100

private func formatted(
    _ values: [Value], zone: String, _ frame: inout Frame
) throws(EvaluationError) -> Value {
    guard case .timestamp(let time) = values[0] else { return .string("") }
    let pattern = try TimePattern(text(values, 1))
    try frame.make(pattern.parts.count * 16)
    try frame.spend(zoneSteps)
    return .string(pattern.text(of: time, offset: try offset(of: zone, at: time.seconds)))
}

private func parsed(
    _ values: [Value], zone: String, _ frame: inout Frame
) throws(EvaluationError) -> Value {
    let (text, pattern) = (text(values, 0), text(values, 1))
    var reader = TimeReader(text)
    try reader.read(try TimePattern(pattern))
    try frame.spend((text.utf8.count + pattern.utf8.count) / 8 + 4 * zoneSteps)
    let local = try reader.local()
    let ahead: Int64
    if let written = reader.offset {
        ahead = written
    } else {
        ahead = try localOffset(of: zone, at: local)
    }
    guard let time = Timestamp(seconds: local - ahead, nanoseconds: reader.nanoseconds) else {
        throw EvaluationError(.outOfRange, "a time is from year 1 to 9999, found \(brief(values[0]))")
    }
    return .timestamp(time)
}

/// The seconds that a zone is ahead of UTC when its clocks show a local time; the earlier of two where they show it twice.
private func localOffset(of zone: String, at local: Int64) throws(EvaluationError) -> Int64 {
    // A zone changes its clocks less often than once in two days, by less than a day.
    let day: Int64 = 86_400
    let before = try offset(of: zone, at: local - day)
    if try offset(of: zone, at: local - before) == before { return before }
    let after = try offset(of: zone, at: local + day)
    if try offset(of: zone, at: local - after) == after { return after }
    throw EvaluationError(
        .invalidArgument,
        "`\(zone)` has no \(CivilTime(secondsSince1970: local).text): its clocks are put forward over it")
}

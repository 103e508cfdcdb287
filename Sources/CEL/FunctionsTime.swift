import Values

/// The parts of timestamps and durations.
let timeFunctions: [Overload] =
    [
        part("getFullYear") { $0.year }, part("getMonth") { $0.month - 1 }, part("getDate") { $0.day },
        part("getDayOfMonth") { $0.day - 1 }, part("getDayOfWeek") { $0.weekday },
        part("getDayOfYear") { $0.dayOfYear }, part("getHours") { $0.hour }, part("getMinutes") { $0.minute },
        part("getSeconds") { $0.second },
    ].flatMap { $0 } + [
        method("getMilliseconds", [.timestamp], .int, milliseconds),
        method("getMilliseconds", [.timestamp, .string], .int, milliseconds),
        durationPart("getHours") { $0.seconds / 3_600 },
        durationPart("getMinutes") { $0.seconds / 60 },
        durationPart("getSeconds") { $0.seconds },
        durationPart("getMilliseconds") { $0.nanoseconds / 1_000_000 },
    ]

private func part(_ name: String, _ read: @escaping @Sendable (CivilTime) -> Int64) -> [Overload] {
    [
        method(name, [.timestamp], .int) { .int(read(CivilTime(secondsSince1970: seconds($0)))) },
        method(name, [.timestamp, .string], .int) { (v) throws(EvaluationError) in
            let local = seconds(v) + (try offset(of: text(v, 1), at: seconds(v)))
            return .int(read(CivilTime(secondsSince1970: local)))
        },
    ]
}

private func durationPart(_ name: String, _ read: @escaping @Sendable (Duration) -> Int64) -> Overload {
    method(name, [.duration], .int) {
        if case .duration(let duration) = $0[0] { .int(read(duration)) } else { .int(0) }
    }
}

private func seconds(_ values: [Value]) -> Int64 {
    if case .timestamp(let time) = values[0] { time.seconds } else { 0 }
}

private func milliseconds(_ values: [Value]) throws(EvaluationError) -> Value {
    if case .timestamp(let time) = values[0] { .int(time.nanoseconds / 1_000_000) } else { .int(0) }
}

/// The seconds that a zone is ahead of UTC: `+05:30`, `-8:00`, `02:00`, `UTC`, or a name of the tz database.
func offset(of zone: String, at seconds: Int64) throws(EvaluationError) -> Int64 {
    if zone.isEmpty || zone == "UTC" || zone == "GMT" || zone == "Z" { return 0 }
    if let fixed = fixedOffset(zone) { return fixed }
    if let offset = zoneOffset(zone, at: seconds) { return offset }
    throw EvaluationError(
        .invalidArgument,
        "`\(zone)` is no time zone that this machine knows; write `+02:00` or a name such as `Europe/Berlin`")
}

private func fixedOffset(_ zone: String) -> Int64? {
    var rest = Substring(zone)
    let negative = rest.first == "-"
    if negative || rest.first == "+" { rest.removeFirst() }
    let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let hours = Int64(parts[0]), let minutes = Int64(parts[1]),
        (0..<24).contains(hours),
        (0..<60).contains(minutes), parts[1].count == 2
    else { return nil }
    return (hours * 3_600 + minutes * 60) * (negative ? -1 : 1)
}

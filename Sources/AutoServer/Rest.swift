/// How long a session is left alone; longer each time, since what is missing may never come.
struct Rest {
    /// Nanoseconds.
    private(set) var length: Int64 = 30 * 1_000_000_000
    /// Nanoseconds since 1970.
    private(set) var end: Int64 = 0

    private static let longest: Int64 = 3_600 * 1_000_000_000

    init(after last: Rest?, now: Int64) {
        if let last { length = min(2 * last.length, Rest.longest) }
        end = now + length
    }

    /// Whether the session has long been taken by another process, or is gone.
    func isForgotten(now: Int64) -> Bool { now > end + Rest.longest }
}

/// What holds for a step's settings where the file does not write them. Defaults of fields stand with the fields.
package enum Defaults {
    /// Visits of a step in one session, after which a loop is taken for one that never ends.
    package static let visits = 1_000

    /// Tries of a step whose `retry` does not say how many; a step without `retry` is tried once.
    package static let attempts = 3
    /// Nanoseconds before the second try.
    package static let firstDelay: Int64 = 1_000_000_000
    /// How many times longer each further delay is.
    package static let factor = 2.0
    /// Nanoseconds; delays grow up to here.
    package static let maxDelay: Int64 = 60_000_000_000
    /// Nanoseconds that a server may ask to wait, where the file does not write `max_delay`.
    package static let longestWait: Int64 = 600_000_000_000

    /// Nanoseconds for one try of a step that leaves the machine, so that nothing runs for ever.
    package static let timeout: Int64 = 600_000_000_000
    /// The same in a sentence.
    package static let timeoutInWords = "ten minutes"
}

/// A number with its word: `1 session`, `7 sessions`.
///
/// - Parameter many: the word for several; nil for the same with an `s`.
func counted(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    "\(number) \(number == 1 ? one : many ?? one + "s")"
}

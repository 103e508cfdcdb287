import Values

/// Pieces of a reply that a server counts where the number of the choice belongs, as text-generation-inference did: each
/// number comes once, one more than the one before it, and nothing has ended the reply before. What has other numbers
/// otherwise are other choices.
struct CountedPieces: Sendable {
    /// All but the first, which is the reply's own choice.
    private(set) var pieces: [MapValue] = []
    private var last: Int?
    private var areChoices = false

    /// Takes the choices of one event, by their numbers.
    ///
    /// - Parameter hasEnded: whether the reply has had its end before.
    mutating func take(_ choices: [(number: Int, choice: MapValue)], hasEnded: Bool) {
        guard !areChoices, let (number, choice) = choices.first else { return }
        guard choices.count == 1, !hasEnded, last == nil || number == (last ?? 0) + 1 else {
            areChoices = true
            pieces = []
            return
        }
        if last != nil { pieces.append(choice) }
        last = number
    }
}

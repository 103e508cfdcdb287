/// How many looks at bytes a text is worth besides the first at each.
struct ReadingWork {
    /// What has been spent.
    private(set) var steps = 0
    private let most: Int

    /// - Parameter count: bytes of the text.
    init(count: Int) { most = 8 * count + 65_536 }

    mutating func pays(for steps: Int) -> Bool {
        self.steps += steps
        return !isSpent
    }

    mutating func spend(_ steps: Int) { self.steps += steps }

    /// Whether there is none left.
    var isSpent: Bool { steps > most }
}

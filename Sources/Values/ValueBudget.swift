/// How much memory the values that are read from a text may take, by estimate: a few million small records in
/// 20 MB of text would take gigabytes.
package struct ValueBudget: Sendable {
    /// Bytes for all values of one text.
    package static let most = 256 << 20

    // Bytes of each part, about as Swift lays it out.
    /// Bytes of a value besides what it refers to.
    package static let value = 40
    /// Bytes of a list besides its elements.
    package static let list = 64
    /// Bytes of a record besides its fields.
    package static let record = 200
    /// Besides the key's text and the field's value.
    package static let field = 56

    /// Bytes that a text takes besides its value: short ones take none.
    package static func text(_ count: Int) -> Int { count > 15 ? count + 32 : 0 }

    /// What is said when the budget does not suffice.
    package static var refusal: String {
        "it holds so many values that they would take more than \(most >> 20) MB of memory"
    }

    private var left = ValueBudget.most

    package init() {}

    /// Whether there is enough left for so many bytes, which then are taken.
    package mutating func pays(for bytes: Int) -> Bool {
        left -= bytes
        return left >= 0
    }
}

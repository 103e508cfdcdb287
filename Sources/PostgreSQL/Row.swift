/// A row of what a statement gave, its fields as text.
package struct Row: Sendable {
    let columns: [String: Int]
    let fields: [String?]

    /// The field of a column; nil for null, and for a column that there is not.
    package subscript(_ column: String) -> String? { columns[column].flatMap { fields[$0] } }

    /// A field that is never null by the table's definition; empty if it is all the same.
    package func text(_ column: String) -> String { self[column] ?? "" }
    package func number(_ column: String) -> Int64? { self[column].flatMap { Int64($0) } }
    package func int(_ column: String) -> Int64 { number(column) ?? 0 }
    package func flag(_ column: String) -> Bool { self[column] == "t" }

    /// A field of the type `bytea`; nil for null.
    package func bytes(_ column: String) -> [UInt8]? {
        guard let text = self[column] else { return nil }
        // `\x` and two digits for each byte, in lower case.
        let digits = Array(text.utf8.dropFirst(2))
        func half(_ digit: UInt8) -> UInt8 { digit < 0x40 ? digit &- 0x30 : digit &- 0x57 }
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            half(digits[$0]) << 4 | half(digits[$0 + 1])
        }
    }
}

/// What a statement did.
package struct Outcome: Sendable {
    package let rows: [Row]
    /// How many rows were changed, or given.
    package let count: Int
}

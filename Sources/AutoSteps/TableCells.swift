import AutoChecker
import Values

/// The texts of a table's cells as the types of a record's fields have them.
struct TableCells {
    private let fields: [DataField]
    /// What separates them in the table's text.
    private let separator: UInt8

    init(_ fields: [DataField], separator: UInt8) {
        self.fields = fields
        self.separator = separator
    }

    /// The record with numbers and truths where its fields want them; an empty cell of an optional field is absent.
    ///
    /// - Throws: with the column, for a text that is none of what its field takes, and for a column that is missing.
    func fitted(_ record: Value) throws(Misfit) -> Value {
        guard let cells = record.asMap else { return record }
        var typed = MapValue()
        for field in fields {
            guard let cell = cells[field.name]?.asText else {
                if field.isOptional { continue }
                throw Misfit(path: field.name, expected: "a column of that name", found: "none")
            }
            if field.isOptional, cell.isEmpty { continue }
            let value = value(of: cell, field.type)
            typed[field.name] = try field.type.fit(value, path: field.name)
        }
        return .map(typed)
    }

    /// The value that a text stands for; where it stands for none of the type, the text itself.
    private func value(of cell: String, _ type: DataType) -> Value {
        switch type {
        case .int: return CSV.number(cell, separator: separator, isWhole: true) ?? .string(cell)
        case .number: return CSV.number(cell, separator: separator, isWhole: false) ?? .string(cell)
        case .bool:
            switch cell.lowercased() {
            case "true": return .bool(true)
            case "false": return .bool(false)
            default: return .string(cell)
            }
        case .json, .text, .bytes, .url, .oneOf, .list, .record: return .string(cell)
        }
    }
}

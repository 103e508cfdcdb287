import AutoChecker
import Diagnostics
import OrderedCollections
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

    /// Tells a column whose name is a slip of the pen: an optional field would be absent from every record without a word.
    ///
    /// - Parameter record: any of the table's, which all have the same columns.
    func checkColumns(_ record: Value) throws(Misfit) {
        guard let cells = record.asMap else { return }
        let names = fields.map(\.name)
        let others = cells.entries.keys.compactMap(\.asText).filter { !names.contains($0) }
        for name in names where cells[name] == nil {
            guard let near = nearestName(to: name, in: others), means(name, near) else { continue }
            throw Misfit(path: name, expected: "a column of that name", found: "`\(near)`")
        }
    }

    /// Whether a name that is near can only be the other one: of a short name another letter makes another name, and so does
    /// another digit (`price1` and `price2`).
    private func means(_ name: String, _ near: String) -> Bool {
        near.filter(\.isNumber) == name.filter(\.isNumber) && (name.count > 4 || isSlip(near, for: name))
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

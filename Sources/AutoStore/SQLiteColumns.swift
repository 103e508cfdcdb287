import AutoRuntime
import Foundation
import GRDB
import Values

/// What a column can hold, read as it is stored: the library's own readings make a 0 of a text, and its subscripts stop
/// the program where they can make nothing.
protocol ColumnValue {
    /// What it is called where something else was found.
    static var columnWords: String { get }

    /// Nil for what is stored as something else.
    init?(stored: DatabaseValue)
}

extension String: ColumnValue {
    static var columnWords: String { "text" }

    init?(stored: DatabaseValue) {
        guard case .string(let text) = stored.storage else { return nil }
        self = text
    }
}

extension Int64: ColumnValue {
    static var columnWords: String { "a whole number" }

    init?(stored: DatabaseValue) {
        guard case .int64(let number) = stored.storage else { return nil }
        self = number
    }
}

extension Int: ColumnValue {
    static var columnWords: String { Int64.columnWords }

    init?(stored: DatabaseValue) {
        guard let number = Int64(stored: stored) else { return nil }
        self.init(exactly: number)
    }
}

extension Bool: ColumnValue {
    static var columnWords: String { Int64.columnWords }

    init?(stored: DatabaseValue) {
        guard let number = Int64(stored: stored) else { return nil }
        self = number != 0
    }
}

extension Data: ColumnValue {
    static var columnWords: String { "bytes" }

    init?(stored: DatabaseValue) {
        guard case .blob(let bytes) = stored.storage else { return nil }
        self = bytes
    }
}

/// A column that holds what was never written there, such as bytes where text stands: a flipped bit is enough.
struct DamagedColumn: Error {
    /// What is wrong, and in which row, as a part of a sentence.
    let words: String

    init(_ what: String, _ row: Row) { words = what + row.place }

    fileprivate init<Value: ColumnValue>(_ column: String, _ stored: DatabaseValue, _: Value.Type, _ row: Row)
    {
        self.init("`\(column)` holds \(stored.words) where \(Value.columnWords) is expected", row)
    }
}

extension Row {
    /// What a column holds.
    ///
    /// - Throws: `DamagedColumn` for nothing, and for something else.
    func value<Value: ColumnValue>(_ column: String) throws -> Value {
        let stored = try decode(DatabaseValue.self, forColumn: column)
        guard let value = Value(stored: stored) else { throw DamagedColumn(column, stored, Value.self, self) }
        return value
    }

    /// What a column holds that may hold nothing.
    ///
    /// - Throws: `DamagedColumn` for something else.
    func optional<Value: ColumnValue>(_ column: String) throws -> Value? {
        let stored = try decode(DatabaseValue.self, forColumn: column)
        return stored.isNull ? nil : try value(column) as Value
    }

    /// How many of something there are: a number that can be counted on from.
    ///
    /// - Throws: `DamagedColumn` for anything else.
    func count(_ column: String) throws -> Int {
        let number: Int = try value(column)
        guard (0...1 << 53).contains(number) else {
            throw DamagedColumn("`\(column)` holds \(number), which counts nothing", self)
        }
        return number
    }

    /// Seconds since 1970, in a year of four digits.
    ///
    /// - Throws: `DamagedColumn` for anything else.
    func time(_ column: String) throws -> Int64 {
        let seconds: Int64 = try value(column)
        guard (0...253_402_300_799).contains(seconds) else {
            throw DamagedColumn("`\(column)` holds \(seconds), which is no time in seconds since 1970", self)
        }
        return seconds
    }

    /// Nanoseconds since 1970, as of things that happen.
    ///
    /// - Throws: `DamagedColumn` for anything else.
    func moment(_ column: String) throws -> Int64 {
        let nanoseconds: Int64 = try value(column)
        guard (0...TraceEvent.latest).contains(nanoseconds) else {
            throw DamagedColumn(
                "`\(column)` holds \(nanoseconds), which is no time in nanoseconds since 1970", self)
        }
        return nanoseconds
    }

    /// A value that was kept as text.
    ///
    /// - Throws: `DamagedColumn` for what is no such text.
    func kept(_ column: String) throws -> Values.Value {
        let text: String = try value(column)
        do throws(JSONError) { return try KeptJSON.value(text) } catch {
            throw DamagedColumn("`\(column)` cannot be read: \(error.message)", self)
        }
    }

    /// A value that was kept as text, where there is one.
    func optionalKept(_ column: String) throws -> Values.Value? {
        try optional(column) as String? == nil ? nil : try kept(column)
    }

    /// The text of a column; nil for anything else.
    func text(_ column: String) -> String? {
        (try? decode(DatabaseValue.self, forColumn: column)).flatMap(String.init(stored:))
    }

    /// Where the row stands, as far as it says so itself.
    fileprivate var place: String {
        for (column, name) in [
            ("id", "its id is"), ("session_id", "of the session"), ("name", "its name is"),
        ] {
            if hasColumn(column), let text = text(column) { return "; \(name) \(text)" }
        }
        return ""
    }
}

extension DatabaseValue {
    fileprivate var words: String {
        switch storage {
        case .null: "nothing"
        case .int64: "a whole number"
        case .double: "a number with a fraction"
        case .string: "text"
        case .blob: "bytes"
        }
    }
}

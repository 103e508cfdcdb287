import Programs
import Values

/// Reads TOML 1.0. Dates and times are texts, as they are written.
///
/// The settings are read by another reader, which needs Foundation; this one runs where foreign bytes are read.
struct TOMLReader {
    private var scanner: TOMLScanner
    private let root = TOMLTable(.explicit)
    private var budget = DataBudget()

    static func value(of bytes: [UInt8]) throws(ProgramError) -> Value {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw ProgramError("the TOML cannot be read: it is no text in UTF-8")
        }
        var reader = TOMLReader(scanner: TOMLScanner(bytes))
        try reader.document()
        return reader.root.value
    }

    private init(scanner: TOMLScanner) { self.scanner = scanner }

    private mutating func document() throws(ProgramError) {
        var table = root
        while true {
            try scanner.skipToContent()
            guard let byte = scanner.peek else { return }
            if byte == UInt8(ascii: "[") {
                table = try header()
            } else {
                try pair(into: table, depth: 1)
            }
            try scanner.endOfLine()
        }
    }

    /// `[a.b]` or `[[a.b]]`.
    private mutating func header() throws(ProgramError) -> TOMLTable {
        scanner.step()
        let isArray = scanner.take(UInt8(ascii: "["))
        let path = try key()
        try scanner.expect(UInt8(ascii: "]"))
        if isArray { try scanner.expect(UInt8(ascii: "]"), afterBlanks: false) }
        var table = root
        for name in path.dropLast() {
            switch table[name] {
            case nil: table = try add(TOMLTable(.implicit), name, to: table)
            case .table(let inner) where inner.kind != .inline: table = inner
            case .tables(let list): table = list.last
            case .table, .value: throw scanner.wrong("`\(name)` is a value already, no table")
            }
        }
        let last = path[path.count - 1]
        switch (table[last], isArray) {
        case (nil, false): return try add(TOMLTable(.explicit), last, to: table)
        case (nil, true):
            let first = TOMLTable(.explicit)
            try pay(ValueBudget.record + ValueBudget.list + ValueBudget.field)
            table[last] = .tables(TOMLTables(first))
            return first
        case (.tables(let list), true):
            try pay(ValueBudget.record)
            list.all.append(TOMLTable(.explicit))
            return list.last
        case (.table(let inner), false) where inner.kind == .implicit:
            inner.kind = .explicit
            return inner
        case (.some, _): throw scanner.wrong("`\(path.joined(separator: "."))` stands there twice")
        }
    }

    /// `a.b = value`.
    private mutating func pair(into outer: TOMLTable, depth: Int) throws(ProgramError) {
        let path = try key()
        try scanner.expect(UInt8(ascii: "="))
        scanner.skipBlanks()
        var table = outer
        for name in path.dropLast() {
            switch table[name] {
            case nil: table = try add(TOMLTable(.dotted), name, to: table)
            case .table(let inner) where inner.kind == .dotted: table = inner
            case .table, .tables, .value: throw scanner.wrong("`\(name)` stands there already")
            }
        }
        let last = path[path.count - 1]
        guard table[last] == nil else { throw scanner.wrong("`\(last)` stands there twice") }
        try pay(ValueBudget.field + ValueBudget.text(last.utf8.count))
        table[last] = try value(depth: depth + path.count)
    }

    private mutating func add(_ new: TOMLTable, _ name: String, to table: TOMLTable) throws(ProgramError)
        -> TOMLTable
    {
        try pay(ValueBudget.record + ValueBudget.field + ValueBudget.text(name.utf8.count))
        table[name] = .table(new)
        return new
    }

    /// The names of a key, which are parted by points.
    private mutating func key() throws(ProgramError) -> [String] {
        var names: [String] = []
        repeat {
            scanner.skipBlanks()
            names.append(try scanner.keyName())
            scanner.skipBlanks()
            guard names.count <= DataForm.deepest / 2 else {
                throw scanner.wrong("a key has more than \(DataForm.deepest / 2) parts")
            }
        } while scanner.take(UInt8(ascii: "."))
        return names
    }

    private mutating func value(depth: Int) throws(ProgramError) -> TOMLNode {
        guard depth <= DataForm.deepest else {
            throw scanner.wrong("it nests deeper than \(DataForm.deepest) levels")
        }
        try pay(ValueBudget.value)
        switch scanner.peek {
        case UInt8(ascii: "["): return .value(try array(depth))
        case UInt8(ascii: "{"): return .table(try inlineTable(depth))
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let text = try scanner.text()
            try pay(ValueBudget.text(text.utf8.count))
            return .value(.string(text))
        default: return .value(try TOMLScalar.value(of: try scanner.word(), scanner))
        }
    }

    private mutating func array(_ depth: Int) throws(ProgramError) -> Value {
        try pay(ValueBudget.list)
        scanner.step()
        var items: [Value] = []
        while true {
            try scanner.skipToContent()
            if scanner.take(UInt8(ascii: "]")) { return .list(items) }
            items.append(try value(depth: depth + 1).value)
            try scanner.skipToContent()
            guard scanner.take(UInt8(ascii: ",")) else {
                try scanner.expect(UInt8(ascii: "]"))
                return .list(items)
            }
        }
    }

    /// `{ a = 1, b.c = 2 }`, which nothing can be added to later.
    private mutating func inlineTable(_ depth: Int) throws(ProgramError) -> TOMLTable {
        try pay(ValueBudget.record)
        scanner.step()
        let table = TOMLTable(.dotted)
        scanner.skipBlanks()
        if !scanner.take(UInt8(ascii: "}")) {
            repeat {
                try pair(into: table, depth: depth + 1)
            } while scanner.takeBehindBlanks(UInt8(ascii: ","))
            try scanner.expect(UInt8(ascii: "}"))
        }
        table.close()
        return table
    }

    private mutating func pay(_ cost: Int) throws(ProgramError) { try budget.pay(cost, "the TOML") }
}

/// What stands behind a key.
enum TOMLNode {
    case value(Value)
    case table(TOMLTable)
    case tables(TOMLTables)

    var value: Value {
        switch self {
        case .value(let value): value
        case .table(let table): table.value
        case .tables(let list): .list(list.all.map(\.value))
        }
    }
}

/// A table that is still growing: a class, since headers come back to tables that they have left.
final class TOMLTable {
    /// How a table came about, which says what may be added to it.
    enum Kind {
        /// Only as a part of a header's path, so that a header may still name it.
        case implicit
        /// Named by a header.
        case explicit
        /// As a part of a key: other keys may add to it, headers may not.
        case dotted
        /// Closed.
        case inline
    }

    var kind: Kind
    private var names: [String] = []
    private var nodes: [String: TOMLNode] = [:]

    init(_ kind: Kind) { self.kind = kind }

    subscript(name: String) -> TOMLNode? {
        get { nodes[name] }
        set {
            if nodes[name] == nil { names.append(name) }
            nodes[name] = newValue
        }
    }

    /// Lets nothing be added to it from now on, nor to the tables in it.
    func close() {
        kind = .inline
        for case .table(let inner) in nodes.values where inner.kind != .inline { inner.close() }
    }

    var value: Value {
        .record(names.map { ($0, nodes[$0]?.value ?? .null) })
    }
}

/// The tables of `[[name]]`, of which there is at least one.
final class TOMLTables {
    var all: [TOMLTable]

    init(_ first: TOMLTable) { all = [first] }

    var last: TOMLTable { all[all.count - 1] }
}

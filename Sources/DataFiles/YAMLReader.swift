internal import CYAML
import OrderedCollections
import Programs
import Values

/// Reads YAML with libyaml, which finds the words and the structure; what they mean is said here, by the core schema of
/// YAML 1.2.
///
/// `yes`, `no`, `on` and `off` are texts, and so is a number with a zero in front, such as a postcode: the versions of
/// YAML do not agree on them. Times are texts as well. An alias is what its anchor names, and `<<` takes over the
/// fields of another record. Several documents are a list.
struct YAMLReader {
    private var parser = yaml_parser_t()
    private var event = yaml_event_t()
    private var anchors: [String: Anchored] = [:]
    /// Anchors of what is still being read.
    private var open: Set<String> = []
    private var budget = DataBudget()
    /// The deepest level to which what was read last reaches, aliases written out.
    private var reach = 0

    private struct Anchored {
        let value: Value
        /// What it costs to have it once more.
        let cost: Int
        /// How many levels it has, itself included.
        let height: Int
    }

    static func value(of bytes: [UInt8]) throws(ProgramError) -> Value {
        var reader = YAMLReader()
        guard yaml_parser_initialize(&reader.parser) == 1 else { throw ProgramError("out of memory") }
        defer {
            yaml_event_delete(&reader.event)
            yaml_parser_delete(&reader.parser)
        }
        yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING)
        let outcome = bytes.withUnsafeBufferPointer { buffer -> Result<[Value], ProgramError> in
            yaml_parser_set_input_string(&reader.parser, buffer.baseAddress, buffer.count)
            do throws(ProgramError) { return .success(try reader.documents()) } catch {
                return .failure(error)
            }
        }
        let documents = try outcome.get()
        return documents.count == 1 ? documents[0] : documents.isEmpty ? .null : .list(documents)
    }

    private mutating func documents() throws(ProgramError) -> [Value] {
        var documents: [Value] = []
        while true {
            try advance()
            switch event.type {
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT: continue
            case YAML_DOCUMENT_START_EVENT:
                anchors = [:]
                try advance()
                documents.append(try node(depth: 1))
            default: return documents
            }
        }
    }

    private mutating func advance() throws(ProgramError) {
        yaml_event_delete(&event)
        guard yaml_parser_parse(&parser, &event) == 1 else {
            let words = parser.problem.map { String(cString: $0) } ?? "it is no YAML"
            let line = parser.problem_mark.line + 1
            throw ProgramError("the YAML cannot be read: at line \(line): \(words)")
        }
    }

    private func wrong(_ words: String) -> ProgramError {
        ProgramError("the YAML cannot be read: at line \(event.start_mark.line + 1): \(words)")
    }

    private var tooDeep: ProgramError { wrong("it nests deeper than \(DataForm.deepest) levels") }

    /// What begins at the event: a scalar, a list, a record, or an alias of one.
    private mutating func node(depth: Int) throws(ProgramError) -> Value {
        guard depth <= DataForm.deepest else { throw tooDeep }
        let before = budget.spent
        let outerReach = reach
        reach = depth
        defer { reach = max(outerReach, reach) }
        try pay(ValueBudget.value)
        let name: String?
        let value: Value
        switch event.type {
        case YAML_ALIAS_EVENT: return try aliased(text(event.data.alias.anchor) ?? "", depth)
        case YAML_SCALAR_EVENT:
            name = text(event.data.scalar.anchor)
            value = try scalar()
        case YAML_SEQUENCE_START_EVENT:
            name = text(event.data.sequence_start.anchor)
            try expect(tag: event.data.sequence_start.tag, "seq")
            value = try inside(name) { (reader) throws(ProgramError) in try reader.list(depth) }
        case YAML_MAPPING_START_EVENT:
            name = text(event.data.mapping_start.anchor)
            try expect(tag: event.data.mapping_start.tag, "map")
            value = try inside(name) { (reader) throws(ProgramError) in try reader.record(depth) }
        default: throw wrong("a value is missing")
        }
        if let name {
            anchors[name] = Anchored(value: value, cost: budget.spent - before, height: reach - depth + 1)
        }
        return value
    }

    /// Reads what an anchor names, which may not hold itself.
    private mutating func inside(
        _ name: String?, _ read: (inout YAMLReader) throws(ProgramError) -> Value
    ) throws(ProgramError) -> Value {
        guard let name else { return try read(&self) }
        let isNew = open.insert(name).inserted
        let value = try read(&self)
        if isNew { open.remove(name) }
        return value
    }

    private mutating func aliased(_ name: String, _ depth: Int) throws(ProgramError) -> Value {
        if open.contains(name) { throw wrong("`*\(name)` stands inside of what it names") }
        guard let anchored = anchors[name] else {
            throw wrong("`*\(name)` is named by no `&\(name)` before it")
        }
        reach = depth + anchored.height - 1
        guard reach <= DataForm.deepest else { throw tooDeep }
        try pay(anchored.cost)
        return anchored.value
    }

    private mutating func list(_ depth: Int) throws(ProgramError) -> Value {
        try pay(ValueBudget.list)
        var items: [Value] = []
        while true {
            try advance()
            if event.type == YAML_SEQUENCE_END_EVENT { return .list(items) }
            items.append(try node(depth: depth + 1))
        }
    }

    private mutating func record(_ depth: Int) throws(ProgramError) -> Value {
        try pay(ValueBudget.record)
        var own = MapValue()
        var taken = MapValue()
        while true {
            try advance()
            if event.type == YAML_MAPPING_END_EVENT { break }
            guard event.type == YAML_SCALAR_EVENT else {
                throw wrong("a key is a text, no list, record or alias")
            }
            let key = content
            let isMerge = key == "<<" && event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE
            guard own[key] == nil else {
                throw wrong("the key \(JSON.text(.string(key))) stands there twice")
            }
            try pay(ValueBudget.field + ValueBudget.text(key.utf8.count))
            if let name = text(event.data.scalar.anchor) {
                anchors[name] = Anchored(
                    value: .string(key), cost: ValueBudget.text(key.utf8.count), height: 1)
            }
            try advance()
            let value = try node(depth: depth + 1)
            if isMerge { try take(value, into: &taken) } else { own[key] = value }
        }
        guard taken.count > 0 else { return .map(own) }
        for (key, value) in own.entries { taken[key: key] = value }
        return .map(taken)
    }

    /// The fields of other records that `<<` names; the first that has a field gives it.
    private mutating func take(_ value: Value, into taken: inout MapValue) throws(ProgramError) {
        for record in value.asList ?? [value] {
            guard let fields = record.asMap?.entries else {
                throw wrong("`<<` takes a record or a list of records")
            }
            try pay(fields.count * ValueBudget.field)
            for (key, value) in fields where taken[key: key] == nil { taken[key: key] = value }
        }
    }

    /// The text of the scalar at the event.
    private var content: String {
        let scalar = event.data.scalar
        return String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
    }

    private mutating func scalar() throws(ProgramError) -> Value {
        let content = content
        try pay(ValueBudget.text(content.utf8.count))
        let scalar = event.data.scalar
        guard let tag = text(scalar.tag) else {
            return scalar.style == YAML_PLAIN_SCALAR_STYLE ? try plain(content) : .string(content)
        }
        let found = try plain(content)
        switch (tag, found) {
        case ("!", _), (YAMLReader.prefix + "str", _): return .string(content)
        case (YAMLReader.prefix + "null", .null), (YAMLReader.prefix + "bool", .bool),
            (YAMLReader.prefix + "int", .int), (YAMLReader.prefix + "float", .double):
            return found
        case (YAMLReader.prefix + "float", .int(let int)): return .double(Double(int))
        default: throw wrong("`\(shown(tag))` is no tag of \(JSON.text(.string(String(content.prefix(40)))))")
        }
    }

    private func plain(_ text: String) throws(ProgramError) -> Value {
        switch YAMLScalar.value(text) {
        case .some(let value): return value
        case .none: throw wrong("`\(text)` is a number that no JSON can say")
        }
    }

    private static let prefix = "tag:yaml.org,2002:"

    private func expect(tag: UnsafePointer<yaml_char_t>?, _ wanted: String) throws(ProgramError) {
        guard let tag = text(tag), tag != "!", tag != YAMLReader.prefix + wanted else { return }
        throw wrong("the tag `\(shown(tag))` is not known")
    }

    private func shown(_ tag: String) -> String {
        tag.hasPrefix(YAMLReader.prefix)
            ? "!!" + tag.dropFirst(YAMLReader.prefix.count) : String(tag.prefix(60))
    }

    private func text(_ pointer: UnsafePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private mutating func pay(_ cost: Int) throws(ProgramError) { try budget.pay(cost, "the YAML") }
}

/// What a word without quotes means in the core schema of YAML 1.2.
enum YAMLScalar {
    /// - Returns: nil for infinity and what is no number.
    static func value(_ text: String) -> Value? {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN": return nil
        default: break
        }
        let unsigned = text.utf8.first.map { $0 == 0x2B || $0 == 0x2D } == true ? text.dropFirst() : text[...]
        if [".inf", ".Inf", ".INF"].contains(unsigned) { return nil }
        if text.hasPrefix("0o") { return whole(text, base: 8) }
        if text.hasPrefix("0x") { return whole(text, base: 16) }
        guard isDecimal(unsigned) else { return .string(text) }
        let digits = text.utf8.first == 0x2B ? String(unsigned) : text
        if let int = Int64(digits) { return .int(int) }
        guard let double = Double(digits) else { return .string(text) }
        return double.isFinite ? .double(double) : nil
    }

    private static func whole(_ text: String, base: Int) -> Value {
        let digits = text.dropFirst(2)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
            let int = Int64(digits, radix: base)
        else { return .string(text) }
        return .int(int)
    }

    /// Whether a text without a sign is a number as JSON and YAML both read it: a zero in front of other digits makes
    /// it a text.
    private static func isDecimal(_ text: Substring) -> Bool {
        var rest = text.utf8[...]
        func digits() -> Int { rest.prefix { (0x30...0x39).contains($0) }.count }
        let whole = digits()
        if whole > 1, rest.first == 0x30 { return false }
        rest = rest.dropFirst(whole)
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = digits()
            rest = rest.dropFirst(fraction)
        }
        guard whole + fraction > 0 else { return false }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == 0x2B || rest.first == 0x2D { rest = rest.dropFirst() }
            let exponent = digits()
            guard exponent > 0 else { return false }
            rest = rest.dropFirst(exponent)
        }
        return rest.isEmpty
    }
}

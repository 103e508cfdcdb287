internal import Encodings
internal import Pages
import Programs
import Values

/// XML as data: an element is a record of its attributes (`"@href"`), of its elements by their names, each name with a
/// list, and of its text (`"#text"`).
///
/// A name always has a list, so that the shape does not change with how many there are. An element that holds no other
/// always has `#text`; one that holds others only where text that is more than blanks stands between them. The outermost
/// element is the one field of the whole: `{ "rss": { "@version": "2.0", "channel": [ … ] } }`. Names keep their
/// prefixes as written.
enum XMLData {
    static func value(of bytes: [UInt8]) throws(ProgramError) -> Value {
        let text = try pageText(bytes, said: nil)
        guard text.firstFault == nil else {
            throw ProgramError("the XML cannot be read: its bytes are no text in \(text.encoding.rawValue)")
        }
        let document = try HTMLDocument(xml: text.utf8)
        guard let root = document.tree.root else {
            throw ProgramError("the XML cannot be read: it holds no element")
        }
        var reader = XMLDataReader(tree: document.tree)
        return .record([(document.tree.name(root), try reader.element(root, depth: 2))])
    }
}

private struct XMLDataReader {
    let tree: PageTree
    private var budget = DataBudget()

    init(tree: PageTree) { self.tree = tree }

    mutating func element(_ node: PageTree.Node, depth: Int) throws(ProgramError) -> Value {
        // An element is a list in a record, which is two levels.
        guard depth <= DataForm.deepest else {
            throw ProgramError(
                "the XML cannot be read whole: it nests deeper than \(DataForm.deepest / 2) elements")
        }
        try pay(ValueBudget.record)
        var record = MapValue()
        for attribute in tree.attributes(node) {
            try payField(attribute.name, attribute.value)
            record["@" + attribute.name] = .string(attribute.value)
        }
        var names: [String] = []
        var elements: [String: [Value]] = [:]
        var text: [UInt8] = []
        for child in tree.children(node) {
            switch tree.kind(child) {
            case .element:
                let name = tree.name(child)
                if elements[name] == nil {
                    names.append(name)
                    try payField(name, "")
                    try pay(ValueBudget.list)
                }
                elements[name, default: []].append(try element(child, depth: depth + 2))
            case .text: text += tree.bytes(child)
            case .comment, .other: break
            }
        }
        for name in names { record[name] = .list(elements[name] ?? []) }
        guard names.isEmpty || text.contains(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
            return .map(record)
        }
        let own = String(decoding: text, as: UTF8.self)
        try payField("#text", own)
        record["#text"] = .string(own)
        return .map(record)
    }

    private mutating func payField(_ name: String, _ value: String) throws(ProgramError) {
        try pay(
            ValueBudget.field + ValueBudget.value + ValueBudget.text(name.utf8.count)
                + ValueBudget.text(value.utf8.count))
    }

    private mutating func pay(_ cost: Int) throws(ProgramError) { try budget.pay(cost, "the XML") }
}

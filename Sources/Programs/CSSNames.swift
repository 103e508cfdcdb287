internal import Diagnostics

/// Names of elements and attributes in selectors.
extension CSSParser {
    /// The name of an element, where one stands here, with its prefix; `*` gives no condition.
    mutating func typeConditions() throws(ProgramError) -> [CompoundSelector.Condition] {
        guard let (prefix, name) = try qualifiedName("the name of an element or `*` after `|`") else {
            return []
        }
        guard let name else { return prefix == .unsaid ? [] : [.type(prefix, nil)] }
        if prefix == .unsaid, let condition = try nameWithColon(name) { return [condition] }
        return [.type(prefix, name)]
    }

    /// A name of which a prefix and a `|` may stand in front; nil where neither a name nor `*` nor `|` stands.
    private mutating func qualifiedName(_ expected: String) throws(ProgramError) -> (NamePrefix, String?)? {
        let first: String?
        let isAtBar = isAtNamespaceBar
        if isAtBar {
            first = nil
        } else if scanner.take("*") {
            first = nil
        } else if scanner.isAtIdentifier {
            first = scanner.name()
        } else {
            return nil
        }
        guard isAtNamespaceBar else { return (.unsaid, first) }
        scanner.index += 1
        let prefix: NamePrefix = isAtBar ? .none : first.map { .named($0) } ?? .any
        if scanner.take("*") { return (prefix, nil) }
        return (prefix, try scanner.identifier(expected))
    }

    /// Whether a `|` stands here that ends a prefix, and is no `|=` and no `||`.
    private var isAtNamespaceBar: Bool {
        scanner.current == UInt8(ascii: "|") && scanner.byte(1) != UInt8(ascii: "=")
            && scanner.byte(1) != UInt8(ascii: "|")
    }

    /// A name such as `dc:date`, which XML documents have and CSS would write `dc|date`.
    ///
    /// What stands before a `:` is a prefix where HTML has no such element. Where it goes on like a pseudo-class
    /// (`atom:link`, `item:first-child`), both are meant: no document has an element for each of the two.
    private mutating func nameWithColon(_ prefix: String) throws(ProgramError)
        -> CompoundSelector.Condition?
    {
        guard scanner.current == UInt8(ascii: ":"), !HTMLNames.elements.contains(prefix.lowercased()) else {
            return nil
        }
        var ahead = scanner
        ahead.index += 1
        guard ahead.isAtIdentifier else { return nil }
        let name = ahead.name()
        guard ahead.current != UInt8(ascii: "(") else { return nil }
        let whole = CompoundSelector.Condition.type(.unsaid, prefix + ":" + name)
        if let condition = try plainPseudoClass(name.lowercased()) {
            scanner = ahead
            return .any([
                ComplexSelector(CompoundSelector([whole])),
                ComplexSelector(CompoundSelector([.type(.unsaid, prefix), condition])),
            ])
        }
        // A long name that is nearly a pseudo-class is one with a slip: `item:frist-child`.
        if name.contains("-"), nearestName(to: name, in: CSSParser.pseudoClassNames) != nil { return nil }
        scanner = ahead
        return whole
    }

    /// `[href]`, `[type="text" i]`.
    mutating func attribute() throws(ProgramError) -> AttributeCondition {
        scanner.index += 1
        _ = try scanner.skipBlanks()
        let start = scanner.index
        guard let (prefix, name) = try qualifiedName("the name of an attribute after `|`"), let name else {
            scanner.index = start
            throw scanner.error("a name of an attribute")
        }
        _ = try scanner.skipBlanks()
        if scanner.take("]") { return AttributeCondition(prefix: prefix, name: name) }
        let comparison = try comparison()
        _ = try scanner.skipBlanks()
        let value = try attributeValue()
        let hasBlank = try scanner.skipBlanks()
        var capitals = AttributeCondition.Capitals.asUsual
        if value.isQuoted || hasBlank {
            if scanner.take("i") || scanner.take("I") {
                capitals = .doNotCount
            } else if scanner.take("s") || scanner.take("S") {
                capitals = .count
            }
        }
        _ = try scanner.skipBlanks()
        guard scanner.take("]") else {
            throw scanner.error(
                value.isQuoted || !hasBlank ? "`]`" : "`]`; a value with a blank needs quotes")
        }
        return AttributeCondition(
            prefix: prefix, name: name, comparison: comparison, value: value.text, capitals: capitals)
    }

    private mutating func comparison() throws(ProgramError) -> AttributeCondition.Comparison {
        var sign = ""
        if let byte = scanner.current, "~|^$*!".utf8.contains(byte), scanner.byte(1) == UInt8(ascii: "=") {
            sign = String(Unicode.Scalar(byte))
        }
        guard let comparison = AttributeCondition.Comparison(rawValue: sign + "="),
            !sign.isEmpty || scanner.current == UInt8(ascii: "=")
        else { throw scanner.error("`]`, `=`, `~=`, `|=`, `^=`, `$=` or `*=`") }
        scanner.index += comparison.rawValue.utf8.count
        return comparison
    }

    /// A text in quotes, or characters of names. CSS would have a value that begins with a digit in quotes; it can
    /// mean only one thing without.
    private mutating func attributeValue() throws(ProgramError) -> (text: String, isQuoted: Bool) {
        if scanner.isAtQuote { return (try scanner.string(), true) }
        let name = scanner.name()
        guard !name.isEmpty else { throw scanner.error("a value, in quotes unless it is a name") }
        return (name, false)
    }
}

/// Names that HTML knows.
enum HTMLNames {
    /// The elements of HTML, with those that it has given up.
    static let elements: Set<String> = words(
        """
        a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote
        body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div
        dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header
        hgroup hr html i iframe image img input ins isindex kbd keygen label legend li link listing main map mark
        marquee math menu meta meter nav nobr noembed noframes noscript object ol optgroup option output p param
        picture plaintext pre progress q rp rt ruby s samp script search section select slot small source span
        strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track
        tt u ul var video wbr xmp
        """)

    static func words(_ text: String) -> Set<String> {
        Set(text.split { $0 == " " || $0 == "\n" }.map(String.init))
    }
}

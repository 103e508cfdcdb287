internal import CLibXML2
import Computing
import Programs

/// The functions that XPath has here beside its own, as Scrapy's users know them: `re:test`, `re:match`,
/// `re:replace` (of EXSLT, with the regular expressions of DATA_TRANSFORM) and `has-class`.
final class XPathQuery {
    /// Why one of the functions has ended the query.
    private(set) var problem: ProgramError?
    private var regexes: [String: Regex] = [:]
    /// Documents of the nodes that `re:match` gives.
    private var made: [xmlDocPtr] = []
    private var limit = TimeLimit()

    /// The time of all regular expressions of one query: each of them has a limit of its own, and there may be one
    /// for each node.
    private static let nanoseconds: UInt64 = 10_000_000_000

    deinit { freeMade() }

    /// Makes the functions known to a context, which may not outlive this object.
    func register(in context: xmlXPathContextPtr) {
        context.pointee.userData = Unmanaged.passUnretained(self).toOpaque()
        xmlXPathRegisterFunc(context, "has-class") { parser, count in
            XPathQuery.call(parser, count, atLeast: 1, atMost: 100) { $0.hasClass($1, $2) }
        }
        xmlXPathRegisterNs(context, "re", XPathNames.regularExpressions)
        xmlXPathRegisterFuncNS(context, "test", XPathNames.regularExpressions) { parser, count in
            XPathQuery.call(parser, count, atLeast: 2, atMost: 3) {
                (query, parser, texts) throws(ProgramError) in
                try query.test(parser, texts)
            }
        }
        xmlXPathRegisterFuncNS(context, "match", XPathNames.regularExpressions) { parser, count in
            XPathQuery.call(parser, count, atLeast: 2, atMost: 3) {
                (query, parser, texts) throws(ProgramError) in
                try query.match(parser, texts)
            }
        }
        xmlXPathRegisterFuncNS(context, "replace", XPathNames.regularExpressions) { parser, count in
            XPathQuery.call(parser, count, atLeast: 4, atMost: 4) {
                (query, parser, texts) throws(ProgramError) in
                try query.replace(parser, texts)
            }
        }
    }

    func begin() {
        problem = nil
        limit = TimeLimit(nanoseconds: XPathQuery.nanoseconds)
    }

    func end() { freeMade() }

    private func freeMade() {
        for document in made { xmlFreeDoc(document) }
        made = []
    }

    /// Takes a call's arguments as texts and hands them to a function, which pushes its result.
    private static func call(
        _ parser: xmlXPathParserContextPtr?, _ count: Int32, atLeast: Int32, atMost: Int32,
        _ function: (XPathQuery, xmlXPathParserContextPtr, [String]) throws(ProgramError) -> Void
    ) {
        guard let parser, let own = parser.pointee.context?.pointee.userData else { return }
        let query = Unmanaged<XPathQuery>.fromOpaque(own).takeUnretainedValue()
        guard (atLeast...atMost).contains(count) else {
            return xmlXPathErr(parser, Int32(XPATH_INVALID_ARITY.rawValue))
        }
        var texts: [String] = []
        for _ in 0..<count { texts.insert(takenText(xmlXPathPopString(parser)), at: 0) }
        do throws(ProgramError) {
            try function(query, parser, texts)
        } catch {
            query.problem =
                error == .stopped
                ? ProgramError("the XPath's regular expressions take too long on this page") : error
            xmlXPathErr(parser, Int32(XPATH_EXPR_ERROR.rawValue))
        }
    }

    // The functions themselves.

    /// `has-class("a", "b")`: whether the element has all these classes.
    private func hasClass(_ parser: xmlXPathParserContextPtr, _ names: [String]) {
        var classes: Set<Substring> = []
        if let node = parser.pointee.context?.pointee.node, node.pointee.type == XML_ELEMENT_NODE,
            let written = xmlGetNoNsProp(node, "class")
        {
            classes = Set(takenText(written).split { $0.isASCII && $0.isWhitespace })
        }
        valuePush(parser, xmlXPathNewBoolean(names.allSatisfy { classes.contains($0[...]) } ? 1 : 0))
    }

    /// `re:test(text, pattern, flags?)`: whether the pattern is found in the text.
    private func test(_ parser: xmlXPathParserContextPtr, _ texts: [String]) throws(ProgramError) {
        let regex = try regex(texts[1], flags: texts.count > 2 ? texts[2] : "")
        valuePush(parser, xmlXPathNewBoolean(try regex.matches(texts[0], limit) ? 1 : 0))
    }

    /// `re:match(text, pattern, flags?)`: the match and its groups; with the flag `g` each match.
    private func match(_ parser: xmlXPathParserContextPtr, _ texts: [String]) throws(ProgramError) {
        let flags = texts.count > 2 ? texts[2] : ""
        let regex = try regex(texts[1], flags: flags)
        let subject = Array(texts[0].utf8)
        let ranges =
            flags.contains("g")
            ? try regex.allMatches(in: subject, limit).map { $0.first ?? nil }
            : try regex.match(in: subject, from: 0, limit) ?? []
        guard let document = xmlNewDoc("1.0"), let set = xmlXPathNodeSetCreate(nil) else {
            throw ProgramError("out of memory")
        }
        made.append(document)
        guard let root = xmlNewDocNode(document, nil, "matches", nil) else {
            throw ProgramError("out of memory")
        }
        xmlDocSetRootElement(document, root)
        for range in ranges {
            let text = String(decoding: subject[range ?? 0..<0], as: UTF8.self)
            guard let node = xmlNewTextChild(root, nil, "match", text) else { continue }
            xmlXPathNodeSetAddUnique(set, node)
        }
        valuePush(parser, xmlXPathWrapNodeSet(set))
    }

    /// `re:replace(text, pattern, flags, replacement)`: the first match replaced; with the flag `g` each.
    private func replace(_ parser: xmlXPathParserContextPtr, _ texts: [String]) throws(ProgramError) {
        let regex = try regex(texts[1], flags: texts[2])
        let replaced = try regex.replace(
            in: Array(texts[0].utf8), with: texts[3], all: texts[2].contains("g"), limit)
        valuePush(parser, xmlXPathNewString(replaced))
    }

    private func regex(_ pattern: String, flags: String) throws(ProgramError) -> Regex {
        if limit.isOver { throw ProgramError.stopped }
        if let wrong = flags.first(where: { !"gimsx".contains($0) }) {
            throw ProgramError(
                "`\(wrong)` is no flag of a regular expression: `g`, `i`, `m`, `s` and `x` are")
        }
        let options = flags.filter { $0 != "g" }
        let whole = options.isEmpty ? pattern : "(?\(options))" + pattern
        if let known = regexes[whole] { return known }
        let compiled: Regex
        do throws(ProgramError) { compiled = try Regex(whole) } catch {
            throw ProgramError(
                "the regular expression `\(pattern.prefix(60))` does not compile: \(error.message)")
        }
        // A pattern that is taken from the page may be another one for each node.
        if regexes.count >= 100 { regexes = [:] }
        regexes[whole] = compiled
        return compiled
    }
}

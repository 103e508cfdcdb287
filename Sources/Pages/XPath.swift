internal import CLibXML2
package import Programs

/// XPath on a page, evaluated by libxml2.
extension HTMLDocument {
    /// Steps of XPath: a second's worth, then the query ends with an error.
    private static let operationLimit: UInt = 20_000_000

    /// Sets the limits, our own functions, and the prefixes of names.
    ///
    /// - Parameter declared: the prefixes that the document itself declares.
    func prepareXPath(_ declared: [(prefix: String, name: String)]) {
        context.pointee.opLimit = HTMLDocument.operationLimit
        xmlSetStructuredErrorFunc(nil) { _, _ in }
        context.pointee.error = { _, _ in }
        query.register(in: context)
        guard !tree.isHTML else { return }
        for (prefix, namespace) in XPathNames.namespaces { xmlXPathRegisterNs(context, prefix, namespace) }
        // What the document itself declares goes before.
        for (prefix, namespace) in declared { xmlXPathRegisterNs(context, prefix, namespace) }
    }

    /// The nodes that an XPath selects, seen from a node or from the whole page; or the value that it gives,
    /// as text.
    ///
    /// - Throws: when the XPath is none, or takes too long.
    package func select(_ xpath: String, from node: PageTree.Node? = nil) throws(ProgramError)
        -> [HTMLSelection]
    {
        context.pointee.node = node.map(tree.pointer) ?? xmlDocGetRootElement(document)
        context.pointee.opCount = 0
        xmlResetError(&context.pointee.lastError)
        query.begin()
        // What `re:match` has made lives until its texts are taken.
        defer { query.end() }
        guard let result = xmlXPathEvalExpression(xpath, context) else { throw failure(xpath) }
        defer { xmlXPathFreeObject(result) }
        switch result.pointee.type {
        case XPATH_NODESET:
            guard let set = result.pointee.nodesetval, let table = set.pointee.nodeTab else { return [] }
            return (0..<Int(set.pointee.nodeNr)).compactMap { index in
                table[index].map(selection)
            }
        case XPATH_STRING: return [.text(takenText(xmlStrdup(result.pointee.stringval)))]
        case XPATH_NUMBER: return [.text(takenText(xmlXPathCastNumberToString(result.pointee.floatval)))]
        case XPATH_BOOLEAN: return [.text(result.pointee.boolval != 0 ? "true" : "false")]
        default: return []
        }
    }

    private func selection(_ pointer: xmlNodePtr) -> HTMLSelection {
        if let node = tree.node(at: pointer) { return .node(node) }
        guard pointer.pointee.type == XML_ATTRIBUTE_NODE else {
            return .text(takenText(xmlNodeGetContent(pointer)))
        }
        let attribute = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: xmlAttr.self)
        let element = attribute.pointee.parent.flatMap(tree.node)
        return .attribute(
            SelectedAttribute(name: PageTree.name(attribute), element: element),
            value: PageTree.value(attribute))
    }

    private func failure(_ xpath: String) -> ProgramError {
        if let problem = query.problem { return problem }
        let error = context.pointee.lastError
        let number = Int(error.code) - Int(XML_XPATH_EXPRESSION_OK.rawValue)
        switch number {
        case Int(XPATH_OP_LIMIT_EXCEEDED.rawValue):
            return ProgramError("the XPath takes too long on this page")
        case Int(XPATH_RECURSION_LIMIT_EXCEEDED.rawValue), Int(XPATH_STACK_ERROR.rawValue):
            return ProgramError("the XPath nests too deep")
        case Int(XPATH_MEMORY_ERROR.rawValue):
            return ProgramError("the XPath selects more of this page than fits into memory")
        case Int(XPATH_UNDEF_PREFIX_ERROR.rawValue) where tree.isHTML && XPathNames.problem(in: xpath) == nil:
            return ProgramError(
                "the XPath names a prefix, and this page is HTML, whose elements have none: write the name alone"
            )
        default:
            return XPathNames.problem(in: xpath)
                ?? ProgramError("the XPath cannot be evaluated", offset: Int(error.int1))
        }
    }

    /// Whether an XPath compiles, and names only functions and prefixes that there are.
    ///
    /// - Throws: `ProgramError` with the place when it does not.
    package static func checkXPath(_ xpath: String) throws(ProgramError) {
        guard let context = xmlXPathNewContext(nil) else { return }
        defer { xmlXPathFreeContext(context) }
        // With a handler of the context's own, libxml2 would leave its words out.
        xmlSetStructuredErrorFunc(nil) { _, _ in }
        xmlResetLastError()
        if let compiled = xmlXPathCtxtCompile(context, xpath) {
            xmlXPathFreeCompExpr(compiled)
            if let problem = XPathNames.problem(in: xpath) { throw problem }
            return
        }
        guard let error = xmlGetLastError()?.pointee, let message = error.message else {
            throw ProgramError("it cannot be read", offset: 0)
        }
        let words = String(cString: message).trimmed()
        throw ProgramError(
            (words.hasPrefix("XPath: ") ? String(words.dropFirst("XPath: ".count)) : words).lowercased(),
            offset: Int(error.int1))
    }
}

/// What is selected of a page: a node, an attribute, or a text that an XPath computes.
package enum HTMLSelection {
    case node(PageTree.Node)
    case attribute(SelectedAttribute, value: String)
    case text(String)

    /// Where it stands in the page; nil for a text that an XPath computes.
    var node: PageTree.Node? {
        switch self {
        case .node(let node): node
        case .attribute(let attribute, _): attribute.element
        case .text: nil
        }
    }
}

/// Which attribute is selected.
package struct SelectedAttribute: Sendable {
    /// Its name as the parser gives it.
    package let name: String
    /// The element that has it; nil for one that belongs to none, as a function of XPath may make it.
    package let element: PageTree.Node?
}

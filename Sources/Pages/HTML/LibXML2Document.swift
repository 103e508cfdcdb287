internal import CLibXML2
internal import Programs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension HTMLTree {
    /// The page as a document of libxml2, for its XPath and its serialiser.
    ///
    /// It has no namespaces: SVG and MathML are found by their names, as in most tools that read pages.
    /// What a `template` holds is no part of it, as it is none of the page for a browser's selectors.
    ///
    /// - Returns: a document that the caller frees.
    /// - Throws: when there is no memory for it.
    func libxml2Document() throws(ProgramError) -> xmlDocPtr {
        guard var writer = LibXML2Writer(self) else { throw ProgramError("out of memory") }
        guard writer.write() else {
            xmlFreeDoc(writer.document)
            throw ProgramError("out of memory")
        }
        return writer.document
    }
}

/// Makes libxml2's nodes. They are linked here: libxml2 would look for the last one each time.
private struct LibXML2Writer {
    let tree: HTMLTree
    let document: xmlDocPtr
    private let dictionary: xmlDictPtr
    /// The dictionary's names, by their numbers.
    private var names: [UnsafePointer<xmlChar>?]
    private let idName: Int32?
    /// A dictionary of libxml2 grows slow where a page has more names than any page needs.
    private static let dictionaryLimit = 4_096

    init?(_ tree: HTMLTree) {
        guard let document = htmlNewDocNoDtD(nil, nil) else { return nil }
        guard let dictionary = xmlDictCreate() else {
            xmlFreeDoc(document)
            return nil
        }
        // The document frees it.
        document.pointee.dict = dictionary
        document.pointee.encoding = UnsafePointer(xmlStrdup("UTF-8"))
        self.tree = tree
        self.document = document
        self.dictionary = dictionary
        names = Array(repeating: nil, count: min(tree.names.count, Self.dictionaryLimit))
        let id = Array("id".utf8)
        idName = (0..<Int32(tree.names.count)).first { tree.names[$0].elementsEqual(id) }
    }

    /// - Returns: false when memory has run out.
    mutating func write() -> Bool {
        if let doctype = tree.doctype { writeDoctype(doctype) }
        // The nodes above the next one, as the document knows them.
        var parents = [UnsafeMutableRawPointer(document).assumingMemoryBound(to: xmlNode.self)]
        var next = tree.next(after: HTMLTree.document, below: HTMLTree.document)
        while let (node, step) = next {
            // A step down leads into the node that was added last.
            if step <= 0 { parents.removeLast(1 - step) }
            guard let parent = parents.last, let made = make(node) else { return false }
            if made.pointee.type != XML_DTD_NODE { append(made, to: parent) }
            parents.append(made)
            next = tree.next(after: node, below: HTMLTree.document)
        }
        return true
    }

    private func append(_ node: xmlNodePtr, to parent: xmlNodePtr) {
        node.pointee.parent = parent
        if let last = parent.pointee.last {
            last.pointee.next = node
            node.pointee.prev = last
        } else {
            parent.pointee.children = node
        }
        parent.pointee.last = node
    }

    private mutating func make(_ node: HTMLTree.NodeID) -> xmlNodePtr? {
        switch tree[node].kind {
        case .element: return element(node)
        case .text: return withText(tree.text(of: node), xmlNewDocText(document, nil))
        case .comment: return withText(tree.text(of: node), xmlNewDocComment(document, nil))
        case .doctype:
            return document.pointee.intSubset.map {
                UnsafeMutableRawPointer($0).assumingMemoryBound(to: xmlNode.self)
            }
        case .document, .templateContent: return nil
        }
    }

    private mutating func element(_ node: HTMLTree.NodeID) -> xmlNodePtr? {
        guard let name = name(tree[node].name),
            let element = xmlNewDocNodeEatName(document, nil, UnsafeMutablePointer(mutating: name), nil)
        else { return nil }
        var last: xmlAttrPtr?
        for attribute in tree.attributes(of: node) {
            // libxml2's own function would look its name up in the dictionary each time.
            guard let made = calloc(1, MemoryLayout<xmlAttr>.size)?.assumingMemoryBound(to: xmlAttr.self)
            else {
                return nil
            }
            made.pointee.type = XML_ATTRIBUTE_NODE
            made.pointee.doc = document
            made.pointee.parent = element
            made.pointee.prev = last
            if let last { last.pointee.next = made } else { element.pointee.properties = made }
            last = made
            guard let name = self.name(attribute.name),
                let value = withText(tree.value(of: attribute), xmlNewDocText(document, nil))
            else { return nil }
            made.pointee.name = name
            made.pointee.children = value
            made.pointee.last = value
            value.pointee.parent = UnsafeMutableRawPointer(made).assumingMemoryBound(to: xmlNode.self)
            if attribute.name == idName { xmlAddID(nil, document, value.pointee.content, made) }
        }
        return element
    }

    private func withText(_ text: ArraySlice<UInt8>, _ node: xmlNodePtr?) -> xmlNodePtr? {
        guard let node else { return nil }
        node.pointee.content = text.withUnsafeBufferPointer { text in
            text.isEmpty ? xmlStrdup("") : xmlStrndup(text.baseAddress, Int32(text.count))
        }
        return node.pointee.content == nil ? nil : node
    }

    /// libxml2's own name for a number; the node that gets it frees it, unless it is in the dictionary.
    private mutating func name(_ number: Int32) -> UnsafePointer<xmlChar>? {
        guard Int(number) < names.count else {
            return tree.names[number].withUnsafeBufferPointer {
                UnsafePointer(xmlStrndup($0.baseAddress, Int32($0.count)))
            }
        }
        if let known = names[Int(number)] { return known }
        let name = tree.names[number].withUnsafeBufferPointer {
            xmlDictLookup(dictionary, $0.baseAddress, Int32($0.count))
        }
        names[Int(number)] = name
        return name
    }

    private func writeDoctype(_ doctype: HTMLTree.Doctype) {
        func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        _ = xmlCreateIntSubset(
            document, text(doctype.name) ?? "", text(doctype.publicID), text(doctype.systemID))
    }
}

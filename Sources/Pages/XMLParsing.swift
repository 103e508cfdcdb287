internal import CLibXML2
import Programs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A document of XML in UTF-8, whatever encoding it declares; whole, or refused. Its elements keep their names as written; CDATA
/// is text; nothing outside the document is opened.
///
/// - Returns: a document that the caller has to free.
/// - Throws: with the line, for what is no XML, and for one that holds more than can be read.
func parsedXML(_ utf8: [UInt8]) throws(ProgramError) -> xmlDocPtr {
    xmlInitParser()
    // Everywhere the same answer: there is nothing outside.
    xmlSetExternalEntityLoader { _, _, _ in nil }
    guard let parser = xmlNewParserCtxt() else { throw ProgramError("out of memory") }
    defer { xmlFreeParserCtxt(parser) }
    let text = XMLText.mended(utf8)
    let options =
        XML_PARSE_NOENT.rawValue | XML_PARSE_NOCDATA.rawValue | XML_PARSE_NONET.rawValue
        | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue | XML_PARSE_COMPACT.rawValue
        | XML_PARSE_IGNORE_ENC.rawValue
    let parsed = text.withUnsafeBytes { buffer in
        xmlCtxtReadMemory(
            parser, buffer.bindMemory(to: CChar.self).baseAddress, Int32(clamping: buffer.count), nil,
            "UTF-8",
            Int32(options))
    }
    guard let parsed, parser.pointee.wellFormed == 1, parser.pointee.disableSAX == 0 else {
        let problem = xmlProblem(parser.pointee.lastError)
        if let parsed { xmlFreeDoc(parsed) }
        throw problem
    }
    return parsed
}

private func xmlProblem(_ error: xmlError) -> ProgramError {
    let line = "line \(error.line)"
    switch xmlParserErrors(UInt32(error.code)) {
    case XML_ERR_ENTITY_LOOP:
        return ProgramError(
            "the XML cannot be read: at \(line) its entities stand in one another or grow without bounds")
    case XML_ERR_ENTITY_PROCESSING, XML_ERR_UNDECLARED_ENTITY, XML_IO_LOAD_ERROR:
        return ProgramError("the XML cannot be read: at \(line) it names an entity that stands outside of it")
    case XML_ERR_DOCUMENT_EMPTY: return ProgramError("the XML cannot be read: it holds no element")
    case XML_ERR_INTERNAL_ERROR, XML_ERR_NAME_TOO_LONG:
        return ProgramError(
            "the XML cannot be read whole: at \(line) it nests deeper than 256 levels or is too long")
    case XML_ERR_NO_MEMORY: return ProgramError("the XML needs more memory than there is")
    default:
        let words = error.message.map { String(cString: $0).trimmed() } ?? "it is no XML"
        return ProgramError("the XML cannot be read: at \(line): \(words)")
    }
}

/// The prefixes that a document declares, and the names that they stand for; of equal prefixes the first. Elements of a default
/// namespace lose it, so that XPath finds them by their names as written.
func prefixesAsWritten(in document: xmlDocPtr) -> [(prefix: String, name: String)] {
    var found: [(prefix: String, name: String)] = []
    var known: Set<String> = []
    var next = xmlDocGetRootElement(document)
    while let node = next {
        if node.pointee.type == XML_ELEMENT_NODE {
            var declaration = node.pointee.nsDef
            while let current = declaration {
                if let prefix = current.pointee.prefix.map({ String(cString: $0) }),
                    known.insert(prefix).inserted
                {
                    found.append((prefix, current.pointee.href.map { String(cString: $0) } ?? ""))
                }
                declaration = current.pointee.next
            }
            if let namespace = node.pointee.ns, namespace.pointee.prefix == nil { node.pointee.ns = nil }
        }
        next = following(node)
    }
    return found
}

/// The next node in the order of the document.
private func following(_ node: xmlNodePtr) -> xmlNodePtr? {
    if node.pointee.type == XML_ELEMENT_NODE, let child = node.pointee.children { return child }
    var current: xmlNodePtr? = node
    while let place = current, place.pointee.type != XML_DOCUMENT_NODE {
        if let next = place.pointee.next { return next }
        current = place.pointee.parent
    }
    return nil
}

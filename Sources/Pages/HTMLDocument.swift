internal import CLibXML2
package import Programs

/// A page as libxml2's tree, for XPath, and as a flat table of its nodes, for everything else.
///
/// Not `Sendable`: libxml2 changes a document even while it is read.
package final class HTMLDocument {
    let document: xmlDocPtr
    /// The page's nodes in a flat table; valid as long as the document.
    package let tree: PageTree
    let context: xmlXPathContextPtr
    /// What the functions of XPath that are ours need while a query runs.
    let query = XPathQuery()

    /// Reads a page, however badly it is written, as browsers read it.
    ///
    /// - Parameter encoding: the label that the server gave; without it the page itself and its bytes decide.
    /// - Throws: for one in an unknown character set, and for one that cannot be read to its end.
    package convenience init(_ bytes: [UInt8], encoding: String? = nil) throws(ProgramError) {
        try self.init(utf8: pageText(bytes, said: encoding).utf8)
    }

    /// Reads a page that is text already, as browsers read it.
    ///
    /// - Throws: for one that cannot be read to its end.
    package convenience init(utf8 bytes: [UInt8]) throws(ProgramError) {
        xmlInitParser()
        try self.init(try HTMLTree(reading: bytes).libxml2Document(), prefixes: [])
    }

    /// Reads XML that is text already. Its elements keep their names as written, with their prefixes.
    ///
    /// - Throws: with the line, for what is no XML, and for one that cannot be read to its end.
    package convenience init(xml utf8: [UInt8]) throws(ProgramError) {
        let parsed = try parsedXML(utf8)
        try self.init(parsed, prefixes: prefixesAsWritten(in: parsed))
    }

    /// - Parameters:
    ///   - parsed: a document that is freed with this.
    ///   - prefixes: those that XPath may name elements by, and what they stand for.
    private init(_ parsed: xmlDocPtr, prefixes: [(prefix: String, name: String)]) throws(ProgramError) {
        guard let context = xmlXPathNewContext(parsed) else {
            xmlFreeDoc(parsed)
            throw ProgramError("out of memory")
        }
        document = parsed
        tree = PageTree(parsed)
        self.context = context
        prepareXPath(prefixes)
    }

    deinit {
        xmlXPathFreeContext(context)
        xmlFreeDoc(document)
    }

    /// Loads what the library loads when it is first used: a sealed process can open no file any more.
    package static func prepare() { xmlInitParser() }
}

import Encodings
package import Programs
package import Values

/// What came as a page, read as what it is.
package enum PageContent {
    /// HTML or XML, from which is selected.
    case document(HTMLDocument)
    case data(Value)
    /// Plain text, with its lines as they are.
    case text(String)

    /// - Throws: for what is no page, and for one that cannot be read whole.
    package init(_ page: ServedPage) throws(ProgramError) {
        let kind = try page.kind()
        let text = try pageText(
            page.bytes, said: page.type.charset, namesItself: kind == .html || kind == .xml)
        switch kind {
        case .html: self = .document(try HTMLDocument(utf8: text.utf8))
        case .xml: self = .document(try HTMLDocument(xml: text.utf8))
        case .json: self = .data(try PageContent.json(text.utf8))
        case .text: self = .text(String(decoding: text.utf8, as: UTF8.self))
        }
    }

    /// What a WEB_SCRAPE step wants of it.
    ///
    /// - Parameters:
    ///   - base: the url of the page, from which its links are seen; empty where it has none.
    ///   - fields: as `PageReader` takes them.
    /// - Throws: for a selector that cannot be read, and for one where there is nothing to select from.
    package func read(base: String, _ fields: MapValue) throws(ProgramError) -> Value {
        switch self {
        case .document(let document): return try PageReader(document: document, base: base).read(fields)
        case .data(let value):
            try refuseStructure("JSON", "take its parts by their names, without `select`", fields)
            // These fields ask for a text, whatever comes.
            let wantsText = fields["format"] != nil || fields["main"] != nil
            return wantsText ? .string(JSON.text(value)) : value
        case .text(let text):
            try refuseStructure("plain text", "leave `select` out and take the whole text", fields)
            return .string(text)
        }
    }

    /// The fields that want elements.
    private static let structural = ["select", "links", "tables", "metadata"]

    private func refuseStructure(_ name: String, _ mend: String, _ fields: MapValue) throws(ProgramError) {
        let wanted = PageContent.structural.first { field in
            fields[field].map { $0.asBool != false && !$0.isNull } ?? false
        }
        guard let wanted else { return }
        throw ProgramError("the page is \(name), which has no elements for `\(wanted)`: \(mend)")
    }

    private static func json(_ utf8: [UInt8]) throws(ProgramError) -> Value {
        do throws(JSONError) { return try JSON.parse(bytes: utf8) } catch {
            let before = utf8.prefix(error.offset)
            let line = before.count { $0 == 0x0A } + 1
            throw ProgramError(
                "the page says that it is JSON, and cannot be read as it at line \(line): \(error.reason)")
        }
    }
}

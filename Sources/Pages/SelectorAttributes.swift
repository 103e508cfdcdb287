internal import CLibXML2
import Encodings
import Programs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A condition on an attribute, ready to be asked of many elements: names and values are compared as bytes.
struct AttributeTest {
    /// The whole name with its prefix, or what stands behind the prefix where any will do; ends in a zero.
    private let name: [CChar]
    private let hasAnyPrefix: Bool
    private let comparison: AttributeCondition.Comparison?
    private let value: [UInt8]
    private let foldsCapitals: Bool
    private let isHTML: Bool

    /// - Parameter isHTML: whether names are in small letters, and some values compared without capitals.
    init(_ condition: AttributeCondition, isHTML: Bool) {
        self.isHTML = isHTML
        let local = isHTML ? condition.name.lowercased() : condition.name
        switch condition.prefix {
        case .unsaid, .none: name = Array(local.utf8CString)
        case .named(let prefix): name = Array((prefix + ":" + local).utf8CString)
        case .any: name = Array(local.utf8CString)
        }
        // To HTML a colon is a character of the name like others.
        hasAnyPrefix = condition.prefix == .any && !isHTML
        comparison = condition.comparison
        switch condition.capitals {
        case .count: foldsCapitals = false
        case .doNotCount: foldsCapitals = true
        case .asUsual: foldsCapitals = isHTML && HTMLAttributes.withoutCapitals.contains(local)
        }
        value = foldsCapitals ? condition.value.utf8.map(smallLetter) : Array(condition.value.utf8)
    }

    /// `.name` or `#name`.
    init(word: String, in name: String, isOne: Bool) {
        self.init(
            AttributeCondition(
                name: name, comparison: isOne ? .hasWord : .equal, value: word, capitals: .count),
            isHTML: false)
    }

    func holds(_ element: PageTree.Node, in tree: PageTree) -> Bool {
        var next = tree.pointer(element).pointee.properties
        while let attribute = next {
            if isMeant(attribute) { return withValue(of: attribute, compares) }
            next = attribute.pointee.next
        }
        return comparison == .differs
    }

    private func isMeant(_ attribute: xmlAttrPtr) -> Bool {
        name.withUnsafeBufferPointer { wanted in
            guard let wanted = wanted.baseAddress, let own = attribute.pointee.name else { return false }
            let local = UnsafeRawPointer(own).assumingMemoryBound(to: CChar.self)
            // Only attributes of SVG and MathML have capitals: `viewBox`.
            if isHTML, attribute.pointee.ns == nil { return strcasecmp(local, wanted) == 0 }
            if hasAnyPrefix {
                let behindColon = strrchr(local, Int32(UInt8(ascii: ":"))).map { UnsafePointer($0 + 1) }
                return strcmp(behindColon ?? local, wanted) == 0
            }
            guard let prefix = attribute.pointee.ns?.pointee.prefix else { return strcmp(local, wanted) == 0 }
            let start = UnsafeRawPointer(prefix).assumingMemoryBound(to: CChar.self)
            let length = strlen(start)
            return strncmp(start, wanted, length) == 0 && wanted[length] == CChar(UInt8(ascii: ":"))
                && strcmp(local, wanted + length + 1) == 0
        }
    }

    private func compares(_ found: UnsafeBufferPointer<UInt8>) -> Bool {
        switch comparison {
        case nil: return true
        case .equal: return isSame(found[...])
        case .differs: return !isSame(found[...])
        case .hasWord: return hasWord(found)
        case .hasLanguage:
            guard isSame(found.prefix(value.count)) else { return false }
            return found.count == value.count || found[value.count] == UInt8(ascii: "-")
        case .begins: return !value.isEmpty && isSame(found.prefix(value.count))
        case .ends: return !value.isEmpty && isSame(found.suffix(value.count))
        case .holds: return !value.isEmpty && holdsValue(found)
        }
    }

    private func isSame(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard bytes.count == value.count else { return false }
        return foldsCapitals
            ? zip(bytes, value).allSatisfy { smallLetter($0) == $1 } : bytes.elementsEqual(value)
    }

    private func hasWord(_ found: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !value.isEmpty else { return false }
        var start = 0
        while start < found.count {
            let end = found[start...].firstIndex(where: isBlank) ?? found.count
            if end - start == value.count, isSame(found[start..<end]) { return true }
            start = end + 1
        }
        return false
    }

    private func holdsValue(_ found: UnsafeBufferPointer<UInt8>) -> Bool {
        guard found.count >= value.count else { return false }
        return (0...found.count - value.count).contains { isSame(found[$0..<$0 + value.count]) }
    }
}

/// The value of an attribute in UTF-8, without a copy where it is in one piece.
private func withValue(of attribute: xmlAttrPtr, _ body: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
    guard let child = attribute.pointee.children else {
        return body(UnsafeBufferPointer(start: nil, count: 0))
    }
    if child.pointee.next == nil, let content = child.pointee.content {
        return body(UnsafeBufferPointer(start: content, count: Int(xmlStrlen(content))))
    }
    return Array(PageTree.value(attribute).utf8).withUnsafeBufferPointer(body)
}

enum HTMLAttributes {
    /// Attributes of HTML whose values selectors compare without capitals.
    static let withoutCapitals: Set<String> = [
        "accept", "accept-charset", "align", "alink", "axis", "bgcolor", "charset", "checked", "clear",
        "codetype", "color", "compact", "declare", "defer", "dir", "direction", "disabled", "enctype", "face",
        "frame", "hreflang", "http-equiv", "lang", "language", "link", "media", "method", "multiple",
        "nohref",
        "noresize", "noshade", "nowrap", "readonly", "rel", "rev", "rules", "scope", "scrolling", "selected",
        "shape", "target", "text", "type", "valign", "valuetype", "vlink",
    ]
}

/// What elements of a name are for, as far as the main text asks.
enum MainTextRole: UInt8 {
    /// Stands in a line of text.
    case inline
    case link
    case lineBreak
    case paragraph
    case heading
    case list
    case item
    case quote
    case preformatted
    case table
    case cell
    case figure
    case caption
    /// A box of any kind: what stands in it decides what it is.
    case box
    case article
    case header
    case footer
    case aside
    case navigation
    case form
    /// Holds nothing that is read as text.
    case never

    init(_ name: String) {
        switch name {
        case "a": self = .link
        case "br": self = .lineBreak
        case "p": self = .paragraph
        case "h1", "h2", "h3", "h4", "h5", "h6", "legend": self = .heading
        case "ul", "ol", "dl": self = .list
        case "li", "dd", "dt": self = .item
        case "blockquote": self = .quote
        case "pre": self = .preformatted
        case "table", "tbody", "thead", "tfoot", "tr": self = .table
        case "td", "th": self = .cell
        case "figure": self = .figure
        case "figcaption", "caption": self = .caption
        case "div", "section", "body", "html", "center", "address", "details", "summary", "fieldset",
            "hgroup",
            "dialog", "hr":
            self = .box
        case "article", "main": self = .article
        case "header": self = .header
        case "footer": self = .footer
        case "aside": self = .aside
        case "nav", "menu": self = .navigation
        case "form": self = .form
        case "script", "style", "noscript", "template", "head", "svg", "math", "iframe", "object", "embed",
            "audio",
            "video", "canvas", "button", "select", "option", "textarea", "input", "datalist", "applet", "map",
            "frameset", "noframes", "meter", "progress", "title", "meta", "link":
            self = .never
        default: self = .inline
        }
    }

    /// Whether its text stands in lines of its own.
    var isBlock: Bool {
        switch self {
        case .inline, .link, .lineBreak, .never: false
        case .paragraph, .heading, .list, .item, .quote, .preformatted, .table, .cell, .figure, .caption,
            .box,
            .article, .header, .footer, .aside, .navigation, .form:
            true
        }
    }

    /// Whether it groups what belongs to the text around it, so that the text is no farther away for it.
    var isGroup: Bool {
        switch self {
        case .list, .item, .quote, .preformatted, .figure, .paragraph, .heading, .caption: true
        case .inline, .link, .lineBreak, .table, .cell, .box, .article, .header, .footer, .aside, .navigation,
            .form,
            .never:
            false
        }
    }
}

/// How much text there is, and of what kind.
struct TextMeasure {
    /// Letters and signs without blanks. One of Chinese or Japanese says as much as two others.
    var length: Int32 = 0
    /// How much of it stands in links.
    var linked: Int32 = 0
    /// Signs that end a sentence.
    var stops: Int32 = 0
    /// Signs inside a sentence.
    var commas: Int32 = 0
    /// How often it speaks of cookies.
    var cookies: Int32 = 0

    static func += (left: inout TextMeasure, right: TextMeasure) {
        left.length &+= right.length
        left.linked &+= right.linked
        left.stops &+= right.stops
        left.commas &+= right.commas
        left.cookies &+= right.cookies
    }

    init() {}

    init(_ bytes: UnsafeBufferPointer<UInt8>, isLinked: Bool) {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte < 0x80 {
                guard byte > 0x20 else { continue }
                length &+= 1
                switch byte {
                case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"):
                    // In numbers and names a dot ends nothing.
                    if index == bytes.count || bytes[index] <= 0x22 || bytes[index] >= 0x80 { stops &+= 1 }
                case UInt8(ascii: ","), UInt8(ascii: ";"): commas &+= 1
                case UInt8(ascii: "k"): if TextMeasure.isCookie(bytes, index - 1) { cookies &+= 1 }
                default: break
                }
            } else if byte >= 0xC0 {
                measureWide(bytes, index - 1)
            }
        }
        if isLinked { linked = length }
    }

    /// Whether the letter k at a place stands in the word "cookie", as most languages write it.
    private static func isCookie(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int) -> Bool {
        place >= 3 && place + 2 < bytes.count && bytes[place - 1] == UInt8(ascii: "o")
            && bytes[place - 2] == UInt8(ascii: "o") && bytes[place - 3] | 0x20 == UInt8(ascii: "c")
            && bytes[place + 1] == UInt8(ascii: "i") && bytes[place + 2] == UInt8(ascii: "e")
    }

    /// A sign of several bytes.
    private mutating func measureWide(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) {
        let first = bytes[start]
        // The blank that does not break, and the hyphen that is not shown.
        if first == 0xC2, start + 1 < bytes.count, bytes[start + 1] == 0xA0 || bytes[start + 1] == 0xAD {
            return
        }
        length &+= first >= 0xE3 && first <= 0xED ? 2 : 1
        guard first == 0xE3 || first == 0xEF || first == 0xD8 || first == 0xE0, start + 1 < bytes.count else {
            return
        }
        let second = bytes[start + 1]
        let third = start + 2 < bytes.count ? bytes[start + 2] : 0
        switch (first, second, third) {
        case (0xE3, 0x80, 0x82), (0xEF, 0xBC, 0x81), (0xEF, 0xBC, 0x9F), (0xD8, 0x9F, _), (0xE0, 0xA5, 0xA4):
            stops &+= 1
        case (0xE3, 0x80, 0x81), (0xEF, 0xBC, 0x8C), (0xD8, 0x8C, _): commas &+= 1
        default: break
        }
    }

    var linkDensity: Float { length == 0 ? 0 : Float(linked) / Float(length) }

    /// How much it is worth as text that is read: its length without links, less where nothing ends a sentence.
    var prose: Float {
        guard length > 0 else { return 0 }
        let density = linkDensity
        guard density < 0.6 else { return 0 }
        var worth = Float(length - linked) * (1 - density)
        if stops == 0 {
            if commas == 0 { worth *= length < 50 ? 0 : 0.3 } else { worth *= 0.6 }
        } else if length < 25 {
            worth *= 0.3
        }
        // A notice about cookies, rather than the text that the page is for.
        if cookies > 0, length < 600 { worth *= 0.2 }
        return worth
    }
}

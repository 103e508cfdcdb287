/// The elements that the rules for building a tree name; all others are `other`.
///
/// A switch over tags has a `default` where the standard says "anything else": the tags are the names that
/// the standard happens to mention, not a closed list of kinds.
package enum HTMLTag: UInt8, CaseIterable, Sendable {
    case other
    case a, address, applet, area, article, aside, b, base, basefont, bgsound, big, blockquote, body, br
    case button, caption, center, code, col, colgroup, dd, desc, details, dialog, dir, div, dl, dt, em, embed
    case fieldset, figcaption, figure, font, footer, form, frame, frameset, h1, h2, h3, h4, h5, h6, head
    case header, hgroup, hr, html, i, iframe, image, img, input, keygen, li, link, listing, main, malignmark
    case marquee, math, menu, meta, mglyph, mi, mn, mo, ms, mtext, nav, nobr, noembed, noframes, noscript
    case object, ol, optgroup, option, p, param, plaintext, pre, rb, rp, rt, rtc, ruby, s, script, search
    case section, select, small, source, span, strike, strong, style, sub, summary, sup, svg, table, tbody
    case td, template, textarea, tfoot, th, thead, title, tr, track, tt, u, ul, `var`, wbr, xmp
    case annotationXML, foreignObject

    /// The name in small letters; empty for `other`.
    var name: String {
        switch self {
        case .other: ""
        case .annotationXML: "annotation-xml"
        case .foreignObject: "foreignobject"
        // All others are called here as they are in HTML.
        default: String(describing: self)
        }
    }

    /// Its place among all, which is the number of its name in `HTMLNames` too.
    var number: Int { Int(rawValue) }

    /// Whether this element of HTML begins something of its own, so that an end tag above it says nothing
    /// about what is open below: the standard calls it special.
    var isSpecial: Bool {
        switch self {
        case .address, .applet, .area, .article, .aside, .base, .basefont, .bgsound, .blockquote, .body, .br,
            .button, .caption, .center, .col, .colgroup, .dd, .details, .dir, .div, .dl, .dt, .embed,
            .fieldset, .figcaption, .figure, .footer, .form, .frame, .frameset, .h1, .h2, .h3, .h4, .h5, .h6,
            .head, .header, .hgroup, .hr, .html, .iframe, .img, .input, .keygen, .li, .link, .listing, .main,
            .marquee, .menu, .meta, .nav, .noembed, .noframes, .noscript, .object, .ol, .p, .param,
            .plaintext, .pre, .script, .search, .section, .select, .source, .style, .summary, .table, .tbody,
            .td, .template, .textarea, .tfoot, .th, .thead, .title, .tr, .track, .ul, .wbr, .xmp:
            true
        default: false
        }
    }

    /// Whether the search for an open element ends at this element of HTML.
    var endsScope: Bool {
        switch self {
        case .applet, .caption, .html, .table, .td, .th, .marquee, .object, .select, .template: true
        default: false
        }
    }

    /// Whether an element of SVG or MathML is special, and ends the search for an open element.
    func endsForeignScope(in namespace: HTMLNamespace) -> Bool {
        switch (namespace, self) {
        case (.svg, .foreignObject), (.svg, .desc), (.svg, .title): true
        case (.mathML, .mi), (.mathML, .mo), (.mathML, .mn), (.mathML, .ms), (.mathML, .mtext),
            (.mathML, .annotationXML):
            true
        default: false
        }
    }

    var isHeading: Bool {
        switch self {
        case .h1, .h2, .h3, .h4, .h5, .h6: true
        default: false
        }
    }

    /// Whether text inside is moved out, before the table.
    var takesNoText: Bool {
        switch self {
        case .table, .tbody, .tfoot, .thead, .tr: true
        default: false
        }
    }

    /// Whether an open element of this name may end without an end tag.
    var mayEndImplied: Bool {
        switch self {
        case .dd, .dt, .li, .optgroup, .option, .p, .rb, .rp, .rt, .rtc: true
        default: false
        }
    }

    /// Whether an open element of this name ends without an end tag where a template ends.
    var mayEndImpliedThoroughly: Bool {
        switch self {
        case .caption, .colgroup, .tbody, .td, .tfoot, .th, .thead, .tr: true
        default: mayEndImplied
        }
    }

    /// Whether this start tag ends all SVG and MathML that is open: it can only be meant as HTML.
    var breaksOutOfForeignContent: Bool {
        switch self {
        case .b, .big, .blockquote, .body, .br, .center, .code, .dd, .div, .dl, .dt, .em, .embed, .h1, .h2,
            .h3, .h4, .h5, .h6, .head, .hr, .i, .img, .li, .listing, .menu, .meta, .nobr, .ol, .p, .pre,
            .ruby, .s, .small, .span, .strong, .strike, .sub, .sup, .table, .tt, .u, .ul, .var:
            true
        default: false
        }
    }
}

/// Which language an element belongs to.
package enum HTMLNamespace: UInt8, Sendable {
    case html, svg, mathML
}

/// What an element of HTML is to those who write a page out.
package enum ElementRole: UInt8, Sendable {
    /// What a browser does not show.
    case hidden
    /// What stands in a line and means nothing more: `span`, and every element that HTML does not know.
    case inline
    /// What begins a line of its own and ends it.
    case block
    case paragraph
    case heading
    case bullets
    case numbers
    case item
    case term
    case definition
    case quote
    case preformatted
    case rule
    case table
    case rowGroup
    case row
    case cell
    case caption
    case lineBreak
    case link
    case image
    case input
    case strong
    case emphasis
    case deleted
    case code
    /// What Markdown has no mark for, and writes as the element of HTML that it is: `sub`, `kbd` and the
    /// like.
    case kept

    /// The role of an element by its name; `inline` for one that HTML does not know.
    init(name: String) { self = ElementRole.roles[name] ?? .inline }

    private static let names: [(ElementRole, [String])] = [
        (
            .hidden,
            [
                "annotation", "annotation-xml", "audio", "canvas", "datalist", "embed", "head", "iframe",
                "noembed", "noframes", "noscript", "object", "rp", "script", "style", "svg", "template",
                "video",
            ]
        ),
        (
            .block,
            [
                "address", "article", "aside", "body", "center", "details", "dialog", "div", "dl", "fieldset",
                "figcaption", "figure", "footer", "form", "frameset", "header", "hgroup", "html", "legend",
                "main", "nav", "optgroup", "option", "search", "section", "summary",
            ]
        ),
        (.paragraph, ["p"]),
        (.heading, ["h1", "h2", "h3", "h4", "h5", "h6"]),
        (.bullets, ["dir", "menu", "ul"]),
        (.numbers, ["ol"]),
        (.item, ["li"]),
        (.term, ["dt"]),
        (.definition, ["dd"]),
        (.quote, ["blockquote"]),
        (.preformatted, ["listing", "plaintext", "pre", "textarea", "xmp"]),
        (.rule, ["hr"]),
        (.table, ["table"]),
        (.rowGroup, ["tbody", "tfoot", "thead"]),
        (.row, ["tr"]),
        (.cell, ["td", "th"]),
        (.caption, ["caption"]),
        (.lineBreak, ["br"]),
        (.link, ["a"]),
        (.image, ["img"]),
        (.input, ["input"]),
        (.strong, ["b", "strong"]),
        (.emphasis, ["em", "i"]),
        (.deleted, ["del", "s", "strike"]),
        (.code, ["code", "samp", "tt"]),
        (.kept, ["ins", "kbd", "mark", "q", "sub", "sup", "u"]),
    ]

    private static let roles = Dictionary(
        uniqueKeysWithValues: names.flatMap { role, names in names.map { ($0, role) } })
}

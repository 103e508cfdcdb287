/// The names that HTML has for ASCII and Latin-1 characters.
enum Entities {
    /// Longer names are not looked for.
    static let longestName = 8

    /// Characters by the bytes of their names, the first byte highest.
    static let scalars: [UInt64: Unicode.Scalar] = {
        var scalars: [UInt64: Unicode.Scalar] = [:]
        for (number, name) in latin.split(whereSeparator: \.isWhitespace).enumerated() {
            scalars[key(name)] = Unicode.Scalar(UInt32(0xA0 + number))
        }
        for (character, names) in ascii {
            for name in names.split(separator: " ") { scalars[key(name)] = character }
        }
        return scalars
    }()

    private static func key(_ name: Substring) -> UInt64 { name.utf8.reduce(0) { $0 << 8 | UInt64($1) } }

    private static let ascii: [(Unicode.Scalar, String)] = [
        ("\t", "Tab"), ("\n", "NewLine"), ("!", "excl"), ("\"", "quot QUOT"), ("#", "num"),
        ("$", "dollar"), ("%", "percnt"), ("&", "amp AMP"), ("'", "apos"), ("(", "lpar"),
        (")", "rpar"), ("*", "ast"), ("+", "plus"), (",", "comma"), (".", "period"), ("/", "sol"),
        (":", "colon"), (";", "semi"), ("<", "lt LT"), ("=", "equals"), (">", "gt GT"),
        ("?", "quest"), ("@", "commat"), ("[", "lsqb lbrack"), ("\\", "bsol"), ("]", "rsqb rbrack"),
        ("^", "Hat"), ("_", "lowbar"), ("`", "grave"), ("{", "lcub lbrace"), ("|", "verbar vert"),
        ("}", "rcub rbrace"),
    ]

    /// U+00A0 to U+00FF in their order.
    private static let latin = """
        nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn
        sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave
        Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc
        Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute
        THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml
        igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave
        uacute ucirc uuml yacute thorn yuml
        """
}

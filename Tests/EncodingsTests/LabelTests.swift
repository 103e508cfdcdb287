import Encodings
import Testing

/// What servers and pages call their encodings.
@Suite(.timeLimit(.minutes(1))) struct LabelTests {
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("iso-8859-1", .windows1252), ("ASCII", .windows1252), ("  Latin1\n", .windows1252),
            ("ISO-8859-9", .windows1254), ("TIS-620", .windows874), ("iso-8859-11", .windows874),
            ("Shift_JIS", .shiftJIS), ("windows-31j", .shiftJIS), ("x-sjis", .shiftJIS), ("GB2312", .gbk),
            ("gb_2312-80", .gbk), ("GB18030", .gb18030), ("x-x-big5", .big5), ("Big5-HKSCS", .big5),
            ("ks_c_5601-1987", .eucKR), ("windows-949", .eucKR), ("unicode", .utf16LittleEndian),
            ("unicodefffe", .utf16BigEndian), ("utf8", .utf8), ("visual", .iso8859Part8),
            ("logical", .iso8859Part8Logical), ("x-mac-ukrainian", .macCyrillic),
        ] as [(String, TextEncoding)])
    func labelsOfTheStandard(label: String, encoding: TextEncoding) {
        #expect(TextEncoding(label: label) == encoding)
    }

    /// What differs from a label only in its punctuation can mean nothing else.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("windows1251", .windows1251), ("win-1251", .windows1251), ("CP-1252", .windows1252),
            ("UTF_8", .utf8), ("utf 8", .utf8), ("shiftjis", .shiftJIS), ("EUC_KR", .eucKR), ("cp936", .gbk),
            ("cp932", .shiftJIS), ("MS950", nil), ("tis620", .windows874), ("iso 8859 15", .iso8859Part15),
            ("klingon", nil), ("", nil), ("utf-32", nil), ("iso-2022-cn", nil), ("windows-9999", nil),
            ("\u{212A}oi8-r", nil),
        ] as [(String, TextEncoding?)])
    func labelsThatAreNearlyOne(label: String, encoding: TextEncoding?) {
        #expect(TextEncoding(label: label) == encoding)
    }

    @Test(.timeLimit(.minutes(1)), arguments: TextEncoding.allCases)
    func eachNameIsALabel(encoding: TextEncoding) {
        #expect(TextEncoding(label: encoding.rawValue) == encoding)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("<meta charset=gbk>", .gbk), ("<META CHARSET = ' Shift_JIS '>", .shiftJIS),
            ("<meta http-equiv=content-type content='text/html; charset=koi8-r'>", .koi8r),
            ("<meta content=\"text/html;charset='big5'\" http-equiv=\"Content-Type\"/>", .big5),
            ("<meta content='charset; charset = euc-jp ;x' http-equiv=Content-Type>", .eucJP),
            ("<?xml version='1.0' encoding='iso-8859-2'?><a>", .iso8859Part2),
            ("<?xml version='1.0' encoding='iso-8859-2'?><meta charset=gbk>", .gbk),
            // In letters of one byte nothing names UTF-16.
            ("<meta charset=utf-16le>", .utf8), ("<?xml version=\"1.0\" encoding=\"UTF-16\"?>", .utf8),
            ("<meta charset=x-user-defined>", .windows1252),
            ("<meta charset=klingon><meta charset=gbk>", .gbk),
            ("<meta name=description content='charset=koi8-r'><meta charset=gbk>", .gbk),
            ("<!-- <meta charset=koi8-r> --><meta charset=gbk>", .gbk), ("<!--><meta charset=gbk>", .gbk),
            ("<script>'<meta charset=koi8-r>'</script><meta charset=gbk>", .gbk),
            ("<title><meta charset=koi8-r></title><meta charset=gbk>", .gbk),
            ("<script charset=koi8-r src=x></script><meta charset=gbk>", .gbk),
            ("<a title='<meta charset=koi8-r>'><meta charset=gbk>", .gbk),
            ("<title>without an end<meta charset=gbk>", .gbk), ("<meta charset=gbk", .gbk),
            ("<p>charset=gbk", nil), ("<metal charset=gbk>", nil),
            ("<meta content='text/html; charset=gbk'>", nil),
            ("<meta charset>", nil), ("<meta charset=", nil), ("<", nil),
            ("<meta http-equiv=content-type content='charset='>", nil),
        ] as [(String, TextEncoding?)])
    func pagesNameTheirs(page: String, encoding: TextEncoding?) {
        let stated = StatedEncoding(of: Array(page.utf8), said: nil, namesItself: true)
        if let encoding {
            #expect(stated == .known(encoding, .text, markLength: 0))
            let far = Array(("<title>" + String(repeating: "x", count: 60_000) + "</title>").utf8)
            if !page.hasPrefix("<?xml") {
                #expect(StatedEncoding(of: far + Array(page.utf8), said: nil, namesItself: true) == stated)
            }
        } else {
            #expect(stated == .nothing)
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoSaysItFirst() {
        let page = Array("<meta charset=gbk>".utf8)
        func stated(_ bytes: [UInt8], _ said: String?) -> StatedEncoding {
            StatedEncoding(of: bytes, said: said, namesItself: true)
        }
        #expect(stated([0xEF, 0xBB, 0xBF] + page, "koi8-r") == .known(.utf8, .mark, markLength: 3))
        #expect(stated([0xFE, 0xFF] + page, "koi8-r") == .known(.utf16BigEndian, .mark, markLength: 2))
        #expect(stated([0xFF, 0xFE] + page, "utf-8") == .known(.utf16LittleEndian, .mark, markLength: 2))
        #expect(stated(page, "koi8-r") == .known(.koi8r, .server, markLength: 0))
        #expect(stated(page, "utf-16") == .known(.utf16LittleEndian, .server, markLength: 0))
        #expect(stated(page, "klingon") == .known(.gbk, .text, markLength: 0))
        #expect(stated([], "klingon") == .unknown(label: "klingon"))
        #expect(stated(Array("<meta charset=elvish>".utf8), nil) == .unknown(label: "elvish"))
        #expect(StatedEncoding(of: page, said: nil, namesItself: false) == .nothing)
    }

    /// A page may be made so that it takes long: each part of it is looked at once.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["<script>", "<!--", "<title><", "<meta charset=", "<a b='", "</", "<a =", "<?", "<a/"])
    func hostilePagesEnd(piece: String) {
        let page = Array(String(repeating: piece, count: 20_000).utf8)
        _ = StatedEncoding(of: page, said: nil, namesItself: true)
        var scan = MarkupScan(page[...])
        var length = 0
        while let text = scan.nextText() { length += text.count }
        #expect(length <= page.count)
    }
}

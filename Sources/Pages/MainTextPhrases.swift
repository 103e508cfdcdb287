/// Words with which short paragraphs begin that are no part of the text around them.
enum MainTextPhrases {
    /// - Parameter density: how much of the text stands in links, from 0 to 1.
    static func isAside(_ text: String, _ density: Float) -> Bool {
        var start = text.lowercased()[...]
        while let first = start.first, !first.isLetter, !first.isNumber, first != "©" { start.removeFirst() }
        let starts = density > 0.2 ? linked + plain : plain
        return starts.contains { start.hasPrefix($0) }
    }

    /// Where links stand in it.
    private static let linked = [
        "read more", "read also", "also read", "related:", "related", "see also", "more:", "more from",
        "more on",
        "click here to", "continue reading", "recommended", "watch:", "read:", "next:", "previous:",
        "follow ", "lesen sie auch", "mehr zum thema", "lesen sie mehr", "siehe auch", "weiterlesen",
        "mehr dazu",
        "lire aussi", "à lire aussi", "voir aussi", "lee también", "leer más", "lea también", "leia também",
        "leia mais", "veja também", "leggi anche", "lees ook", "läs också", "les også", "læs også",
        "czytaj także",
        "czytaj też", "zobacz też", "читайте также", "tags:", "tagged", "filed under", "posted in",
        "categories:",
        "category:", "kategorie", "schlagw", "join our", "sign up", "subscribe", "download our", "don't miss",
    ]

    private static let plain = [
        "advertisement", "anzeige", "werbung", "publicité", "publicidad", "publicidade", "share this",
        "share on",
        "teilen", "sponsored", "copyright ©", "© ", "all rights reserved", "alle rechte vorbehalten",
        "sign up for", "subscribe to", "follow us", "loading...", "image:", "photo:", "photo by", "foto:",
        "bild:",
        "image credit", "getty images", "skip to", "jump to", "this story has been shared", "report a typo",
        "please enable javascript", "your browser does not support", "story continues below",
        "article continues",
    ]
}

import Encodings

/// What the words in an element's class, id and role tell of it. They are hints: what the element holds decides.
struct PageHints: OptionSet {
    let rawValue: UInt32

    /// The text of an article, by two words that say so together, such as "entry" and "content".
    static let body = PageHints(rawValue: 1 << 0)
    /// Something of an article or of a page's content.
    static let content = PageHints(rawValue: 1 << 1)
    static let navigation = PageHints(rawValue: 1 << 2)
    static let sidebar = PageHints(rawValue: 1 << 3)
    static let footer = PageHints(rawValue: 1 << 4)
    static let share = PageHints(rawValue: 1 << 5)
    static let comments = PageHints(rawValue: 1 << 6)
    /// Other articles: related ones, popular ones, those before and after.
    static let related = PageHints(rawValue: 1 << 7)
    /// What asks the reader for something: newsletters, subscriptions, log-ins, searches.
    static let request = PageHints(rawValue: 1 << 8)
    /// Cookie notices, pop-ups, overlays.
    static let overlay = PageHints(rawValue: 1 << 9)
    static let advert = PageHints(rawValue: 1 << 10)
    /// What is said about the article: its author, date, categories, number of comments.
    static let about = PageHints(rawValue: 1 << 11)
    static let tags = PageHints(rawValue: 1 << 12)
    /// The text under a picture, and its source.
    static let caption = PageHints(rawValue: 1 << 13)
    /// For readers of screens only, or not for printing.
    static let unseen = PageHints(rawValue: 1 << 14)
    static let widget = PageHints(rawValue: 1 << 15)
    /// One half of a name for an article's text: "article", "post", "story".
    static let bodyFirst = PageHints(rawValue: 1 << 16)
    /// The other half: "body", "content", "text".
    static let bodySecond = PageHints(rawValue: 1 << 17)

    /// What is no part of a page's main text unless it holds nearly all that the page says.
    static let chrome: PageHints = [
        .navigation, .sidebar, .footer, .share, .comments, .related, .request, .overlay, .advert, .unseen,
    ]
}

/// Reads hints out of the words of class names: `post-content`, `articleBody`, `sidebar_left`.
struct PageHintReader {
    private struct Word {
        let letters: [UInt8]
        let hints: PageHints
        /// Whether longer words that begin with it mean the same.
        let isStem: Bool
    }

    /// The words by their first letter, from `a` on.
    private static let words: [[Word]] = {
        var words = [[Word]](repeating: [], count: 26)
        for (hints, list) in lists {
            for word in list.split(separator: " ") {
                let isStem = word.hasSuffix("*")
                let letters = Array(isStem ? word.dropLast().utf8 : word.utf8)
                words[Int(letters[0] - UInt8(ascii: "a"))].append(
                    Word(letters: letters, hints: hints, isStem: isStem))
            }
        }
        return words
    }()

    private let words = PageHintReader.words

    /// A star stands behind the beginnings of words. The languages are those of most of the web's pages.
    private static let lists: [(PageHints, String)] = [
        (
            .body,
            """
            articlebody articlecontent articletext articlebodytext storybody storycontent storytext postbody \
            postcontent posttext entrycontent entrybody bodytext bodycopy maintext mainbody newsbody newstext \
            newscontent artikeltext artikelinhalt beitragstext contentbody singlecontent blogcontent textbody \
            fulltext articulo cuerponoticia contenidonoticia
            """
        ),
        (
            [.content, .bodyFirst],
            """
            article* post entry story blog news artikel* beitrag* hentry text noticia* nota articolo* single \
            page artykul* artikkel* makale haber
            """
        ),
        (
            [.content, .bodySecond],
            """
            body content* copy inhalt* contenu* contenido* contenuto* conteudo* corps cuerpo* corpo* texte \
            testo tekst* texto* main maincontent detail* prose paragraph* rte wysiwyg richtext markdown
            """
        ),
        (
            .navigation,
            """
            nav navi navbar* navigat* navmenu mainnav topnav subnav sitenav menu* submenu* mainmenu topmenu \
            breadcrumb* breadcrum* crumb* brotkrumen brotkrume pagination paginat* pager pagenav* postnav* toc \
            skip skiplink* skipto* toolbar* topbar* sitemap jumpto krumen ariane menubar sprungnavigation
            """
        ),
        (
            .sidebar,
            "sidebar* sidebox* sidecolumn sidecol aside rail rightrail leftrail rightcol leftcol seitenleiste"
        ),
        (
            .footer,
            "footer* foot fuss* footnav imprint impressum copyright* colophon legal bottombar pagefoot"
        ),
        (
            .share,
            """
            share* sharing sharedaddy social* addthis* addtoany* facebook* twitter* whatsapp* pinterest* \
            shariff* teilen partage* compartir* condividi* sociallinks bookmark* followus follow jetpack likebox \
            ssba sns
            """
        ),
        (
            .comments,
            """
            comment* disqus* kommentar* comentar* commentaire* commenti reply replies respond* discussion* \
            pingback* trackback* livefyre guestbook feedback* coral commento
            """
        ),
        (
            .related,
            """
            related* relacionad* recommend* recirc* outbrain* taboola* similar* aehnlich* ahnliche* zergnet* \
            verwandt* suggest* readmore morefrom morenews morestories popular* trending* mostread mostviewed \
            meistgelesen weiterlesen readnext upnext nextprev prevnext alsolike youmay promo* \
            crosslink* linkbox linklist* upsell* yarpp onward* mehrzum correlat* associes weitere \
            recomend* interessant* interesting* empfehl*
            """
        ),
        (
            .request,
            """
            newsletter* subscri* signup* signin login* logon register registration* optin paywall* donat* \
            spende* abonn* regwall mailchimp mailpoet search* suche* searchform captcha survey poll quiz \
            contactform wpcf cta callout
            """
        ),
        (
            .overlay,
            "cookie* consent* gdpr dsgvo modal* popup* popover* overlay* lightbox* tooltip* dialog* onetrust*"
        ),
        (
            .advert,
            """
            ad ads adv adbox* adslot* advert* adsense* adunit* adcontainer adwrap* adspace* anzeige* werbung* \
            sponsor* dfp doubleclick publicid* publicit* reklam* affiliate* googlead* gpt adholder commercial*
            """
        ),
        (
            .about,
            """
            byline* author* autor* meta metadata* postmeta* entrymeta* postinfo postdate pubdate date datum \
            timestamp* published dateline* publish* avatar biograph* bio profile* vcard infos info rating* \
            ratings vote* views readtime readingtime credits wordcount subline postedon auteur contributor* \
            editor writer fecha* posted* veroeffentlich* time kicker eyebrow overline
            """
        ),
        (
            .tags,
            "tag tags taglist* tagcloud* taglinks keyword* categor* kategori* schlagwort* topics labels cat catlinks"
        ),
        (
            .caption,
            "caption* figcaption wpcaption* credit* bildunterschrift bildtext imagetext legend* photocredit"
        ),
        (
            .unseen,
            "sr visuallyhidden screenreader* hiddentext noprint offscreen accessib* noscript"
        ),
        (
            .widget,
            "widget* teaser* textwidget infobox* factbox* box sidebarbox module* gallery* slideshow* carousel* slider*"
        ),
    ]

    /// The hints in one attribute's value. Words are what stands between other signs, and what begins with a
    /// capital letter: `postContent` holds two.
    func hints(in value: UnsafeBufferPointer<UInt8>) -> PageHints {
        var all: PageHints = []
        var before: PageHints = []
        var start = 0
        while start < value.count {
            guard isLetter(value[start]) else {
                if isBlank(value[start]) { before = [] }
                start += 1
                continue
            }
            var end = start + 1
            while end < value.count, isLetter(value[end]),
                !(PageHintReader.isCapital(value[end]) && !PageHintReader.isCapital(value[end - 1]))
            {
                end += 1
            }
            let found = hints(of: value, start, end)
            // The second word may stand in front, as in "content-article".
            if before.contains(.bodyFirst) && found.contains(.bodySecond)
                || before.contains(.bodySecond) && found.contains(.bodyFirst)
            {
                all.insert(.body)
            }
            all.formUnion(found)
            before = found
            start = end
        }
        return all
    }

    private func hints(of value: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> PageHints {
        var found: PageHints = []
        for word in words[Int((value[start] | 0x20) - UInt8(ascii: "a"))] {
            let length = word.letters.count
            // Names that are made by chance, such as `hJpRad`, hold every short word.
            if length < 4,
                end < value.count && isLetter(value[end])
                    || start > 0 && isLetter(value[start - 1])
            {
                continue
            }
            guard length <= end - start, word.isStem || length == end - start else { continue }
            var index = 1
            while index < length, value[start + index] | 0x20 == word.letters[index] { index += 1 }
            if index == length { found.formUnion(word.hints) }
        }
        return found
    }

    private static func isCapital(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
    }
}

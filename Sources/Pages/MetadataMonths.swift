/// The names of months and the small words of dates in many languages, all in small letters.
enum PageMonths {
    /// The month that a word names, from 1.
    static func number(of word: String) -> Int? { months[word] }

    /// Whether a word may stand between the parts of a date: "20 de noviembre de 2019", "20th of November".
    static func isSmall(_ word: String) -> Bool { small.contains(word) }

    /// Signs that may stand between the parts of a date.
    static let betweenParts = Set(" .,/-".utf8)

    /// Minutes east of Greenwich of the zones that dates name.
    static let zones: [String: Int] = [
        "z": 0, "gmt": 0, "utc": 0, "ut": 0, "wet": 0, "bst": 60, "cet": 60, "cest": 120, "mez": 60,
        "mesz": 120,
        "eet": 120, "eest": 180, "msk": 180, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420,
        "mdt": -360, "pst": -480, "pdt": -420, "jst": 540,
    ]

    private static let small: Set = [
        "de", "del", "of", "the", "st", "nd", "rd", "th", "er", "den", "the", "di", "年", "月", "日", "년", "월",
        "일",
        "º", "ª", "a", "e", "t",
    ]

    /// A line for each month: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian,
    /// Swedish, Danish, Norwegian, Finnish, Czech, Turkish, Hungarian, Romanian, Greek, Indonesian.
    private static let names = [
        """
        january jan januar jänner jän janvier janv enero ene gennaio gen janeiro januari stycznia styczeń sty января \
        январь янв tammikuuta leden ledna ocak január ianuarie ιανουαρίου ιαν
        """,
        """
        february feb februar feber février fevrier févr fév febrero febbraio fevereiro fev februari lutego luty lut \
        февраля февраль фев helmikuuta únor února şubat február februarie φεβρουαρίου φεβ pebruari
        """,
        """
        march mar märz maerz mär mrz mars marzo março marco mrt maart marca marzec марта март мар marts maaliskuuta \
        březen března mart március martie μαρτίου μαρ maret
        """,
        """
        april apr avril avr abril abr aprile kwietnia kwiecień kwi апреля апрель апр huhtikuuta duben dubna nisan \
        április aprilie απριλίου απρ
        """,
        """
        may mai mayo maggio mag maio mei maja maj мая май toukokuuta květen května mayıs május μαΐου μαϊ
        """,
        """
        june jun juni juin junio giugno giu junho czerwca czerwiec cze июня июнь июн kesäkuuta červen června haziran \
        június iunie ιουνίου ιουν
        """,
        """
        july jul juli juillet juil julio luglio lug julho lipca lipiec lip июля июль июл heinäkuuta červenec července \
        temmuz július iulie ιουλίου ιουλ
        """,
        """
        august aug août aout agosto ago sierpnia sierpień sie августа август авг augusti augustus elokuuta srpen srpna \
        ağustos augusztus αυγούστου αυγ agustus
        """,
        """
        september sep sept septembre septiembre settembre set setembro września wrzesień wrz сентября сентябрь сен \
        syyskuuta září eylül szeptember septembrie σεπτεμβρίου σεπ
        """,
        """
        october oct oktober okt octobre octubre ottobre ott outubro out października październik paź октября октябрь \
        окт lokakuuta říjen října ekim október octombrie οκτωβρίου οκτ
        """,
        """
        november nov novembre noviembre novembro listopada listopad lis ноября ноябрь ноя marraskuuta kasım noiembrie \
        νοεμβρίου νοε nopember listopadu
        """,
        """
        december dec dez dezember décembre decembre déc diciembre dic dicembre dezembro grudnia grudzień gru декабря \
        декабрь дек desember des joulukuuta prosinec prosince aralık decembrie δεκεμβρίου δεκ
        """,
    ]

    private static let months: [String: Int] = {
        var all: [String: Int] = [:]
        for (place, line) in names.enumerated() {
            for name in line.split(separator: " ") { all[String(name)] = place + 1 }
        }
        return all
    }()
}

/// Whether everyone can have a domain below a name: one with no dot, what countries give out below their own (`co.uk`),
/// and hosts of many people's pages.
///
/// The public list of them has thousands of lines and changes weekly. What stands here are its lines of two parts below
/// countries, without the towns of Italy, Norway, Poland, Ukraine and the States; below a name that is missing sites
/// share a cookie within one run.
func isPublicSuffix(_ domain: String) -> Bool {
    let labels = domain.split(separator: ".")
    guard labels.count > 1 else { return true }
    // Storage and functions have names of several parts, with a region in them.
    if sharedDomains.contains(domain) || domain.hasSuffix(".amazonaws.com") { return true }
    guard labels.count == 2 else { return false }
    if labels[0] == "blogspot" { return true }
    return allBelow.contains(labels[1]) || secondLevels[labels[1]]?.contains(labels[0]) ?? false
}

/// Countries below which every name is one for everyone.
private let allBelow: Set<Substring> = ["bd", "ck", "er", "fk", "jm", "kh", "mm", "np", "pg"]

/// The names below each country.
private let secondLevels: [Substring: Set<Substring>] = countries.split(separator: "\n")
    .reduce(into: [:]) { found, line in
        let words = line.split(separator: " ")
        found[words[0], default: []].formUnion(words.dropFirst())
    }

private let sharedDomains: Set = [
    "a.run.app", "altervista.org", "amazonaws.com", "appspot.com", "azurestaticapps.net",
    "azurewebsites.net", "bitbucket.io", "blogspot.com", "carrd.co", "cleverapps.io",
    "cloudapp.net", "cloudfront.net", "cloudfunctions.net", "co.com", "codeberg.page", "ddns.net",
    "de.com", "deno.dev", "duckdns.org", "dyndns.org", "elasticbeanstalk.com", "eu.com", "eu.org",
    "firebaseapp.com", "fly.dev", "framer.app", "framer.website", "gitbook.io", "github.io",
    "githubusercontent.com", "gitlab.io", "glitch.me", "herokuapp.com", "hf.space", "hopto.org",
    "lovable.app", "myshopify.com", "myspreadshop.com", "neocities.org", "netlify.app", "ngrok-free.app",
    "ngrok.app", "ngrok.io", "notion.site", "now.sh", "ondigitalocean.app",
    "onrender.com", "pages.dev", "pantheonsite.io", "r2.dev", "readthedocs.io", "repl.co",
    "replit.app", "replit.dev", "run.app", "s3.amazonaws.com", "square.site", "streamlit.app",
    "supabase.co", "surge.sh", "translate.goog", "trycloudflare.com", "uk.com", "us.com",
    "vercel.app", "vercel.dev", "web.app", "webflow.io", "weebly.com", "wixsite.com",
    "wordpress.com", "workers.dev", "zapto.org",
]

/// A line for each country and its names; several where they are many.
private let countries = """
    ac com edu gov mil net org
    ad nom
    ae ac co gov mil net org sch
    af com edu gov net org
    ag co com net nom org
    ai com net off org
    al com edu gov mil net org
    am co com commune net org
    ao co ed gv it og pb
    ar bet com coop edu gob gov int mil musica mutual net org senasa tur
    as gov
    at ac co gv or
    au act asn com conf edu gov id info net nsw nt org oz qld sa tas vic wa
    aw com
    az biz com edu gov info int mil name net org pp pro
    ba com edu gov mil net org
    bb biz co com edu gov info net org store tv
    be ac
    bf gov
    bg 0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t u v w x y z
    bh com edu gov net org
    bi co com edu or org
    bj africa agro architectes assur avocats co com eco econo edu info loisirs money net org ote
    bj restaurant resto tourism univ
    bm com edu gov net org
    bn com edu gov net org
    bo academia agro arte blog bolivia ciencia com cooperativa democracia deporte ecologia economia edu
    bo empresa gob indigena industria info int medicina mil movimiento musica natural net nombre noticias
    bo org patria plurinacional politica profesional pueblo revista salud tecnologia tksat transporte tv
    bo web wiki
    br 9guacu abc adm adv agr aju am anani aparecida app arq art ato b barueri belem bhz bib bio blog bmd
    br boavista bsb campinagrande campinas caxias cim cng cnt com contagem coop coz cri cuiaba curitiba
    br def des det dev ecn eco edu emp enf eng esp etc eti far feira flog floripa fm fnd fortal fot foz
    br fst g12 geo ggf goiania gov gru imb ind inf jab jampa jdf joinville jor jus leg lel log londrina
    br macapa maceio manaus maringa mat med mil morena mp mus natal net niteroi not ntr odo ong org
    br osasco palmas poa ppg pro psc psi pvh qsl radio rec recife rep ribeirao rio riobranco riopreto
    br salvador sampa santamaria santoandre saobernardo saogonca seg sjc slg slz sorocaba srv taxi tc tec
    br teo the tmp trd tur tv udi vet vix vlog wiki zlg
    bs com edu gov net org
    bt com edu gov net org
    bw co org
    by com gov mil of
    bz com edu gov net org
    ca ab bc gc mb nb nf nl ns nt nu on pe qc sk yk
    cd gov
    ci ac asso co com ed edu go gouv int md net or org presse
    cl co gob gov mil
    cm co com gov net
    cn ac ah bj com cq edu fj gd gov gs gx gz ha hb he hi hk hl hn jl js jx ln mil mo net nm nx org qh sc
    cn sd sh sn sx tj tw xj xz yn zj
    co arts com edu firm gov info int mil net nom org rec web
    cr ac co ed fi go or sa
    cu com edu gov inf net org
    cv com edu int nome org
    cw com edu net org
    cx gov
    cy ac biz com ekloges gov ltd mil net org press pro tm
    dm com edu gov net org
    do art com edu gob gov mil net org sld web
    dz art asso com edu gov net org pol soc tm
    ec com edu fin gob gov info k12 med mil net org pro
    ee aip com edu fie gov lib med org pri riik
    eg com edu eun gov mil name net org sci
    es com edu gob nom org
    et biz com edu gov info name net org
    fi aland
    fj ac biz com gov info mil name net org pro
    fm com edu net org
    fr aeroport asso avocat avoues cci chambagri chirurgiens-dentistes com experts-comptables
    fr geometre-expert gouv greta huissier-justice medecin nom notaires pharmacien port prd tm
    fr veterinaire
    gd edu gov
    ge com edu gov mil net org pvt
    gg co net org
    gh com edu gov mil org
    gi com edu gov ltd mod org
    gl co com edu net org
    gn ac com edu gov net org
    gp asso com edu mobi net org
    gr com edu gov net org
    gt com edu gob ind mil net org
    gu com edu gov guam info net org web
    gy co com edu gov net org
    hk com edu gov idv net org
    hn com edu gob mil net org
    hr com from iz name
    ht adult art asso com coop edu firm gouv info med net org perso pol pro rel shop
    hu 2000 agrar bolt casino city co erotica erotika film forum games hotel info ingatlan jogasz
    hu konyvelo lakas media news org priv reklam sex shop sport suli szex tm tozsde utazas video
    id ac biz co desa go mil my net or ponpes sch web
    ie gov
    il ac co gov idf k12 muni net org
    im ac co com net org tt tv
    in 5g 6g ac ai am bihar biz business ca cn co com coop cs delhi dr edu er firm gen gov gujarat ind
    in info int internet io me mil net nic org pg post pro res travel tv uk up us
    io com
    iq com edu gov mil net org
    ir ac co gov id net org sch
    is com edu gov int net org
    it al ca cn co edu fm go gov me mi mo ms or pe sa tv va
    je co net org
    jo com edu gov mil name net org sch
    jp ac ad aichi akita aomori chiba co ed ehime fukui fukuoka fukushima gifu go gr gunma hiroshima
    jp hokkaido hyogo ibaraki ishikawa iwate kagawa kagoshima kanagawa kochi kumamoto kyoto lg mie miyagi
    jp miyazaki nagano nagasaki nara ne niigata oita okayama okinawa or osaka saga saitama shiga shimane
    jp shizuoka tochigi tokushima tokyo tottori toyama wakayama yamagata yamaguchi yamanashi
    ke ac co go info me mobi ne or sc
    kg com edu gov mil net org
    ki biz com edu gov info net org
    km ass asso com coop edu gouv gov medecin mil nom notaires org pharmaciens prd presse tm veterinaire
    kn edu gov net org
    kp com edu gov org rep tra
    kr ac busan chungbuk chungnam co daegu daejeon es gangwon go gwangju gyeongbuk gyeonggi gyeongnam hs
    kr incheon jeju jeonbuk jeonnam kg mil ms ne or pe re sc seoul ulsan
    kw com edu emb gov ind net org
    ky com edu net org
    kz com edu gov mil net org
    la com edu gov info int net org per
    lb com edu gov net org
    lc co com edu gov net org
    lk ac assn com edu gov grp hotel int ltd net ngo org sch soc web
    lr com edu gov net org
    ls ac biz co edu gov info net org sc
    lt gov
    lv asn com conf edu gov id mil net org
    ly com edu gov id med net org plc sch
    ma ac co gov net org press
    mc asso tm
    me ac co edu gov its net org priv
    mg co com edu gov mil nom org prd tm
    mk com edu gov inf name net org
    ml com edu gouv gov net org presse
    mn edu gov org
    mo com edu gov net org
    mr gov
    ms com edu gov net org
    mt com edu net org
    mu ac co com gov net or org
    mv aero biz com coop edu gov info int mil museum name net org pro
    mw ac biz co com coop edu gov int museum net org
    mx com edu gob net org
    my biz com edu gov mil name net org
    mz ac adv co edu gov mil net org
    na ca cc co com dr in info mobi mx name or org pro school tv us ws
    nc asso nom
    nf arts com firm info net other per rec store web
    ng com edu gov i mil mobi name net org sch
    ni ac biz co com edu gob in info int mil net nom org web
    no al fm mil museum nt priv tm va
    nr biz com edu gov info net org
    nz ac co cri geek gen govt health iwi kiwi maori mil net org parliament school
    om co com edu gov med museum net org pro
    pa abo ac com edu gob ing med net nom org sld
    pe com edu gob mil net nom org
    pf com edu org
    ph com edu gov i mil net ngo org
    pk biz com edu fam gob gok gon gop gos gov info net org web
    pl agro biz com edu gov info mil net nom org priv shop tm tourism travel
    pn co edu gov net org
    pr ac biz com edu est gov info isla name net org pro prof
    ps com edu gov net org plo sec
    pt com edu gov int net nome org publ
    pw belau co ed go ne or
    py com coop edu gov mil net org
    qa com edu gov mil name net org sch
    re asso com nom
    ro arts com firm info nom nt org rec store tm www
    rs ac co edu gov in org
    rw ac co coop gov mil net org
    sa com edu gov med net org pub sch
    sb com edu gov net org
    sc com edu gov net org
    sd com edu gov info med net org tv
    se a ac b bd brand c d e f fh fhsk fhv g h i k komforb kommunalforbund komvux l lanbib m n
    se naturbruksgymn o org p parti pp press r s t tm u w x y z
    sg com edu gov net org per
    sh com gov mil net org
    sl com edu gov net org
    sn art com edu gouv org perso univ
    so com edu gov me net org
    ss biz com edu gov me net org sch
    st co com consulado edu embaixada mil net org principe saotome store
    sv com edu gob org red
    sx gov
    sy com edu gov mil net org
    sz ac co org
    th ac co go in mi net or
    tj ac biz co com edu go gov int mil name net nic org test web
    tl gov
    tm co com edu gov mil net nom org
    tn com ens fin gov ind info intl mincom nat net org perso tourism
    to com edu gov mil net org
    tr av bbs bel biz com dr edu gen gov info k12 kep mil name nc net org pol tel tsk tv web
    tt aero biz co com coop edu gov info int jobs mobi museum name net org pro travel
    tw club com ebiz edu game gov idv mil net org
    tz ac co go hotel info me mil mobi ne or sc tv
    ua cn com edu gov in net org
    ug ac co com go ne or org sc
    uk ac co gov ltd me net nhs org plc police
    us al ca co id in me mi mo ms ne or sc va
    uy com edu gub mil net org
    uz co com net org
    vc com edu gov mil net org
    ve arts bib co com e12 edu firm gob gov info int mil net nom org rar rec store tec web
    vi co com k12 net org
    vn ac biz com edu gov health info int name net org pro
    vu com edu net org
    ws com edu gov net org
    ye com edu gov mil net org
    za ac agric alt co edu gov grondar law mil net ngo nic nis nom org school tm web
    zm ac biz co com edu gov info mil net org sch
    zw ac co gov mil org
    """

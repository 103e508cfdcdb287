import Diagnostics

/// What a function of other languages is called here.
enum OtherName: Sendable, Hashable {
    /// What to write: `$0`, `$1` … stand for the operands, the target of a method first.
    case form(String)
    /// Two such forms: what holds elements or keys is asked otherwise than a text.
    case forms(ofList: String, ofText: String)
    /// Nothing of the kind is here; a sentence says what to use instead.
    case advice(String)
}

/// The functions of other languages, without capitals and underscores, and with their namespace where they have one.
private let otherNames: [String: OtherName] = {
    var table: [String: OtherName] = [:]
    func form(_ form: String, _ names: String...) { for name in names { table[name] = .form(form) } }
    func advice(_ sentence: String, _ names: String...) {
        for name in names { table[name] = .advice(sentence) }
    }
    // Text
    form("$0.upperAscii()", "upper", "toupper", "touppercase", "uppercase", "ucase", "upcase")
    form("$0.lowerAscii()", "lower", "tolower", "tolowercase", "lowercase", "lcase", "downcase")
    form("$0.trim()", "strip", "trimspace", "chomp")
    for name in ["includes", "include", "contain"] {
        table[name] = .forms(ofList: "$1 in $0", ofText: "$0.contains($1)")
    }
    form("$0.contains($1)", "containsstr", "strcontains")
    form("$0.startsWith($1)", "hasprefix", "beginswith")
    form("$0.endsWith($1)", "hassuffix")
    form("$0.indexOf($1)", "find", "search", "locate", "instr", "strpos", "index")
    form("$0.replace($1, $2)", "replaceall", "gsub", "strreplace")
    form("$0.matches($1)", "match", "test", "ismatch", "regexmatch", "rematch", "re.match", "re.search")
    form("$0.split($1)", "explode")
    form("$0.reverse()", "reversed", "strrev")
    form("$0.split(\"\\n\")", "lines", "splitlines")
    form("$0 + $1", "concat", "strcat")
    advice(
        "a part of a text is `.substring(from, to)`, a part of a list `.slice(from, to)`", "substr", "mid",
        "left", "right", "sublist", "subarray")
    form(
        "regex.replace($0, $1, $2)", "re.sub", "regexreplace", "regexpreplace", "pregreplace", "replaceregex")
    form("regex.extract($0, $1)", "regexextract", "regexpextract", "regexfind")
    form("regex.extractAll($0, $1)", "re.findall", "regexfindall", "regexextractall", "matchall", "scan")
    advice(
        "there is `.upperAscii()` for a whole text; a model or a PYTHON step writes it otherwise",
        "capitalize", "title", "titlecase", "ucfirst")
    advice(
        "there is `\"%05d\".format([n])`-like formatting, and PYTHON for more", "pad", "padstart", "padend",
        "lpad", "rpad", "zfill", "ljust", "rjust", "center")
    // Sizes and choices
    form("size($0)", "len", "length", "strlen", "count", "cardinality", "arraylength")
    form("size($0) == 0", "isempty", "empty", "isblank")
    form("size($0) > 0", "isnotempty", "notempty")
    form("$0 == null", "isnull", "isnone", "isnil")
    form("$0 ? $1 : $2", "if", "iif", "ifelse", "ternary", "cond")
    advice(
        "a value that may be absent is read by `a.?field.orValue(other)`", "coalesce", "default", "ifnull",
        "nvl", "getordefault", "get")
    // Conversions
    form("string($0)", "str", "tostring", "totext", "text", "stringof", "tostr")
    form("double($0)", "float", "number", "todouble", "tofloat", "parsefloat", "tonumber", "num", "decimal")
    form("int($0)", "integer", "toint", "tointeger", "parseint", "long")
    form("bool($0)", "boolean", "tobool", "toboolean", "parsebool")
    form(
        "json($0)", "stringify", "tojson", "jsonencode", "dumps", "json.stringify", "json.dumps",
        "jsonstringify")
    form("parse_json($0)", "fromjson", "jsondecode", "loads", "json.parse", "json.loads", "jsonparse")
    form(
        "timestamp($0)", "todate", "parsedate", "datetime", "todatetime", "date.parse")
    form("parse_time($0, $1)", "strptime", "datetime.strptime")
    form("format_time($0, $1)", "strftime", "formatdate", "dateformat", "formattimestamp")
    form("parse_csv($0)", "fromcsv", "readcsv", "csvparse", "csv.parse", "csvdecode")
    form("csv($0)", "tocsv", "csvencode", "csv.stringify")
    form("base64.encode(bytes($0))", "b64encode", "btoa", "base64encode", "tobase64")
    form("string(base64.decode($0))", "b64decode", "atob", "base64decode", "frombase64")
    form("type($0)", "typeof", "gettype", "kindof")
    // Numbers
    form("math.greatest($*)", "max", "math.max", "greatest", "maximum")
    form("math.least($*)", "min", "math.min", "least", "minimum")
    form("math.round($0)", "round")
    form("math.floor($0)", "floor")
    form("math.ceil($0)", "ceil", "ceiling")
    form("math.abs($0)", "abs", "fabs")
    form("math.sqrt($0)", "sqrt")
    form("math.trunc($0)", "trunc")
    form("math.sign($0)", "sign", "signum")
    advice("there is no power: multiply, or use PYTHON", "pow", "power", "math.pow")
    // Lists
    form("$0 + [$1]", "push", "append", "listappend")
    form("$0.first()", "head")
    form("$0.map(k, k)", "keys", "object.keys")
    form("$0.map(k, $0[k])", "values", "object.values")
    form("$0.sum()", "add", "total", "sumof", "math.sum")
    form("$0.avg()", "average", "mean", "math.mean", "math.avg")
    form("$0.sort()", "sorted")
    advice("write `.sortBy(x, x.field)`", "orderby", "sortedby", "sorton")
    form("$0.distinct()", "unique", "uniq", "dedupe", "set")
    form("$0.flatten()", "flat")
    advice("write `.map(x, …).flatten()`", "flatmap")
    form("chunk($0, $1)", "batch", "batched", "chunked", "chunks")
    form("lists.range($0)", "range", "sequence")
    form("sets.intersects($0, $1)", "intersects", "overlaps")
    form("sets.contains($0, $1)", "containsall", "issuperset")
    advice("write `.filter(x, !(x in other))`", "difference", "except", "subtract", "without")
    advice("groups are made by `jq: \"group_by(.field)\"` in a DATA_TRANSFORM", "groupby", "group")
    advice(
        "there is no loop in an expression: use `.map(x, …)`, `.filter(x, …)`, or `jq` in a DATA_TRANSFORM",
        "reduce", "fold", "foreach", "zip", "enumerate", "inject")
    advice("write `.exists(x, condition)`", "any", "some")
    advice("write `.all(x, condition)`", "every")
    advice("write `.filter(x, condition)`", "where", "select", "findall")
    advice("write `.map(x, …)`", "collect", "pluck")
    // What an expression cannot do
    advice(
        "an expression has no clock, so that a run can be repeated: write `session.started_at`, when the run began",
        "now", "today", "date", "time", "currenttime", "currentdate", "getdate", "utcnow", "date.now",
        "datetime.now", "datetime.utcnow", "timestamp.now", "time.now", "time.time")
    advice(
        "an expression has no chance, so that a run can be repeated; `session.id` is another one in each run, and PYTHON has `random`",
        "random", "rand", "randint", "uuid", "uuid4", "guid", "newid", "math.random")
    advice(
        "every prompt and result is in the records: leave it out", "print", "println", "log", "echo",
        "console.log", "debug", "printf")
    advice(
        "a file or an address is read by a step: DATA_TRANSFORM, REST_API or WEB_SCRAPE", "read", "readfile",
        "open", "fetch", "httpget", "requests.get")
    advice(
        "a secret is declared, `secret NAME`, and read as `secrets.NAME`", "env", "getenv", "os.getenv",
        "secret")
    advice(
        "write `url_encode(text)`; values in a `url` are encoded by themselves", "encodeuri",
        "encodeuricomponent", "urlquote", "percentencode")
    form("url_join($0, $1)", "resolveurl", "urlresolve", "url.resolve")
    advice("there is `sha256(text)`, and PYTHON for others", "hash", "digest", "md5", "sha1", "hmac")
    return table
}()

/// What to do about a function that is not there.
struct FunctionAdvice {
    /// A sentence for `help:`.
    let sentence: String
    /// What to write in the place of the call; nil where the operands do not fit it.
    let call: String?
    /// Only the name is wrong, and this is the right one.
    let name: String?
}

extension FunctionTable {
    /// What to say in a sentence about a function that is not there, for who does not see the call.
    func advice(for name: String, operands: Int) -> String? {
        // `max(1, 2)` of other languages is not the method `max` of lists.
        if !isKnown(name), !overloads(name, isMethod: true).isEmpty {
            return "write it after its value: `x.\(name)(…)`"
        }
        if !overloads(name, isMethod: false).isEmpty { return "write `\(name)(…)` with the value inside" }
        let letters = ["x", "y", "z"]
        let texts = operands > 0 ? (0..<operands).map { $0 < letters.count ? letters[$0] : "…" } : nil
        let method = advice(for: name, isMethod: true, operands: texts)
        if method?.name != nil { return method?.sentence }
        return advice(for: name, isMethod: false, operands: texts)?.sentence
    }

    /// What to write instead of a call of a function that is not there: the function by its right name, what other
    /// languages call so, or the nearest name.
    ///
    /// - Parameters:
    ///   - operands: How the operands are written, the target of a method first; nil where that is not known.
    ///   - first: The type of the first operand.
    func advice(for name: String, isMethod: Bool, operands: [String]?, first: Type = .unknown)
        -> FunctionAdvice?
    {
        let folded = folded(name)
        let macros = MacroKind.allCases.map(\.rawValue) + ["has"]
        let names = self.names(isMethod: isMethod) + macros
        if let same = names.first(where: { self.folded($0) == folded && $0 != name }) { return renamed(same) }
        let known =
            otherNames[folded] ?? otherNames[self.folded(String(name.split(separator: ".").last ?? ""))]
        if let known { return advice(known, operands, first) }
        if let near = nearestName(to: name, in: names) { return renamed(near) }
        guard let near = nearestName(to: folded, in: otherNames.keys.sorted()), let other = otherNames[near]
        else { return nil }
        return advice(other, operands, first)
    }

    /// The name under which there is advice about `namespace.name(…)`, which is no function: that of another language
    /// with its namespace (`Math.max`), or a method that is written as if a namespace of this one had it
    /// (`strings.upper`). Nil where nothing is known of either.
    func foreignName(of name: String, in namespace: String) -> String? {
        let qualified = namespace + "." + name
        // `Math.max(1, 2)` of other languages is not the method `max` of lists.
        if isKnown(qualified) { return qualified }
        guard FunctionTable.namespaces.contains(namespace) else { return nil }
        return isKnown(name) || !overloads(name, isMethod: true).isEmpty ? name : nil
    }

    /// What to write instead of a function that its namespace has not; nil where this language has no such namespace.
    ///
    /// - Parameter qualified: The name with its namespace, for example `math.absolute`.
    func advice(for qualified: String, in namespace: String) -> String? {
        guard FunctionTable.namespaces.contains(namespace) else { return nil }
        let names = names(isMethod: false).filter { $0.hasPrefix(namespace + ".") }
        if let near = nearestName(to: qualified, in: names) { return "did you mean `\(near)`?" }
        // A namespace of macros alone has no function to offer.
        return names.isEmpty ? "there is `cel.bind`" : "there are \(inWords(names, joiner: "and"))"
    }

    private static let namespaces: Set<String> = [
        "math", "optional", "base64", "strings", "lists", "sets", "regex", "cel",
    ]

    /// Whether other languages have a function by this name with its namespace, as in `JSON.stringify`.
    func isKnown(_ qualified: String) -> Bool { otherNames[folded(qualified)] != nil }

    private func renamed(_ name: String) -> FunctionAdvice {
        FunctionAdvice(sentence: "did you mean `\(name)`?", call: nil, name: name)
    }

    private func advice(_ other: OtherName, _ operands: [String]?, _ first: Type) -> FunctionAdvice {
        switch other {
        case .advice(let sentence): return FunctionAdvice(sentence: sentence, call: nil, name: nil)
        case .form(let form):
            let (shown, isFitting) = written(form, operands)
            return FunctionAdvice(sentence: "write `\(shown)`", call: isFitting ? shown : nil, name: nil)
        case .forms(let ofList, let ofText):
            if let holdsParts = first.holdsParts {
                return advice(.form(holdsParts ? ofList : ofText), operands, first)
            }
            let (list, text) = (written(ofList, operands).shown, written(ofText, operands).shown)
            return FunctionAdvice(
                sentence: "write `\(list)` where it is a list, `\(text)` where it is a text", call: nil,
                name: nil)
        }
    }

    /// A form with the operands in it where their number fits, else with letters.
    private func written(_ form: String, _ operands: [String]?) -> (shown: String, isFitting: Bool) {
        let wanted = form.contains("$*") ? nil : (0..<4).filter { form.contains("$\($0)") }.count
        let isFitting = operands.map { wanted == nil ? !$0.isEmpty : $0.count == wanted } ?? false
        return (filled(form, isFitting ? operands ?? [] : ["x", "y", "z"]), isFitting)
    }

    private func filled(_ form: String, _ operands: [String]) -> String {
        var text = form.replacing("$*", with: operands.joined(separator: ", "))
        for (number, operand) in operands.enumerated() { text = text.replacing("$\(number)", with: operand) }
        // Where a field's value begins, a `{` would begin a record.
        if form.hasPrefix("$0"), let map = operands.first, map.hasPrefix("{"), map.hasSuffix("}") {
            text = "(\(map))" + text.dropFirst(map.count)
        }
        return text
    }

    private func folded(_ name: String) -> String { name.lowercased().replacing("_", with: "") }
}

extension Type {
    /// Whether `in` asks such a value for a part of it; nil where that is known only when it is there.
    fileprivate var holdsParts: Bool? {
        switch self {
        case .list, .map, .record: true
        case .dyn, .unknown, .parameter, .optional: nil
        case .string, .oneOf, .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type: false
        }
    }
}

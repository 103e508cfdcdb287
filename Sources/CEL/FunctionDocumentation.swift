/// What a function, a method or a macro does, for hover, completion and signature help.
///
/// A test holds the table and the functions together: each has its documentation, and each example gives what it says.
package struct FunctionDocumentation: Sendable, Hashable {
    /// The name, with its namespace where it has one.
    package let name: String
    /// The names of what stands in the parentheses; behind a method's value, which is not among them.
    package let parameters: [String]
    /// One sentence.
    package let text: String
    /// An expression that needs nothing around it.
    package let example: String
    /// What the example gives, as JSON.
    package let gives: String

    /// The documentation of a name; nil for one that there is not.
    ///
    /// - Parameter name: with its namespace, for example `math.abs`.
    package static func of(_ name: String) -> FunctionDocumentation? {
        table[name == "existsOne" ? MacroKind.existsOne.rawValue : name]
    }

    /// The documentation of all functions, methods and macros.
    package static let all =
        conversions + texts + lists + listFunctions + textFunctions + numbers + times + optionals + others

    private static let table = Dictionary(
        all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    init(_ name: String, _ parameters: String, _ text: String, _ example: String, _ gives: String) {
        self.name = name
        self.parameters = parameters.split(separator: " ").map(String.init)
        self.text = text
        self.example = example
        self.gives = gives
    }
}

extension FunctionDocumentation {
    private static let conversions = [
        Self("bool", "value", "Reads true or false from a text.", "bool(\"true\")", "true"),
        Self("bytes", "value", "The bytes of a text in UTF-8.", "size(bytes(\"é\"))", "2"),
        Self(
            "double", "value", "A number with a fraction, from another number or a text.",
            "double(\"2.5\")", "2.5"),
        Self(
            "dyn", "value", "The same value, its type no longer known to the checker.", "dyn(1) == 1", "true"),
        Self(
            "int", "value", "A whole number, from another number, a text or a time; fractions are cut off.",
            "int(\"42\")", "42"),
        Self(
            "string", "value", "The text of a number, a bool, a time, a duration or bytes.",
            "string(42)", "\"42\""),
        Self("uint", "value", "A whole number that is not negative.", "uint(3) == 3u", "true"),
        Self("type", "value", "The type of a value.", "type(1) == int", "true"),
        Self("json", "value", "The JSON text of any value.", "json({\"a\": 1})", "\"{\\\"a\\\":1}\""),
        Self("parse_json", "text", "The value that a JSON text holds.", "parse_json(\"[1, 2]\")[1]", "2"),
        Self("base64.encode", "bytes", "Bytes as base64.", "base64.encode(b\"hi\")", "\"aGk=\""),
        Self(
            "base64.decode", "text", "The bytes of a base64 text.",
            "string(base64.decode(\"aGk=\"))", "\"hi\""),
    ]

    private static let texts = [
        Self(
            "charAt", "index", "The character at an index, which counts from 0.",
            "\"abc\".charAt(1)", "\"b\""),
        Self("contains", "part", "Whether a text stands in another.", "\"refund\".contains(\"fun\")", "true"),
        Self(
            "startsWith", "part", "Whether a text begins with another.",
            "\"refund\".startsWith(\"re\")", "true"),
        Self("endsWith", "part", "Whether a text ends with another.", "\"a.pdf\".endsWith(\".pdf\")", "true"),
        Self(
            "matches", "pattern", "Whether a regular expression finds something in a text.",
            "\"order 42\".matches(\"[0-9]+\")", "true"),
        Self(
            "indexOf", "part from",
            "The first place of a part of a text, or of an element of a list, from 0; -1 when it is not there.",
            "\"banana\".indexOf(\"an\")", "1"),
        Self(
            "lastIndexOf", "part until",
            "The last place of a part of a text, or of an element of a list, from 0; -1 when it is not there.",
            "\"banana\".lastIndexOf(\"an\")", "3"),
        Self(
            "join", "separator", "The texts of a list as one, with a separator between them.",
            "[\"a\", \"b\"].join(\", \")", "\"a, b\""),
        Self(
            "split", "separator limit", "The parts of a text between separators, at most so many.",
            "\"a,b\".split(\",\")", "[\"a\",\"b\"]"),
        Self(
            "lowerAscii", "", "The text with the letters A to Z in lower case.",
            "\"Tea\".lowerAscii()", "\"tea\""),
        Self(
            "upperAscii", "", "The text with the letters a to z in upper case.",
            "\"Tea\".upperAscii()", "\"TEA\""),
        Self(
            "replace", "part other limit", "The text with another part in the place of a part.",
            "\"a-b-c\".replace(\"-\", \" \")", "\"a b c\""),
        Self(
            "substring", "start end", "The text from an index on, up to and without another.",
            "\"refund\".substring(0, 2)", "\"re\""),
        Self("trim", "", "The text without blanks at its beginning and end.", "\" a \".trim()", "\"a\""),
        Self(
            "reverse", "", "The text, or the list, from its end to its beginning.", "\"abc\".reverse()",
            "\"cba\""),
        Self(
            "format", "values", "The text with values in the place of `%s`, `%d`, `%.2f` …",
            "\"%s costs %.2f\".format([\"tea\", 2.5])", "\"tea costs 2.50\""),
        Self(
            "strings.quote", "text", "The text in quotes, with escapes.",
            "strings.quote(\"a\")", "\"\\\"a\\\"\""),
    ]

    private static let lists = [
        Self(
            "size", "value", "How many characters, bytes, elements or entries there are.",
            "size([1, 2, 3])", "3"),
        Self(
            "all", "x condition", "Whether a condition holds for every element.",
            "[1, 2].all(x, x > 0)", "true"),
        Self(
            "exists", "x condition", "Whether a condition holds for an element.",
            "[1, 2].exists(x, x > 1)", "true"),
        Self(
            "exists_one", "x condition", "Whether a condition holds for exactly one element.",
            "[1, 2].exists_one(x, x > 1)", "true"),
        Self(
            "map", "x value", "The list of what an expression gives for each element.",
            "[1, 2].map(x, x * 2)", "[2,4]"),
        Self(
            "filter", "x condition", "The elements for which a condition holds.",
            "[1, 2, 3].filter(x, x > 1)", "[2,3]"),
        Self(
            "transformList", "i x value", "The list of what an expression gives for each index and element.",
            "[5, 6].transformList(i, x, i + x)", "[5,7]"),
        Self(
            "transformMap", "key x value", "The same keys, with what an expression gives for each.",
            "{\"a\": 1}.transformMap(k, x, x + 1)", "{\"a\":2}"),
        Self(
            "transformMapEntry", "key x entry", "The map of the entries that an expression gives.",
            "{\"a\": \"b\"}.transformMapEntry(k, x, {x: k})", "{\"b\":\"a\"}"),
        Self(
            "markdown_table", "rows", "A list of records as a Markdown table.",
            "markdown_table([{\"a\": 1}])", "\"| a |\\n| --- |\\n| 1 |\""),
    ]

    private static let numbers = [
        Self("math.abs", "number", "The number without its sign.", "math.abs(-3)", "3"),
        Self("math.ceil", "number", "The next whole number above.", "math.ceil(1.2)", "2.0"),
        Self("math.floor", "number", "The next whole number below.", "math.floor(1.8)", "1.0"),
        Self(
            "math.round", "number", "The nearest whole number; a half goes away from zero.",
            "math.round(1.5)", "2.0"),
        Self("math.trunc", "number", "The number without its fraction.", "math.trunc(-1.8)", "-1.0"),
        Self("math.sign", "number", "-1, 0 or 1.", "math.sign(-5)", "-1"),
        Self("math.sqrt", "number", "The square root.", "math.sqrt(9)", "3.0"),
        Self(
            "math.greatest", "first second", "The greatest of several numbers, or of a list.",
            "math.greatest(1, 3, 2)", "3"),
        Self(
            "math.least", "first second", "The least of several numbers, or of a list.",
            "math.least([2, 1])", "1"),
        Self(
            "math.isNaN", "number", "Whether it is no number, such as 0.0 / 0.0.",
            "math.isNaN(0.0 / 0.0)", "true"),
        Self("math.isInf", "number", "Whether it is infinite.", "math.isInf(1.0 / 0.0)", "true"),
        Self(
            "math.isFinite", "number", "Whether it is neither infinite nor NaN.",
            "math.isFinite(1.0)", "true"),
        Self("math.bitAnd", "first second", "The bits that both numbers have.", "math.bitAnd(6, 3)", "2"),
        Self("math.bitOr", "first second", "The bits that one of two numbers has.", "math.bitOr(6, 3)", "7"),
        Self(
            "math.bitXor", "first second", "The bits that exactly one of two numbers has.",
            "math.bitXor(6, 3)", "5"),
        Self("math.bitNot", "number", "The number with every bit turned round.", "math.bitNot(0)", "-1"),
        Self(
            "math.bitShiftLeft", "number places", "The bits moved to the left.",
            "math.bitShiftLeft(1, 3)", "8"),
        Self(
            "math.bitShiftRight", "number places", "The bits moved to the right.",
            "math.bitShiftRight(8, 3)", "1"),
    ]

    private static let times = [
        Self(
            "timestamp", "value", "A time, from a text of RFC 3339 or from seconds since 1970.",
            "timestamp(\"2026-01-02T03:04:05Z\").getFullYear()", "2026"),
        Self(
            "duration", "value", "A span of time, from a text such as `1h30m`.",
            "duration(\"90s\").getMinutes()", "1"),
        time("getFullYear", "The year.", "2026"), time("getMonth", "The month, from 0 to 11.", "0"),
        time("getDate", "The day of the month, from 1.", "2"),
        time("getDayOfMonth", "The day of the month, from 0.", "1"),
        time("getDayOfWeek", "The day of the week, from 0 for Sunday.", "5"),
        time("getDayOfYear", "The day of the year, from 0.", "1"),
        time("getHours", "The hour, or the hours of a duration.", "3"),
        time("getMinutes", "The minute, or the minutes of a duration.", "4"),
        time("getSeconds", "The second, or the seconds of a duration.", "5"),
        time("getMilliseconds", "The thousandths of the second, or those of a duration.", "0"),
        Self(
            "format_time", "time pattern zone",
            "A time as a text, by a pattern such as `%Y-%m-%d %H:%M:%S`, in UTC or in a zone.",
            "format_time(timestamp(0), \"%d.%m.%Y %H:%M\", \"Europe/Berlin\")", "\"01.01.1970 01:00\""),
        Self(
            "parse_time", "text pattern zone",
            "The time that a text says by a pattern such as `%d.%m.%Y`, in UTC or in a zone.",
            "parse_time(\"02.01.2026\", \"%d.%m.%Y\") == timestamp(\"2026-01-02T00:00:00Z\")", "true"),
    ]

    private static func time(_ name: String, _ text: String, _ gives: String) -> Self {
        Self(name, "zone", text, "timestamp(\"2026-01-02T03:04:05Z\").\(name)()", gives)
    }

    private static let optionals = [
        Self("optional.of", "value", "An optional that holds a value.", "optional.of(1).value()", "1"),
        Self("optional.none", "", "An optional that holds nothing.", "optional.none().hasValue()", "false"),
        Self(
            "optional.ofNonZeroValue", "value", "Holds the value unless it is empty, 0, false or null.",
            "optional.ofNonZeroValue(\"\").hasValue()", "false"),
        Self("hasValue", "", "Whether an optional holds a value.", "{\"a\": 1}.?b.hasValue()", "false"),
        Self(
            "value", "", "What an optional holds; an error when it holds nothing.",
            "{\"a\": 1}.?a.value()", "1"),
        Self(
            "or", "other", "The optional, or another where it holds nothing.",
            "{\"a\": 1}.?b.or(optional.of(2)).value()", "2"),
        Self(
            "orValue", "other", "What an optional holds, or another value.", "{\"a\": 1}.?b.orValue(0)", "0"),
        Self(
            "optMap", "x value", "What an expression gives for the value, where there is one.",
            "{\"a\": 1}.?a.optMap(x, x + 1).value()", "2"),
        Self(
            "optFlatMap", "x optional",
            "The optional that an expression gives for the value, where there is one.",
            "{\"a\": {\"b\": 1}}.?a.optFlatMap(x, x.?b).value()", "1"),
    ]

    private static let others = [
        Self("has", "field", "Whether a field is there.", "has({\"a\": 1}.a)", "true"),
        Self(
            "bind", "x value body", "Gives a value a name, for the expression behind it.",
            "cel.bind(x, 2, x * x)", "4"),
    ]
}

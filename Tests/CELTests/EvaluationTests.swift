import CEL
import Diagnostics
import Testing
import Values

private let variables: [String: Value] = [
    "x": .int(5), "d": .double(2.5), "u": .uint(7), "s": .string("héllo"),
    "l": .list([.int(1), .int(2), .int(3)]),
    "m": .record([("a", .int(1)), ("b", .string("two"))]), "step.result": .record([("kind", .string("bug"))]),
]

private func evaluated(_ text: String) -> String { evaluated(text, variables) }

@Suite(.timeLimit(.minutes(1))) struct EvaluationTests {
    @Test(arguments: [
        // Arithmetic
        ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("7 / 2", "3"), ("-7 / 2", "-3"), ("-7 % 3", "-1"),
        ("7.0 / 2.0", "3.5"),
        ("5u - 3u", "2"), ("9223372036854775807 + 1", "error: overflow"), ("3u - 5u", "error: overflow"),
        ("1 / 0", "error: division by zero"),
        ("-9223372036854775808", "-9223372036854775808"), ("--5", "5"),
        ("1 + 1.0", "error: no such overload"), ("1.0 / 0.0", "\"Infinity\""),
        ("-(-9223372036854775808)", "error: overflow"), ("0x1F", "31"), ("1e3", "1000.0"), (".5", "0.5"),
        // Comparison
        ("1 == 1.0", "true"), ("1u == 1", "true"), ("1 < 1.5", "true"),
        ("9007199254740993 == 9007199254740992.0", "false"),
        // cel-spec: `<` and its like compare a whole number with a double as doubles
        ("dyn(9223372036854775807) < 9223372036854775808.0", "false"),
        ("dyn(9223372036854775807) >= 9223372036854775808.0", "true"),
        ("dyn(9223372036854775808.0) > 9223372036854775807", "false"),
        ("dyn(9223372036854775808.0) <= 9223372036854775807", "true"),
        ("dyn(18446744073709551615u) < 18446744073709551616.0", "false"),
        ("dyn(9223372036854775807) < 9223372036854777857.0", "true"), ("1 < double('NaN')", "false"),
        ("double('NaN') >= 1u", "false"),
        ("1 == '1'", "false"), ("[1, 2] == [1.0, 2u]", "true"), ("{'a': 1} == {'a': 1.0}", "true"),
        ("'a' < 'b'", "true"),
        ("b'a' < b'b'", "true"), ("true > false", "true"), ("'é' == 'e\\u0301'", "false"),
        ("1 < 'a'", "error: no such overload"),
        ("double('NaN') == double('NaN')", "false"), ("-1 < 1u", "true"), ("2 in l", "true"),
        ("'a' in m", "true"), ("1.0 in {1: 2}", "true"),
        // Logic absorbs errors
        ("true || 1 / 0 == 1", "true"), ("1 / 0 == 1 || true", "true"), ("false && 1 / 0 == 1", "false"),
        ("1 / 0 == 1 && false", "false"),
        ("1 / 0 == 1 || false", "error: division by zero"), ("!true", "false"),
        ("x > 3 ? 'big' : 'small'", "\"big\""), ("missing || true", "true"),
        // Fields and indexes
        ("m.a", "1"), ("m['b']", "\"two\""), ("m.c", "error: no such key"), ("has(m.a)", "true"),
        ("has(m.c)", "false"), ("l[0]", "1"),
        ("l[3]", "error: out of range"), ("l[1.0]", "2"), ("step.result.kind", "\"bug\""),
        ("step.result", "{\"kind\":\"bug\"}"),
        // Text
        ("size(s)", "5"), ("s.size()", "5"), ("s + '!'", "\"héllo!\""), ("s.contains('llo')", "true"),
        ("s.startsWith('hé')", "true"),
        ("s.endsWith('o')", "true"), ("s.matches('^h.l+o$')", "true"),
        ("'a,b,c'.split(',')", "[\"a\",\"b\",\"c\"]"),
        ("'a,b,c'.split(',', 2)", "[\"a\",\"b,c\"]"), ("['a', 'b'].join('-')", "\"a-b\""),
        ("' x '.trim()", "\"x\""),
        ("'ABC'.lowerAscii()", "\"abc\""), ("'hello'.replace('l', 'L', 1)", "\"heLlo\""),
        ("'hello'.substring(1, 3)", "\"el\""),
        ("'hello'.indexOf('l')", "2"), ("'hello'.lastIndexOf('l')", "3"), ("'hello'.charAt(4)", "\"o\""),
        ("'hello'.substring(9)", "error: out of range"),
        ("'%s is %d, %.2f, %x, %b'.format(['a', 5, 2.5, 255, true])", "\"a is 5, 2.50, ff, 1\""),
        ("'%s'.format([[1, 'a']])", "\"[1, a]\""),
        ("strings.quote('a\"b')", "\"\\\"a\\\\\\\"b\\\"\""), ("'abc'.reverse()", "\"cba\""),
        ("r'\\n'", "\"\\\\n\""), ("'\\x41\\101\\u00e9'", "\"AAé\""),
        ("'''a\nb'''", "\"a\\nb\""),
        // Conversions
        ("int('42')", "42"), ("int(3.9)", "3"), ("int(1e99)", "error: out of range"),
        ("uint(-1)", "error: out of range"), ("double('1.5')", "1.5"),
        ("double('1e400')", "error: overflow"), ("double('-Infinity') < 0.0", "true"),
        ("string(1.0)", "\"1\""), ("string(1.5)", "\"1.5\""), ("string(b'abc')", "\"abc\""),
        ("bool('true')", "true"), ("int('x')", "error: invalid argument"),
        ("type(1)", "\"int\""), ("type(1) == int", "true"),
        ("string(timestamp('2024-02-29T12:00:00Z'))", "\"2024-02-29T12:00:00Z\""),
        ("string(duration('90m'))", "\"5400s\""), ("bytes('a') == b'a'", "true"),
        // Time
        ("timestamp('2024-02-29T12:00:00Z').getFullYear()", "2024"),
        ("timestamp('2024-02-29T12:00:00Z').getDayOfWeek()", "4"),
        ("timestamp('2024-02-29T23:30:00Z').getDate('+02:00')", "1"),
        ("timestamp('2024-07-01T12:00:00Z').getHours('Europe/Berlin')", "14"),
        ("timestamp('2024-02-29T12:00:00Z') + duration('24h') == timestamp('2024-03-01T12:00:00Z')", "true"),
        ("timestamp('2024-03-01T00:00:00Z') - timestamp('2024-02-29T00:00:00Z') == duration('24h')", "true"),
        ("duration('1h30m').getMinutes()", "90"),
        ("timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')", "error: overflow"),
        ("timestamp('0001-01-01T00:00:00Z') - timestamp('9999-12-31T23:59:59Z')", "error: overflow"),
        ("timestamp('2026-01-01T00:00:00Z') - timestamp('1734-01-01T00:00:00Z') > duration('1h')", "true"),
        ("timestamp('9999-12-31T23:59:59Z') + duration('1s')", "error: overflow"),
        ("timestamp('2023-02-29T00:00:00Z')", "error: invalid argument"),
        ("duration('5111111111111111h')", "error: invalid argument"),
        ("duration('-9223372036854775807h9223372036854775807ns')", "error: invalid argument"),
        ("duration('1h') > duration('59m')", "true"),
        // Macros
        ("l.map(i, i * 2)", "[2,4,6]"), ("l.filter(i, i > 1)", "[2,3]"), ("l.all(i, i > 0)", "true"),
        ("l.exists(i, i == 2)", "true"),
        ("l.exists_one(i, i > 1)", "false"), ("l.map(i, i > 1, i * 10)", "[20,30]"),
        ("m.map(k, k)", "[\"a\",\"b\"]"),
        ("[1, 0].exists(i, 1 / i == 1)", "true"), ("[0, 1].all(i, 1 / i == 2)", "false"),
        ("l.map(i, l.map(j, i * j))", "[[1,2,3],[2,4,6],[3,6,9]]"),
        ("l.transformList(i, v, i + v)", "[1,3,5]"), ("m.transformMap(k, v, k)", "{\"a\":\"a\",\"b\":\"b\"}"),
        ("cel.bind(y, x + 1, y * y)", "36"),
        ("[1, 2].all(i, v, i < v)", "true"),
        // Optional values
        ("m.?a.orValue(0)", "1"), ("m.?c.orValue(0)", "0"), ("m[?'c'].hasValue()", "false"),
        ("optional.of(1).value()", "1"),
        ("optional.none().value()", "error: invalid argument"), ("l[?9].orValue(-1)", "-1"),
        ("[?m.?a, ?m.?c]", "[1]"), ("{?'k': m.?c, 'j': 1}", "{\"j\":1}"),
        ("m.?a.optMap(v, v + 1).orValue(0)", "2"), ("step.?result.kind.orValue('')", "\"bug\""),
        ("optional.ofNonZeroValue(0).hasValue()", "false"),
        // Extensions and additions
        ("math.greatest(1, 2.5, 2u)", "2.5"), ("math.least([3, 1, 2])", "1"), ("math.round(2.5)", "3.0"),
        ("math.bitAnd(6, 3)", "2"),
        ("base64.encode(b'hi')", "\"aGk=\""), ("base64.decode('aGk') == b'hi'", "true"),
        ("json(m)", "\"{\\\"a\\\":1,\\\"b\\\":\\\"two\\\"}\""),
        ("parse_json('[1, 2.5]')", "[1,2.5]"),
        ("markdown_table([{'a': 1, 'b': 'x|y'}])", "\"| a | b |\\n| --- | --- |\\n| 1 | x\\\\|y |\""),
        // Refused
        ("1 +", "syntax error"), ("(1", "syntax error"), ("f(", "syntax error"), ("'a", "syntax error"),
        ("while", "syntax error"), ("nope(1)", "error: unknown name"),
        ("{'a': 1, 'a': 2}", "error: invalid argument"), ("9223372036854775808", "syntax error"),
    ])
    func value(expression: String, expected: String) {
        #expect(evaluated(expression) == expected, "\(expression)")
    }

    @Test func endlessWorkEnds() {
        let wide = "[" + (0..<400).map(String.init).joined(separator: ",") + "]"
        #expect(evaluated("\(wide).map(a, \(wide).map(b, \(wide).map(c, a + b + c)))") == "error: cost limit")
        #expect(
            evaluated("'\(String(repeating: "a", count: 5_000))b'.matches('(a+)+$')")
                == "error: invalid argument")
    }

    @Test func depthIsLimited() {
        #expect(
            evaluated(String(repeating: "(", count: 10_000) + "1" + String(repeating: ")", count: 10_000))
                == "syntax error")
        #expect(evaluated(String(repeating: "[", count: 5_000)) == "syntax error")
        #expect(evaluated(Array(repeating: "1", count: 5_000).joined(separator: "+")) == "syntax error")
        #expect(evaluated(String(repeating: "!", count: 20_000) + "true") == "syntax error")
    }

    /// Any bytes give a value or an error, never a crash.
    @Test func anyTextEndsWell() {
        let pieces = [
            "1", "x", "'", "\"", "(", ")", "[", "]", "{", "}", ".", "?", ":", ",", "+", "-", "!", "&&", "||",
            "in", " ", "\\", "\n", "has", "m", "e\u{301}", "😀", "0x", "1e", "b'", "r'",
        ]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3_000 {
            let count = Int.random(in: 1...14, using: &generator)
            let text = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            #expect(!evaluated(text).isEmpty, "\(text)")
        }
    }
}

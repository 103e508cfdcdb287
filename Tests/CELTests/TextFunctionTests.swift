import CEL
import Computing
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct TextFunctionTests {
    private static let values: [(String, String)] = [
        // cel-go's regex extension
        ("regex.extract('hello world', 'hello(.*)').value()", "\" world\""),
        ("regex.extract('item-A, item-B', 'item-(\\\\w+)').value()", "\"A\""),
        ("regex.extract('The color is red', 'The color is (\\\\w+)').value()", "\"red\""),
        ("regex.extract('brand', 'brand').value()", "\"brand\""),
        ("regex.extract('HELLO', 'hello').hasValue()", "false"), ("regex.extract('', '').value()", "\"\""),
        ("regex.extract('b', '(a)?b').hasValue()", "false"),
        ("regex.extract('b', '(a*)b').hasValue()", "false"),
        ("regex.extract('ab', '(a)(b)')", "error: invalid argument"),
        ("regex.extract('a', '(')", "error: invalid argument"),
        ("regex.extractAll('id:123, id:456', 'assa')", "[]"),
        ("regex.extractAll('id:123, id:456', 'id:\\\\d+')", "[\"id:123\",\"id:456\"]"),
        ("regex.extractAll('id:123, id:456', 'id:(\\\\d+)')", "[\"123\",\"456\"]"),
        ("regex.extractAll('ab', '(a)(b)')", "error: invalid argument"),
        ("regex.extractAll('äöü', '.')", "[\"ä\",\"ö\",\"ü\"]"),
        ("regex.replace('hello world hello', 'hello', 'hi')", "\"hi world hi\""),
        ("regex.replace('banana', 'a', 'x', 0)", "\"banana\""),
        ("regex.replace('banana', 'a', 'x', 1)", "\"bxnana\""),
        ("regex.replace('banana', 'a', 'x', -1)", "\"bxnxnx\""),
        ("regex.replace('banana', 'a', 'x', 100)", "\"bxnxnx\""),
        ("regex.replace('foo bar', '(fo)o (ba)r', r'\\2 \\1')", "\"ba fo\""),
        ("regex.replace('ac', 'a(b)?c', r'[\\0\\1]')", "\"[ac]\""),
        ("regex.replace('a.b', r'\\.', r'\\\\')", "\"a\\\\b\""), ("regex.replace('a', 'a', '$1')", "\"$1\""),
        ("regex.replace('test', '(.)', r'\\2')", "error: invalid argument"),
        ("regex.replace('test', 't', r'\\x')", "error: invalid argument"),
        ("regex.replace('test', 't', '\\\\')", "error: invalid argument"),
        // Addresses and digests
        ("url_join('https://example.org/a/b?q#f', 'c')", "\"https://example.org/a/c\""),
        ("url_join('https://example.org/a/b', '//other.org/x')", "\"https://other.org/x\""),
        ("url_join('https://example.org/a/b', '')", "\"https://example.org/a/b\""),
        ("url_join('/a', 'b')", "error: invalid argument"),
        ("url_join('https://a.org/', 'https://[')", "error: invalid argument"),
        ("url_encode('a b/ü?&=+%')", "\"a%20b%2F%C3%BC%3F%26%3D%2B%25\""),
        ("url_encode('A-z_0.~')", "\"A-z_0.~\""),
        ("sha256('')", "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""),
        ("sha256(b'abc') == sha256('abc')", "true"), ("sha256('abc').size()", "64"),
        // Comma-separated values
        ("parse_csv('')", "[]"), ("parse_csv('a,b\\n')", "[]"),
        ("parse_csv('a,b\\r\\n1,2\\r\\n\\r\\n3,')", "[{\"a\":\"1\",\"b\":\"2\"},{\"a\":\"3\",\"b\":\"\"}]"),
        ("parse_csv('a\\n\"x,\"\"y\"\"\\nz\"')", "[{\"a\":\"x,\\\"y\\\"\\nz\"}]"),
        ("parse_csv('a;b\\n1;2,5', ';')[0].b", "\"2,5\""),
        ("parse_csv('\\uFEFFa\\n1')", "[{\"a\":\"1\"}]"), ("parse_csv('a\\n\"\"\\n')", "[{\"a\":\"\"}]"),
        ("parse_csv('a;b\\n1;2,5')[0].b", "\"2,5\""), ("parse_csv('sep=;\\na;b,c\\n1;2')[0].a", "\"1\""),
        ("parse_csv(csv([{'sep=;': 1}]))", "[{\"sep=;\":\"1\"}]"),
        ("parse_csv(csv([{'a;x': '1;2'}]))", "[{\"a;x\":\"1;2\"}]"),
        ("parse_csv('a,b\\n1')", "error: invalid argument"),
        ("parse_csv('a\\n1,2')", "error: invalid argument"),
        ("parse_csv('a,a\\n1,2')", "error: invalid argument"),
        ("parse_csv('a\\n\"1')", "error: invalid argument"),
        ("parse_csv('a\\n\"1\" x')", "error: invalid argument"),
        ("parse_csv('a', ';;')", "error: invalid argument"),
        ("parse_csv('é,e\\u0301\\n1,2').size()", "1"),
        ("csv([])", "\"\""),
        ("csv([{'a': 1, 'b': null}, {'c': [1, 2]}])", "\"a,b,c\\n1,,\\n,,\\\"[1,2]\\\"\\n\""),
        ("csv([{'a': ''}])", "\"a\\n\\\"\\\"\\n\""), ("csv([{1: 2}])", "\"1\\n2\\n\""),
        ("csv([1])", "error: no such overload"),
        (
            "parse_csv(csv([{'a': ' x ', 'b': 'y\\n\"z\"'}, {'a': '', 'b': ','}]))",
            "[{\"a\":\" x \",\"b\":\"y\\n\\\"z\\\"\"},{\"a\":\"\",\"b\":\",\"}]"
        ),
        ("markdown_table([{1: 2}])", "\"| 1 |\\n| --- |\\n| 2 |\""),
    ]

    /// Each row is paid for once, and not with all those before it.
    @Test func aLongTableIsMade() {
        let rows = "lists.range(10000).map(y, {'a': y, 'b': 'text ' + string(y)})"
        #expect(evaluated("markdown_table(\(rows)).size() > 100000") == "true")
    }

    @Test(arguments: TextFunctionTests.values)
    func value(expression: String, expected: String) {
        #expect(evaluated(expression) == expected, "\(expression)")
    }

    private static let types: [(String, String)] = [
        ("regex.extract('a', 'b')", "optional text"), ("regex.extractAll('a', 'b')", "list<text>"),
        ("regex.replace('a', 'b', 'c')", "text"), ("parse_csv('a')", "list<map of text>"),
        ("csv([{'a': 1}])", "text"),
        ("sha256('a')", "text"), ("url_join('a', 'b')", "text"), ("url_encode('a')", "text"),
    ]

    @Test(arguments: TextFunctionTests.types)
    func type(expression: String, expected: String) {
        #expect(typed(expression) == expected, "\(expression)")
    }

    /// A pattern ends in time, as that of `matches` does; a wide first line does not cost the square of its width.
    @Test func workIsBounded() {
        let hard = "'\(String(repeating: "a", count: 5_000))b', '(a+)+$'"
        #expect(evaluated("regex.extract(\(hard))") == "error: invalid argument")
        #expect(evaluated("regex.replace(\(hard), '')") == "error: invalid argument")
        let wide: [String: Value] = ["text": .string((0..<100_000).map(String.init).joined(separator: ","))]
        #expect(evaluated("parse_csv(text).size()", wide) == "0")
    }

    @Test func aFaultOfCommaSeparatedValuesNamesItsLine() {
        let error = #expect(throws: CSVError.self) { try CSV.rows("a\n\n\"1\n2") }
        #expect(error?.line == 3)
        #expect(error?.message == "the quotes that open a field are never closed")
        #expect(throws: CSVError.self) { try CSV.rows("a,b\n\"1\"2,3") }
    }

    /// Reading a table ends with the time of who asked for it, also within one field.
    @Test(arguments: [
        "a,b\n" + String(repeating: "1,2\n", count: 100_000), String(repeating: "x", count: 400_000),
    ])
    func tablesAreStopped(text: String) {
        let limit = TimeLimit()
        limit.cancel()
        for quoted in [text, "\"" + text + "\""] {
            let error = #expect(throws: CSVError.self) { try CSV.records(quoted, limit) }
            #expect(error?.kind == .stopped)
        }
    }

    /// Small rows take many times the memory of their text.
    @Test func tooManyRowsAreRefused() {
        let text = "a\n" + String(repeating: "1\n", count: 1_100_000)
        let error = #expect(throws: CSVError.self) { try CSV.records(text) }
        #expect(error?.kind == .tooLarge && error?.message == ValueBudget.refusal)
    }
}

import AutoChecker
import Testing
import Values
import WrittenJSON

/// What is made of JSON that is not written to the letter.
@Suite(.timeLimit(.minutes(1))) struct MendingTests {
    @Test(arguments: [
        ("Sure! ```json\n{\"a\": 1}\n``` done", #"{"a":1}"#),
        ("{a: 'x', b: [1, 2,],}", #"{"a":"x","b":[1,2]}"#),
        ("{\"a\": 1, // one\n \"b\": /* two */ 2}", #"{"a":1,"b":2}"#),
        ("{\"a\": 1 # one\n, \"b\": 2}", #"{"a":1,"b":2}"#),
        (#"{"a": {"b": "x" // c }, "d": 1}"#, #"{"a":{"b":"x"},"d":1}"#),
        (#"{"a": true, COMMENT "b": 1}"#, #"{"a":true,"b":1}"#),
        ("It is {'ok': True, 'none': None, u: undefined}.", #"{"ok":true,"none":null,"u":null}"#),
        ("{“a”: “it’s”, ‘b’: `x´}", #"{"a":"it’s","b":"x"}"#),
        ("{\"a\":\u{3000}1,\u{A0}\"b\":\u{2009}2}", #"{"a":1,"b":2}"#),
        (#"{"a" 2}"#, #"{"a":2}"#), (#"{"name" "x"}"#, #"{"name":"x"}"#), ("{'a'2}", #"{"a":2}"#),
        (#"{"a": "b" "c": "d"}"#, #"{"a":"b","c":"d"}"#), ("[1 2 3]", "[1,2,3]"),
        (#"["a" "b" 1]"#, #"["a","b",1]"#), ("[{\"a\": 1}\n{\"a\": 2}]", #"[{"a":1},{"a":2}]"#),
        (#"{"a": [1, 2, "b": 3}"#, #"{"a":[1,2],"b":3}"#),
        (#"{"a":[{"b": "c"], "d": 1}"#, #"{"a":[{"b":"c"}],"d":1}"#), ("[1,[}]", "[1,[]]"),
        (#"[{"i":1,{"i":2}]"#, #"[{"i":1},{"i":2}]"#), ("{{\"a\": 1}}", #"{"a":1}"#),
        (#"{"a": 1}}, "b": 2}"#, #"{"a":1,"b":2}"#), (#""a": 1, "b": 2}"#, #"{"a":1,"b":2}"#),
        (#"{"a": 1}}]}"#, #"{"a":1}"#), ("[1, 2, ..., 9]", "[1,2,9]"),
        ("{'a': (1, 2), 'b': (1), 'c': {1, 2}, 'd': ()}", #"{"a":[1,2],"b":1,"c":[1,2],"d":[]}"#),
        ("['a' + 'b', \"c\" +\n \"d\"]", #"["ab","cd"]"#),
        (#"{a: ObjectId("12"), b: NumberLong(2), c: new Date(0)}"#, #"{"a":"12","b":2,"c":0}"#),
        ("callback({\"a\": 1});", #"{"a":1}"#),
        ("{a: datetime(2024, 1, 2)}", #"{"a":"datetime(2024, 1, 2)"}"#),
        ("{a: r'\\d', b: u\"x\"}", #"{"a":"\\d","b":"x"}"#),
        (#"{""key"": ""value"", "b": ""}"#, #"{"key":"value","b":""}"#),
        ("{a: \"\"\"two\nlines\"\"\", b: 1}", #"{"a":"two\nlines","b":1}"#),
        (#"{\"a\": \"b \\\"c\\\"\", \"n\": [1]}"#, #"{"a":"b \"c\"","n":[1]}"#),
        (#"["key": 1, "other": 2]"#, #"{"key":1,"other":2}"#),
        ("/* 1 */\n{}\n\n/* 2 */\n{}", "[{},{}]"), ("1, 2, 3,", "[1,2,3]"),
        ("{\"a\": 1}\n{}\n{\"a\": 2}", #"[{"a":1},{},{"a":2}]"#), (#"{"a": 1}/* "b": } */"#, #"{"a":1}"#),
        (#"{"u": {"t": [1, 2}, "b": 1}, "c": 2}"#, #"{"u":{"t":[1,2],"b":1},"c":2}"#),
        (#"{"a": [1, {"b": [2}]}, "c": 3}"#, #"{"a":[1,{"b":[2]}],"c":3}"#),
        (#"{"a": 1; "b": "x"; "c": []}"#, #"{"a":1,"b":"x","c":[]}"#),
        (#"{"a": "x", "b" "y", "c" 2}"#, #"{"a":"x","b":"y","c":2}"#),
        (#"{"a": "x", ""b"": 1}"#, #"{"a":"x","b":1}"#), (#"["x", ""$5 more""]"#, #"["x","$5 more"]"#),
        ("[1 true ...]", "[1,true]"), (#"["x", 1.5 "y (z)" 2, "w"]"#, #"["x",1.5,"y (z)",2,"w"]"#),
        (#"{"a": "x", "b" -5}"#, #"{"a":"x","b":-5}"#), ("{\"a: -5\n}", #"{"a":-5}"#),
        (#"{"a": 3.14 ...}"#, #"{"a":3.14}"#), (#"{"x-y: true}"#, #"{"x-y":true}"#),
        (#"{"a": 1, first name": "x"}"#, #"{"a":1,"first name":"x"}"#),
        (#"{"first name: "x", "b": 1}"#, #"{"first name":"x","b":1}"#),
        (#"["x", NumberLong("2"), (1, 2)]"#, #"["x","2",[1,2]]"#),
        (#"[0.5, {\"a\": \"x=y\"}]"#, #"[0.5,{"a":"x=y"}]"#),
        (#"{"a": [1], [2], [3]}"#, #"{"a":[1,2,3]}"#),
        (#"[{"a": 1}}, null, 2]"#, #"[{"a":1},null,2]"#),
        (#"{"a": {"b": [1, "x"]], "c": null}, "d": 2}"#, #"{"a":{"b":[1,"x"],"c":null},"d":2}"#),
        (#"["x"; 1e3; "y"; [2]]"#, #"["x",1000.0,"y",[2]]"#), ("[3.5;\n 2]", "[3.5,2]"),
        (#"["x" 0 null]"#, #"["x",0,null]"#), ("[null  false  \"x\"]", #"[null,false,"x"]"#),
        (#"{"a": "x","b"0.5}"#, #"{"a":"x","b":0.5}"#), (#"{"a": "x", "b""y"}"#, #"{"a":"x","b":"y"}"#),
        (#"{"a" = "x","b" = {"c" => 1}}"#, #"{"a":"x","b":{"c":1}}"#),
        ("export default [false];", "[false]"), ("callback({\"a\": 1};", #"{"a":1}"#),
        // A bracket of a kind of which none is open closes nothing, and lists that follow lists are of them.
        ("{a: [], b: [1]], c: {}}", #"{"a":[],"b":[1],"c":{}}"#),
        (#"{"a": [1]], "b" 2}"#, #"{"a":[1],"b":2}"#),
        (#"{"m": [[1, 2]], [3, 4]], "e": []}"#, #"{"m":[[1,2],[3,4]],"e":[]}"#),
        (#"{"a": [1, 2)}"#, #"{"a":[1,2]}"#), ("`{\"a\": 1}`", #"{"a":1}"#),
        ("<output>[{\"a\": 1}]</output>", #"[{"a":1}]"#),
        // Brackets in each other's place, and one too many before the next field.
        (#"[{"c":{"b":[{"d":"0"}}]},{"t":"y"}]"#, #"[{"c":{"b":[{"d":"0"}]}},{"t":"y"}]"#),
        (#"[[{"a":1,"b":2]},"c"]"#, #"[[{"a":1,"b":2}],"c"]"#),
        (#"[{"a":{"b":1}}},"c":2}]"#, #"[{"a":{"b":1},"c":2}]"#),
        (#"[{"a": "b", "a"#, #"[{"a":"b"}]"#), (#"["a", 5; 3]"#, #"["a",5,3]"#),
        (#"["ok"null,"b"]"#, #"["ok",null,"b"]"#),
        ("{\"a\"：\"x\"，\"b\"： [1，2，\"z\"]，\"c\"：true}", #"{"a":"x","b":[1,2,"z"],"c":true}"#),
    ])
    func structureIsMended(text: String, expected: String) { #expect(read(text) == expected) }

    @Test(arguments: [
        (#"{"say": "he said "hi" to me"}"#, #"{"say":"he said \"hi\" to me"}"#),
        (#"{"say": "he said "hi", then left", "n": 1}"#, #"{"say":"he said \"hi\", then left","n":1}"#),
        (#"["He said, "hello" to me"]"#, #"["He said, \"hello\" to me"]"#),
        (#"{"html": "<a class="x" href="y">z</a>"}"#, #"{"html":"<a class=\"x\" href=\"y\">z</a>"}"#),
        (#"{"x": "a, {"k": {"n": 1}}, "y": 2}"#, #"{"x":"a, {\"k\": {\"n\": 1}}","y":2}"#),
        (#"{"code": "if (x) { return "a"; }", "n": 1}"#, #"{"code":"if (x) { return \"a\"; }","n":1}"#),
        (#"{'a': 'don't', 'b': 'it's'}"#, #"{"a":"don't","b":"it's"}"#),
        (#"{"a":"b,c,"d":"e"}"#, #"{"a":"b,c","d":"e"}"#), (#"["a, "b", "c"]"#, #"["a","b","c"]"#),
        (#"{"url":"https://x.org/,"id":2}"#, #"{"url":"https://x.org/","id":2}"#),
        (#"{"time":"12:20}"#, #"{"time":"12:20"}"#), (#"["hello, world]"#, #"["hello","world"]"#),
        ("{\"a\": \"foo\n\"b\": \"bar\"}", #"{"a":"foo","b":"bar"}"#),
        (#"{a":"x","b":y","c: "z"}"#, #"{"a":"x","b":"y","c":"z"}"#), (#"[a",b"]"#, #"["a","b"]"#),
        (#"["one" two", "three"]"#, #"["one","two","three"]"#), (#"["6" pipe", "x"]"#, #"["6\" pipe","x"]"#),
        (#"{"a"": 1}"#, #"{"a":1}"#),
        (#"[["a"] "b", {"c": "d"} "e"]"#, #"[["a"],"b",{"c":"d"},"e"]"#),
        (#"{"a": "it is "so" x=y"}"#, #"{"a":"it is \"so\" x=y"}"#),
        (##"{"a": "the "first" #1"}"##, ##"{"a":"the \"first\" #1"}"##),
        (##"["the "#1 choice" of all"]"##, ##"["the \"#1 choice\" of all"]"##),
        (#"["a b", many words here, "c"]"#, #"["a b","many words here","c"]"#),
        (#"['it is'  so' , 1]"#, #"["it is'  so",1]"#),
        (#"{"a": {"b": "x}, "c": 1}"#, #"{"a":{"b":"x"},"c":1}"#),
        ("[\"a,\n  {\"b\": 1}\n]", #"["a",{"b":1}]"#),
        (#"{"a": "{\\"b\\\": [\"c\\\"],\"d\":"e"}"}"#, #"{"a":"{\"b\": [\"c\"],\"d\":\"e\"}"}"#),
        ("{\n\"a\": \"\n```{}```\n\"\n\",\n b: \"x\",\n}", #"{"a":"\n```{}```\n\"","b":"x"}"#),
        ("[\"x\", \"of many  ", #"["x","of many"]"#),
        (#"{"a": ""Paris" quick", "b": ""x" y"}"#, #"{"a":"\"Paris\" quick","b":"\"x\" y"}"#),
        (##"[""#1 of all"", 1]"##, ##"["#1 of all",1]"##),
        (#"["a b""c d", "e"]"#, #"["a b","c d","e"]"#),
        (#"["x", it's y", https://x.org/?a=b"]"#, #"["x","it's y","https://x.org/?a=b"]"#),
        // The last quote of all ends its text, whatever stands behind it.
        ("{\"a\": 1, \"b\": \"x\"\nHope it helps.", #"{"a":1,"b":"x"}"#),
        (#"x = {"a": "C#";"#, ##"{"a":"C#"}"##),
        ("x = {\"a\": \"it's\n};", #"{"a":"it's"}"#), ("[1, \"a b\n] // done", #"[1,"a b"]"#),
        (#"[He said \"so\" and left", 1]"#, #"["He said \"so\" and left",1]"#),
        (#"Result: {"a": "x""#, #"{"a":"x"}"#), (#"Result: [0.5,"x y.""#, #"[0.5,"x y."]"#),
        (#"[1, "he said \"so\" and left"#, #"[1,"he said \"so\" and left"]"#),
        ("[[{\"a\": \"don't\n}\n],\n{\n \"c\": 2}]", #"[[{"a":"don't"}],{"c":2}]"#),
        ("{\"a\": [\n\"x\",\n\"y\" WORD\n],\n\"b\": 1}", #"{"a":["x","y","WORD"],"b":1}"#),
        (#"{"a": [1, {"b": "x1}], "c": 2}"#, #"{"a":[1,{"b":"x1"}],"c":2}"#),
        ("{\"a\": [4, \"red\n  ],\n  \"b\": 1}", #"{"a":[4,"red"],"b":1}"#),
        // One quote too many.
        (#"{"a": "x", "b"": 2}"#, #"{"a":"x","b":2}"#), (#"{"a": "x", ""b": 2}"#, #"{"a":"x","b":2}"#),
        (#"{"a": ""x y", "b": 2}"#, #"{"a":"x y","b":2}"#),
        (#"{"a": "x y"", "b": 2}"#, #"{"a":"x y","b":2}"#),
        (#"{"a": "5'10"", "b": 2}"#, #"{"a":"5'10\"","b":2}"#),
        ("{'a': 'x', 'b: 'y', 'c': 2}", #"{"a":"x","b":"y","c":2}"#),
        ("{\"a\": \"“x”：\"y\"，\"z\"。\", \"b\": 1}", #"{"a":"“x”：\"y\"，\"z\"。","b":1}"#),
    ])
    func quotesAreTold(text: String, expected: String) { #expect(read(text) == expected) }

    @Test(arguments: [
        (
            "{date: 2024-10-18T18:35:22.229Z, time: 12:30}",
            #"{"date":"2024-10-18T18:35:22.229Z","time":"12:30"}"#
        ),
        ("{url:https://x.org/a?b=1, id: 2}", #"{"url":"https://x.org/a?b=1","id":2}"#),
        ("{\"a\": py\"\n \"b\": 2}", #"{"a":"py","b":2}"#),
        (#"["x", see {y}", "z"]"#, #"["x","see {y}","z"]"#),
        (#"{a: at 12:30 or so", b: one\ntwo"}"#, #"{"a":"at 12:30 or so","b":"one\ntwo"}"#),
        (#"{a: one; two; three", b: 1}"#, #"{"a":"one; two; three","b":1}"#),
        ("{a: hello world, b: one, two, c: 3}", #"{"a":"hello world","b":"one, two","c":3}"#),
        ("{text:words{words in brackets}m}", #"{"text":"words{words in brackets}m"}"#),
        (
            "{a: 1/3, b: 1_000, c: 0789, d: 0.0.1, e: 1,234.5}",
            #"{"a":"1/3","b":1000,"c":"0789","d":"0.0.1","e":"1,234.5"}"#
        ),
        ("{a: .25, b: 2., c: +1, d: -05, e: 2e}", #"{"a":0.25,"b":2.0,"c":1,"d":"-05","e":2.0}"#),
        ("{a: yes, b: $12, c: 12%, color: #fff}", ##"{"a":"yes","b":"$12","c":"12%","color":"#fff"}"##),
        ("{regex: /a+b/, x: trueish}", #"{"regex":"/a+b/","x":"trueish"}"#),
        (##"{a: the amount #1 of 2, b: room A:B}"##, ##"{"a":"the amount #1 of 2","b":"room A:B"}"##),
        ("{a: 5 #five\n, b: x # y\n}", #"{"a":5,"b":"x"}"#),
        (#"{a: he said \"so\"\nand left}"#, #"{"a":"he said \"so\"\nand left"}"#),
        ("trueble", #""trueble""#), ("002e3", #""002e3""#),
    ])
    func bareValuesAreRead(text: String, expected: String) { #expect(read(text) == expected) }

    /// A backslash that escapes nothing stays.
    @Test(arguments: [
        (#"{"p": "C:\Users\new", "r": "\d+\.\w"}"#, #"{"p":"C:\\Users\\new","r":"\\d+\\.\\w"}"#),
        (#"{"t": "\alpha \frac{1}{2} \beta"}"#, #"{"t":"\\alpha \\frac{1}{2} \\beta"}"#),
        // Beside other commands of TeX `\times` is one, and `\nLet` a new line.
        (
            #"{"t": "$\frac{a}{b} \times \theta$\nLet \nu be\tone"}"#,
            #"{"t":"$\\frac{a}{b} \\times \\theta$\nLet \\nu be\tone"}"#
        ), (#"{"t": "a\times", b: 1}"#, #"{"t":"a\times","b":1}"#),
        (#"{"a": "b\", c: "\uZZZZ\x41"}"#, #"{"a":"b\", c: ","\\uZZZZ\\x41":null}"#),
        (#"{"a": "\u00e9\ud83d\ude00\x41", }"#, #"{"a":"é😀A"}"#), (#"{"a": "val\"#, #"{"a":"val\\"}"#),
    ])
    func backslashesAreKept(text: String, expected: String) {
        if text.contains("ZZZZ") { return #expect(read(text) != nil) }
        #expect(read(text) == expected)
    }

    /// What was there before the end is there after it, whatever the place of the cut.
    @Test func everyPlaceOfACutIsMended() throws {
        let whole = #"{"a": ["x", {"b": true, "c": "d\n"}], "e": -1.5, "f": null}"#
        for length in 1..<whole.utf8.count {
            let text = String(whole.prefix(length))
            let value = try DataType.json.read(text, cut: .taken).value
            let fields = try #require(value.asMap)
            let names = ["a", "e", "f"].map { fields[$0] != nil }
            #expect(names == names.sorted { $0 && !$1 }, "\(text)")
            #expect(throws: NoAnswer.self) { try DataType.json.read(text, cut: .refused) }
        }
    }

    /// What is JSON means what it says, whatever its texts hold.
    @Test(arguments: [
        #"{"a":"b\": \"c","d":"x, \"y\": 1","e":"// no","f":"```{}```"}"#, #"[" ","{","}",",",":"]"#,
        #""a text""#, "12", "null", #"{"":{"":[]}}"#,
    ])
    func whatIsExactStays(text: String) { #expect(read(text) == text) }

    @Test(arguments: [
        "{\"n\": 12345678901234567890}", "[1e400]", "[-Infinity]", "123456789012345678901234567890",
    ])
    func digitsAreNeverLost(text: String) {
        guard case .misfit(let misfit)? = reason(text) else {
            Issue.record("it was read")
            return
        }
        #expect(misfit.text.contains("digits"))
    }

    @Test func aTextKeepsEveryDigit() {
        let type = DataType.record([DataField("n", .text)], name: "N")
        #expect(read("{n: 12345678901234567890}", type) == #"{"n":"12345678901234567890"}"#)
        #expect(read("{n: 1.10}", type) == #"{"n":"1.10"}"#)
        #expect(read("{n: 9223372036854775807}", .json) == #"{"n":9223372036854775807}"#)
    }

    @Test(arguments: [
        "", " ", "nothing here", "]", "}", "see [note]", "{ color: red; }", "I'm sorry, I cannot.",
    ])
    func proseIsNothing(text: String) { #expect(read(text) == nil) }

    /// A piece of something that cannot be read is never the answer.
    @Test(arguments: [
        #"{"first": {"kind": "a"}, "c" oops; "second": {"kind": "b"}}"#, "[1, 2], 3]",
        #"{\"a\": 1} and {\"b\": 2}"#, #"{"a": {"b": 1}, {"c": 2}; }"#, #"{"a": 1} and more } here"#,
        #"{"a": 1, "b", "c": 2}"#, #"{"a": oops; "b } ", "c": {"d": 1}}"#,
    ])
    func noPieceIsFound(text: String) { #expect(reason(text) != nil) }

    @Test(arguments: [
        (#"{"dir": "C:\", "n": 1}"#, #"{"dir":"C:\\","n":1}"#),
        (#"{"q": "say \"hi\", "n": 1}"#, #"{"q":"say \"hi\"","n":1}"#),
        (#"{"a": 'x", "b": "y"}"#, #"{"a":"x","b":"y"}"#), (#"{"a": "b""}"#, #"{"a":"b"}"#),
        (#"{"a": ""b"}"#, #"{"a":"b"}"#),
        (#"{"first name": "A", last name: "B"}"#, #"{"first name":"A","last name":"B"}"#),
    ])
    func quotesAtTheEndOfTextsAreToldApart(text: String, expected: String) {
        #expect(read(text) == expected)
    }

    @Test(arguments: [
        (#"{"a": tru"#, #"{"a":true}"#), (#"{"a": 1, "b": nul"#, #"{"a":1,"b":null}"#),
        ("{city: t", #"{"city":"t"}"#),
        ("'''json\n{\"a\": 1}\n'''", #"{"a":1}"#), ("``json\n{\"a\": 1}\n``", #"{"a":1}"#),
        ("> ```json\n> {\"a\": 1,\n> \"b\": 2}\n> ```", #"{"a":1,"b":2}"#),
        // Nothing is known of a name of which not even the first letter is there, and a quotation that opens ends no text.
        (#"{"a": 1, ""#, #"{"a":1}"#), (#"[{"a": 1}, {""#, #"[{"a":1},{}]"#),
        (#"{"a": 1, "b"#, #"{"a":1,"b":null}"#),
        (#"{"a": "she said "no"#, #"{"a":"she said \"no"}"#), (#"{"a": "x ""#, #"{"a":"x "}"#),
        (#"{"a": "she said "no and"#, #"{"a":"she said \"no and"}"#),
    ])
    func whatIsCutOrQuotedIsRead(text: String, expected: String) { #expect(read(text) == expected) }

    @Test func manyTouchingValuesAreOneList() {
        #expect(read("[1][2]\n[3] [4]") == "[[1],[2],[3],[4]]")
        #expect(read(#"{"a":1}{"a":2}{"a":"#) == #"[{"a":1},{"a":2},{"a":null}]"#)
        #expect(read("[][][1][]") == "[1]")
        #expect(read("See [1][2] and {\"a\":1}{\"a\":2}") == #"[{"a":1},{"a":2}]"#)
    }
}

import CEL
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct ListFunctionTests {
    /// A value that is small as it is kept, since its parts are the same, and has a thousand million parts to read.
    private static let shared =
        "cel.bind(a, lists.range(1000), cel.bind(b, a.map(x, a), cel.bind(c, b.map(x, b), VALUE)))"

    @Test(
        arguments: [
            "c == c", "{'k': c} == {'k': c}", "optional.of(c) == optional.of(c)", "c in [c]",
            "[c, c].distinct()",
            "sets.contains([c], [c])", "[c].indexOf(c)",
        ])
    func comparingAValueThatSharesItsPartsEnds(_ value: String) {
        let expression = ListFunctionTests.shared.replacing("VALUE", with: value)
        #expect(evaluated(expression) == "error: too large")
    }

    private static let values: [(String, String)] = [
        // cel-go's lists extension
        ("[1, 2, 3, 4].slice(1, 3)", "[2,3]"), ("[1, 2].slice(2, 2)", "[]"), ("[].slice(0, 0)", "[]"),
        ("[1, 2].slice(-1, 1)", "error: out of range"), ("[1, 2].slice(1, 0)", "error: out of range"),
        ("[1, 2].slice(0, 3)", "error: out of range"),
        ("[1, [2, 3], [4]].flatten()", "[1,2,3,4]"), ("[1, [2, [3, 4]]].flatten()", "[1,2,[3,4]]"),
        ("[1, [2, [3, [4]]]].flatten(2)", "[1,2,3,[4]]"),
        ("[1, [2, [3, [4]]]].flatten(0)", "[1,[2,[3,[4]]]]"),
        ("[].flatten()", "[]"), ("[[], [[]]].flatten(9)", "[]"),
        ("[[1]].flatten(-1)", "error: invalid argument"),
        ("lists.range(4)", "[0,1,2,3]"), ("lists.range(0)", "[]"), ("lists.range(-3)", "[]"),
        ("[1, 2, 2, 3, 3, 3].distinct()", "[1,2,3]"),
        ("['b', 'b', 'c', 'a', 'c'].distinct()", "[\"b\",\"c\",\"a\"]"),
        ("[1, 'b', 2, 'b'].distinct()", "[1,\"b\",2]"), ("[1, 1.0, 1u, 1.5].distinct()", "[1,1.5]"),
        ("[{'a': 1, 'b': 2}, {'b': 2.0, 'a': 1u}].distinct().size()", "1"),
        ("[[1], [1.0], [2]].distinct()", "[[1],[2]]"),
        ("['é', 'e\\u0301'].distinct().size()", "2"), ("[0.0, -0.0, 0].distinct().size()", "1"),
        ("[double('NaN'), double('NaN')].distinct().size()", "2"),
        ("[null, false, '', 0, [], {}].distinct().size()", "6"),
        ("['ab', 'c'] == ['ab', 'c'] && [['a', 'b'], ['ab']].distinct().size() == 2", "true"),
        ("[1, 2, 3].reverse()", "[3,2,1]"), ("[].reverse()", "[]"), ("['ab'].reverse()", "[\"ab\"]"),
        ("[3, 1, 2].sort()", "[1,2,3]"), ("['b', 'a', 'B'].sort()", "[\"B\",\"a\",\"b\"]"),
        ("[].sort()", "[]"),
        ("[2, 1.5, 1u].sort()", "[1,1.5,2]"), ("[true, false].sort()", "[false,true]"),
        ("[1, 'a'].sort()", "error: no such overload"), ("[[1]].sort()", "error: no such overload"),
        ("[double('NaN')].sort()", "error: no such overload"), ("[null].sort()", "error: no such overload"),
        ("[duration('2s'), duration('1s')].sort().map(d, string(d))", "[\"1s\",\"2s\"]"),
        (
            "[{'n': 'b', 's': 2}, {'n': 'a', 's': 2}, {'n': 'c', 's': 1}].sortBy(x, x.s).map(x, x.n)",
            "[\"c\",\"b\",\"a\"]"
        ),
        ("[1, -3, 2].sortBy(x, math.abs(x))", "[1,2,-3]"), ("[].sortBy(x, x)", "[]"),
        ("[1, 'a'].sortBy(x, x)", "error: no such overload"),
        ("[1].sortBy(x, [x])", "error: no such overload"),
        ("[1, 0].sortBy(x, 1 / x)", "error: division by zero"), ("{}.sortBy(x, x)", "[]"),
        ("[1, 2].first().value()", "1"), ("[1, 2].last().value()", "2"), ("[].first().hasValue()", "false"),
        ("[].last().orValue(7)", "7"), ("[{'a': 1}].first().a.value()", "1"),
        // Kubernetes' list functions
        ("[1, 2, 3].sum()", "6"), ("[1.5, 2.5].sum()", "4.0"), ("[1u, 2u].sum() == 3u", "true"),
        ("[].sum()", "0"),
        ("string([duration('1m'), duration('1s')].sum())", "\"61s\""), ("[1, 2.5].sum()", "3.5"),
        ("[9223372036854775807, 1].sum()", "error: overflow"), ("['a'].sum()", "error: no such overload"),
        ("[1, 'a'].sum()", "error: no such overload"), ("[timestamp(0)].sum()", "error: no such overload"),
        ("[3, 1, 2].min()", "1"), ("[3, 1, 2].max()", "3"), ("['b', 'a'].min()", "\"a\""),
        ("[1, 2.5].max()", "2.5"),
        ("[].min()", "error: invalid argument"), ("[].max()", "error: invalid argument"),
        ("[1, 'a'].max()", "error: no such overload"), ("[[1], [2]].min()", "error: no such overload"),
        ("[1, 1, 2].isSorted()", "true"), ("[2, 1].isSorted()", "false"), ("[].isSorted()", "true"),
        ("['a', 'b', 'b', 'c'].isSorted()", "true"), ("[1, 'a'].isSorted()", "error: no such overload"),
        ("[1, 2, 2, 3].indexOf(2)", "1"), ("[1, 2, 2, 3].lastIndexOf(2)", "2"),
        ("['a', 'b'].indexOf('c')", "-1"),
        ("[].lastIndexOf(1)", "-1"), ("[1, 2].indexOf(2.0)", "1"), ("[[1], [2]].indexOf([2])", "1"),
        // Ours
        ("[1, 2].avg()", "1.5"), ("[1.0, 2.0, 3.0].avg()", "2.0"), ("[1u].avg()", "1.0"),
        ("[1, 2.5].avg()", "1.75"),
        ("[].avg()", "error: invalid argument"), ("['a'].avg()", "error: no such overload"),
        ("chunk([1, 2, 3, 4, 5], 2)", "[[1,2],[3,4],[5]]"), ("chunk([], 3)", "[]"),
        ("chunk([1], 9)", "[[1]]"),
        ("chunk([1], 0)", "error: invalid argument"), ("chunk([1], 9223372036854775807)", "[[1]]"),
        // cel-go's sets extension
        ("sets.contains([], [])", "true"), ("sets.contains([], [1])", "false"),
        ("sets.contains([1, 2, 3, 4], [2, 3])", "true"),
        ("sets.contains([1, 2.0, 3u], [1.0, 2u, 3])", "true"), ("sets.contains([1], [2])", "false"),
        ("sets.equivalent([], [])", "true"), ("sets.equivalent([1], [1, 1])", "true"),
        ("sets.equivalent([1], [1u, 1.0])", "true"), ("sets.equivalent([1, 2, 3], [3u, 2.0, 1])", "true"),
        ("sets.equivalent([1, 2], [2, 2, 2])", "false"),
        ("sets.intersects([1], [])", "false"), ("sets.intersects([1], [1, 2])", "true"),
        ("sets.intersects([[1], [2, 3]], [[1, 2], [2, 3.0]])", "true"),
        ("sets.contains([double('NaN')], [double('NaN')])", "false"),
        ("sets.intersects([double('NaN')], [double('NaN')])", "false"),
    ]

    @Test(arguments: ListFunctionTests.values)
    func value(expression: String, expected: String) {
        #expect(evaluated(expression) == expected, "\(expression)")
    }

    private static let types: [(String, String)] = [
        ("ints.first()", "optional int"), ("ints.slice(0, 1)", "list<int>"), ("ints.sort()", "list<int>"),
        ("ints.distinct()", "list<int>"), ("ints.reverse()", "list<int>"), ("'a'.reverse()", "text"),
        ("ints.sum()", "int"), ("numbers.sum()", "number"), ("ints.max()", "int"), ("ints.avg()", "number"),
        ("chunk(ints, 2)", "list<list<int>>"), ("chunk(ints, 2).flatten()", "list<int>"),
        ("ints.flatten()", "list<int>"),
        ("lists.range(3)", "list<int>"), ("ints.indexOf(1)", "int"), ("ints.isSorted()", "bool"),
        ("ints.sortBy(x, -x)", "list<int>"), ("sets.contains(ints, [1])", "bool"), ("any.sum()", "json"),
        ("any.flatten()", "list<json>"), ("any.sortBy(x, x.a)", "json"), ("any.size()", "int"),
        ("texts.sum()", "`sum()` on list<text> does not exist"),
        ("ints.sortBy(x, [x])", "`sortBy` has no order for list<int>"),
        ("3.0.sortBy(x, x)", "`sortBy` goes over a list or a map, found number"),
        ("lists.rang(3)", "there is no function `lists.rang`"),
    ]

    @Test(arguments: ListFunctionTests.types)
    func type(expression: String, expected: String) {
        let known: [String: Type] = [
            "ints": .list(.int), "numbers": .list(.double), "texts": .list(.string), "any": .dyn,
        ]
        #expect(typed(expression, known) == expected, "\(expression)")
    }

    /// What is large is paid for before it is made, and sorting and telling apart do not grow with the square.
    @Test func workIsBounded() {
        #expect(evaluated("lists.range(9223372036854775807)").hasPrefix("error: "))
        #expect(evaluated("lists.range(100000).map(x, -x).sort()[0]") == "-99999")
        #expect(evaluated("lists.range(100000).distinct().size()") == "100000")
        #expect(evaluated("sets.equivalent(lists.range(100000), lists.range(100000).reverse())") == "true")
    }
}

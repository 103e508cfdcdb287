import CEL
import Diagnostics
import Testing
import Values

/// What an expression says when it cannot be computed: the part that fails, and the values in it.
@Suite(.timeLimit(.minutes(1))) struct ErrorTests {
    private let names = ["n": 0, "m": 1, "l": 2, "o": 3, "s": 4, "secret": 5]
    private let values: [Value] = [
        .int(7), .int(0), .list([.int(1), .int(2), .int(3)]),
        .record([("a", .int(1)), ("b", .string("two"))]), .string("hello"), .string("top-secret-key"),
    ]

    /// Values of which one was made from a secret.
    private struct Marked: Activation {
        let values: [Value]

        func value(at slot: Int) -> Value? { values[slot] }
        func marks(at slot: Int) -> Marks { slot == 5 ? Marks(secrets: ["KEY"]) : Marks() }
    }

    private func error(_ text: String) throws -> String {
        let source = SourceText(name: "test", text: text)
        let program = Program(try parseExpression(source), names: names)
        do throws(EvaluationError) {
            return "no error: \(try program.evaluate(Marked(values: values)))"
        } catch {
            return error.text(in: source)
        }
    }

    @Test(arguments: [
        ("1 + n / m", "division by zero in `n / m`, where `n` is 7 and `m` is 0"),
        ("n % m", "division by zero in `n % m`, where `n` is 7 and `m` is 0"),
        ("l[n]", "out of range: index 7 of a list of 3 in `l[n]`, where `n` is 7 and `l` is a list of 3"),
        ("[][0]", "out of range: index 0 of an empty list in `[][0]`"),
        (
            "o.c",
            "no such key: \"c\"; it has \"a\" and \"b\" in `o.c`, where `o` is a record with \"a\" and \"b\""
        ),
        ("{}['x']", "no such key: \"x\"; the record is empty in `{}['x']`"),
        ("int(s)", "invalid argument: \"hello\" cannot be read as an int in `int(s)`"),
        (
            "n + s",
            "no such overload: `+` of an int and a string in `n + s`, where `n` is 7 and `s` is \"hello\""
        ),
        (
            "n > s",
            "no such overload: an int and a string have no order in `n > s`, where `n` is 7 and `s` is \"hello\""
        ),
        (
            "[1, 'a'].sum()",
            "no such overload: `sum` takes a list of numbers, found a string in it in `[1, 'a'].sum()`"
        ),
        ("null + n", "no such overload: `+` of null and an int in `null + n`, where `n` is 7"),
        (
            "duration('1s') + n",
            "no such overload: `+` of a duration and an int in `duration('1s') + n`, where `duration('1s')` is 1s and `n` is 7"
        ),
        ("l.map(x, x / m)", "division by zero in `x / m`, where `x` is 1 and `m` is 0"),
        ("math.absolut(n)", "unknown name: there is no function `math.absolut`: did you mean `math.abs`?"),
        ("secre + 'x'", "unknown name: undeclared reference to 'secre': did you mean `secret`?"),
        ("[1].map(item, itm)", "unknown name: undeclared reference to 'itm': did you mean `item`?"),
        ("sum(l)", "unknown name: there is no function `sum`: write it after its value: `x.sum(…)`"),
        ("max(n, m)", "unknown name: there is no function `max`: write `math.greatest(x, y)`"),
        ("l.sorted()", "unknown name: there is no function `sorted`: write `x.sort()`"),
        ("upper(s)", "unknown name: there is no function `upper`: write `x.upperAscii()`"),
    ])
    func theErrorNamesItsValues(expression: String, expected: String) throws {
        let found = try error(expression)
        // What a message says already is not said again.
        #expect(found == expected || found.hasPrefix(expected.prefix { $0 != "," }), "\(found)")
    }

    /// A long value is cut, a long expression too.
    @Test func longValuesAreCut() throws {
        let text = "int('" + String(repeating: "x", count: 1_000) + "')"
        #expect(try error(text).utf8.count < 300)
        let sum = (0..<100).map { _ in "n" }.joined(separator: " + ") + " + s"
        #expect(try error(sum).utf8.count < 300)
    }

    /// What was made from a secret is not quoted: of a part of it nobody would know that it is one.
    @Test(arguments: [
        "int(secret)", "int(secret.substring(0, 8))", "secret[0]", "{}[secret]", "n / (m * size(secret))",
    ])
    func secretsAreNotQuoted(expression: String) throws {
        let found = try error(expression)
        #expect(!found.contains("top") && !found.contains("hello"), "\(found)")
        #expect(!found.hasPrefix("no error"))
    }

    @Test(arguments: [
        ("upper(s)", "upperAscii"), ("s.len()", "size"), ("lenght(s)", "size"), ("now()", "clock"),
        ("s.startswith('a')", "startsWith"), ("Math.max(1, 2)", "math.greatest"),
        ("math.max(1, 2)", "math.greatest(x, y)"), ("json.parse(s)", "parse_json(x)"),
        ("JSON.parse(s)", "parse_json(x)"), ("strings.upper(s)", "x.upperAscii()"),
        ("strings.split(s, ',')", "x.split(…)"), ("lists.len(l)", "size(x)"),
    ])
    func unknownFunctionsAreAnswered(expression: String, word: String) throws {
        #expect(try error(expression).contains(word))
    }

    /// Who evaluates an expression by itself is told what the checker would tell.
    @Test(arguments: [
        ("json.parse(s)", "unknown name: there is no function `json.parse`", "write `parse_json(s)`"),
        ("math.max(1, 2)", "unknown name: there is no function `math.max`", "write `math.greatest(1, 2)`"),
        (
            "strings.upper('a')", "unknown name: there is no function `strings.upper`",
            "write `'a'.upperAscii()`"
        ),
        (
            "strings.split(s, ',')", "unknown name: there is no function `strings.split`",
            "write `s.split(',')`"
        ),
    ])
    func adviceIsThatOfTheChecker(expression: String, message: String, help: String) throws {
        let advice = try advice(expression)
        #expect(advice.message == message)
        #expect(advice.help == help)
    }

    @Test(arguments: ["'x'.length", "[1, 2].length"])
    func sizesOfOtherLanguagesAreAnswered(expression: String) throws {
        #expect(try advice(expression).help?.contains("size(") == true)
    }

    private func advice(_ text: String) throws -> ExpressionAdvice {
        let source = SourceText(name: "test", text: text)
        let program = Program(try parseExpression(source), names: names)
        do throws(EvaluationError) {
            let value = try program.evaluate(Marked(values: values))
            Issue.record("no error: \(value)")
            return ExpressionAdvice(EvaluationError(.stopped, ""), in: source, names: [])
        } catch {
            return ExpressionAdvice(error, in: source, names: Set(names.keys))
        }
    }

    @Test(arguments: [
        ("[1].filter(x => x > 1)", "write `x, …`"), ("n and m", "write `&&`"),
        ("n = m", "write `==` to compare"),
    ])
    func slipsAreAdvised(expression: String, help: String) {
        do throws(Diagnostic) {
            _ = try parseAdvisedExpression(SourceText(name: "t", text: expression))
            Issue.record("it is read")
        } catch {
            #expect(error.help == help)
        }
    }

    @Test(arguments: ["n and m", "n = m", "not n", "[1 2]", "size(s s)"])
    func slipsAreRefused(expression: String) {
        #expect(throws: Diagnostic.self) { try parseExpression(SourceText(name: "t", text: expression)) }
    }
}

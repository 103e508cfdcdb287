import AutoRuntime
import AutoSteps
import Foundation
import Testing
import Values

/// A folder of a test's own with files in it.
private struct Place {
    let path: String
    var out: String { path + "/out" }
    var output: OutputFolder { .folder(out) }

    init(_ files: [String: [UInt8]] = [:]) throws {
        path = FileManager.default.temporaryDirectory.path + "/autorun-files-" + UUID().uuidString
        for (name, bytes) in files {
            let file = URL(fileURLWithPath: path + "/" + name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    }

    /// Takes the folder away, which each test does at its end.
    func clean() { try? FileManager.default.removeItem(atPath: path) }

    func written(_ name: String) -> String? {
        FileManager.default.contents(atPath: out + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Every path in the output folder, hidden ones too.
    var all: [String] { FileManager.default.subpaths(atPath: out)?.sorted() ?? [] }
}

private func transform(_ fields: String, settings: String = "") -> String {
    one("DATA_TRANSFORM t -> end { \(settings)\n prompt_template { \(fields) } }")
}

@Suite(.timeLimit(.minutes(1))) struct FileReadingTests {
    @Test(arguments: [
        ("a.csv", "name,n\nx,1\n\"y, z\",\n", #"[{"name":"x","n":"1"},{"name":"y, z","n":""}]"#),
        // As tables are written where decimals have a comma.
        ("a.csv", "n;\"n, m\"\nx;1,5\n\"y; z\";\n", #"[{"n":"x","n, m":"1,5"},{"n":"y; z","n, m":""}]"#),
        ("a.csv", "\n\na\n1;2", #"[{"a":"1;2"}]"#), ("a.csv", "a;b,c\n1,2", #"[{"a;b":"1","c":"2"}]"#),
        // A first line that only says what separates the fields.
        ("a.csv", "\u{FEFF}sep=;\r\na;b, c\r\n1,5;2\r\n", #"[{"a":"1,5","b, c":"2"}]"#),
        ("a.csv", "sep=|\na|b\n1|2\n", #"[{"a":"1","b":"2"}]"#),
        ("a.csv", "sep=,\na,b\n1,2\n", #"[{"a":"1","b":"2"}]"#), ("a.csv", "sep=;\n", "[]"),
        ("a.tsv", "sep=\t\na\n1\n", #"[{"a":"1"}]"#), ("a.csv", "sep=x\n1\n", #"[{"sep=x":"1"}]"#),
        ("a.TSV", "a\tb\n1\t2", #"[{"a":"1","b":"2"}]"#), ("a.csv", "", "[]"),
        ("a.json", #"{"a": [1, 2.0]}"#, #"{"a":[1,2.0]}"#),
        ("a.jsonl", "1\r\n\n{\"a\":2}\n", #"[1,{"a":2}]"#),
        ("a.yml", "a: [x, 1]", #"{"a":["x",1]}"#),
        ("a.toml", "a = 1\n[b]\nc = 'x'", #"{"a":1,"b":{"c":"x"}}"#),
        ("a.xml", "<r><i n='1'>x</i></r>", ##"{"r":{"i":[{"@n":"1","#text":"x"}]}}"##),
        ("a.txt", "\u{FEFF}plain", "plain"), ("noending", "x", "x"), ("in/deep/a.md", "y", "y"),
    ])
    func readsByTheEnding(name: String, text: String, expected: String) async throws {
        let place = try Place([name: Array(text.utf8)])
        defer { place.clean() }
        let outcome = try await run(transform("read: \"\(name)\""), folder: place.path)
        #expect(outcome.result == expected, "\(outcome.error ?? "")")
    }

    @Test func readsUTF16ByItsMark() async throws {
        let place = try Place([
            "a.csv": [0xFF, 0xFE] + "a\nä\n".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        ])
        defer { place.clean() }
        let outcome = try await run(transform("read: \"a.csv\""), folder: place.path)
        #expect(outcome.result == #"[{"a":"ä"}]"#, "\(outcome.error ?? "")")
    }

    @Test(arguments: [
        ("value: input.map(r, r.n)", #"["1","2"]"#), ("jq: 'map(.n | tonumber) | add'", "3"),
        ("value: { count: input.size() + inputs.more }", #"{"count":12}"#),
    ])
    func worksOnWhatWasRead(field: String, expected: String) async throws {
        let place = try Place(["a.csv": Array("n\n1\n2\n".utf8)])
        defer { place.clean() }
        let outcome = try await run(
            "input more: int = 10\n" + transform("read: \"a.csv\"\n \(field)"), inputs: [("more", .int(10))],
            folder: place.path)
        #expect(outcome.result == expected, "\(outcome.error ?? "")")
    }

    @Test func valueReadsItsInput() async throws {
        let outcome = try await run(transform("input: [1, 2]\n value: input.map(n, n * 2)"))
        #expect(outcome.result == "[2,4]", "\(outcome.error ?? "")")
    }

    @Test func typesTheCells() async throws {
        let place = try Place(["a.csv": Array("a,n,x,ok,more\nb,3,1.5,TRUE,z\nc,,2,false,z\n".utf8)])
        defer { place.clean() }
        let settings = "result: list<{ a: text, n: int?, x: number, ok: bool }>"
        let outcome = try await run(transform("read: \"a.csv\"", settings: settings), folder: place.path)
        #expect(
            outcome.result == #"[{"a":"b","n":3,"x":1.5,"ok":true},{"a":"c","x":2.0,"ok":false}]"#,
            "\(outcome.error ?? "")")
        let wrong = try await run(
            transform("read: \"a.csv\"", settings: "result: list<{ a: int }>"), folder: place.path)
        #expect(
            wrong.error?.contains("`a.csv` does not fit `result` at line 2: `a`") == true,
            "\(wrong.error ?? "")")
    }

    /// A column whose name is misspelt is not lost where its field is optional.
    @Test(arguments: [
        ("name,prise\na,1\n", "`price`: expected a column of that name, found `prise`"),
        ("name,Price\na,1\n", "`price`: expected a column of that name, found `Price`"),
        ("name\na\n", nil), ("name,weight\na,1\n", nil), ("name,price,prise\na,,1\n", nil),
        ("name,no,price1\na,1,2\n", nil),
    ])
    func aMisspeltColumnIsTold(text: String, problem: String?) async throws {
        let place = try Place(["a.csv": Array(text.utf8)])
        defer { place.clean() }
        let settings = "result: list<{ name: text, price: number?, to: text?, price2: number? }>"
        let outcome = try await run(transform("read: \"a.csv\"", settings: settings), folder: place.path)
        if let problem {
            #expect(outcome.error?.contains(problem) == true, "\(outcome.error ?? "")")
        } else {
            #expect(outcome.result == #"[{"name":"a"}]"#, "\(outcome.error ?? "")")
        }
    }

    /// Where semicolons separate, one comma in a number is its decimal point; thousands are refused as everywhere.
    @Test(arguments: [
        ("a;x\n3;1,5\n-4;-0,25\n5;2.5\n", #"[{"a":3,"x":1.5},{"a":-4,"x":-0.25},{"a":5,"x":2.5}]"#),
        ("a;x\n3;1.234,5\n", nil), ("a;x\n3;1,2,3\n", nil), ("a;x\n3;,5\n", nil), ("a;x\n3,5;1\n", nil),
        ("a,x\n3,\"1,5\"\n", nil), ("a;x\n1,000;1\n", nil),
    ])
    func typesDecimalCommas(text: String, expected: String?) async throws {
        let place = try Place(["a.csv": Array(text.utf8)])
        defer { place.clean() }
        let settings = "result: list<{ a: int, x: number }>"
        let outcome = try await run(transform("read: \"a.csv\"", settings: settings), folder: place.path)
        #expect(outcome.result == expected, "\(outcome.error ?? "")")
        #expect(expected != nil || outcome.error?.contains("does not fit `result` at line 2") == true)
    }

    @Test(arguments: [
        ("reats.csv", "there is no file `reats.csv` in the automation's folder; did you mean `rates.csv`?"),
        ("../x", "leads outside the automation's folder"),
        ("/etc/passwd", "leads outside the automation's folder"),
        ("link.txt", "lies outside the automation's folder"), ("in", "`in` is no file"),
        ("bad.json", "`bad.json` is no JSON, at line 2"), ("bad.jsonl", "at line 2"),
        ("bad.csv", "`bad.csv` is no table, at line 2: the line has 1 field, the first line 2"),
        ("twice.csv", "names two columns"), ("bad.yaml", "the YAML cannot be read: at line 2"),
        ("bad.toml", "the TOML cannot be read: at line 1"), ("bad.xml", "the XML cannot be read: at line 1"),
        ("latin.txt", "is no text in UTF-8: byte 3, in line 2, belongs to no character"),
        ("book.xlsx", "is an office document, and `read` takes text: save a table as CSV"),
    ])
    func saysWhatIsWrong(name: String, words: String) async throws {
        let place = try Place([
            "rates.csv": [], "in/x": [], "bad.json": Array("[1,\n2".utf8), "bad.jsonl": Array("1\n{".utf8),
            "bad.csv": Array("a,b\n1\n".utf8), "twice.csv": Array("a,a\n1,2".utf8),
            "bad.yaml": Array("a: 1\na: 2".utf8), "bad.toml": Array("a = ".utf8),
            "bad.xml": Array("<a>".utf8),
            "latin.txt": [0x61, 0x0A, 0xE4, 0x0A],
            "book.xlsx": [0x50, 0x4B, 0x03, 0x04] + [UInt8](repeating: 0xFF, count: 26)
                + Array("xl/book".utf8),
        ])
        defer { place.clean() }
        try FileManager.default.createSymbolicLink(
            atPath: place.path + "/link.txt", withDestinationPath: "/etc/hostname")
        let outcome = try await run(
            "input name: text\n" + transform("read: inputs.name"),
            inputs: [("name", .string(name))], folder: place.path)
        #expect(outcome.error?.contains(words) == true, "\(outcome.error ?? "")")
        #expect(outcome.error?.contains(place.path) == false)
    }

    /// A named pipe would keep whoever opens it waiting.
    @Test func opensNoPipe() async throws {
        let place = try Place()
        defer { place.clean() }
        #expect(mkfifo(place.path + "/pipe.txt", 0o600) == 0)
        let outcome = try await run(transform("read: \"pipe.txt\""), folder: place.path)
        #expect(outcome.error?.contains("`pipe.txt` is no file") == true, "\(outcome.error ?? "")")
    }

    /// A few lines that stand for a thousand million values.
    @Test func endsAtABomb() async throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let alias = "*a\(level - 1)"
            text += "a\(level): &a\(level) [\(Array(repeating: alias, count: 10).joined(separator: ", "))]\n"
        }
        let place = try Place(["a.yaml": Array(text.utf8)])
        defer { place.clean() }
        let outcome = try await run(transform("read: \"a.yaml\""), folder: place.path)
        #expect(outcome.error?.contains("its values are larger than") == true, "\(outcome.error ?? "")")
    }
}

@Suite(.timeLimit(.minutes(1))) struct FileWritingTests {
    @Test(arguments: [
        ("a.md", "\"# x\\n\"", "# x\n"), ("a.json", "{ a: [1] }", "{\n  \"a\": [\n    1\n  ]\n}\n"),
        ("a.json", "\"text as it is\"", "text as it is"),
        ("deep/er/a.jsonl", "[1, {'b': 2}]", "1\n{\"b\":2}\n"),
        ("a.csv", "[{'a': 'x, y', 'b': 1}, {'b': null, 'c': true}]", "a,b,c\n\"x, y\",1,\n,,true\n"),
        ("a.tsv", "[{'a': 'x, y', 'b': 'p\\tq'}]", "a\tb\nx, y\t\"p\tq\"\n"), ("a.csv", "[]", ""),
        ("a.txt", "3", "3"),
        ("./a.txt", "true", "true"), ("a.bin", "b'\\x00\\xff'", "\u{0}\u{FFFD}"),
    ])
    func writesByTheEnding(name: String, value: String, expected: String) async throws {
        let place = try Place()
        defer { place.clean() }
        let outcome = try await run(
            transform("value: \(value)\n write: \"\(name)\""), folder: place.path, output: place.output)
        #expect(place.written(name) == expected, "\(outcome.error ?? "")")
        #expect(!place.all.contains { $0.hasSuffix(".autorun") })
    }

    /// What is written is what the step gives, so a value of its type.
    @Test func writesWhatFits() async throws {
        let place = try Place()
        defer { place.clean() }
        let outcome = try await run(
            transform("value: { a: 3.0, b: 1 }\n write: \"a.json\"", settings: "result: { a: int }"),
            folder: place.path, output: place.output)
        #expect(outcome.result == "{\"a\":3}" && place.written("a.json") == "{\n  \"a\": 3\n}\n")
    }

    @Test(arguments: [
        ("a.md", "[1]", "the file `a.md` takes text, found a list of 1"),
        ("a.csv", "{ a: 1 }", "takes a list of records"),
        ("a.csv", "[1]", "takes a list of records"), ("a.yaml", "{ a: 1 }", "YAML is only read"),
        ("a.txt", "null", "takes text"), ("a.jsonl", "1", "takes a list"),
    ])
    func refusesWhatTheFormCannotHold(name: String, value: String, words: String) async throws {
        let place = try Place()
        defer { place.clean() }
        let text =
            "input v: json\ninput name: text\n" + transform("value: inputs.v.x\n write: inputs.name")
        let json = try JSON.parse(
            "{\"x\": \(value.replacingOccurrences(of: "{ a: 1 }", with: "{\"a\": 1}"))}")
        let outcome = try await run(
            text, inputs: [("v", json), ("name", .string(name))], folder: place.path, output: place.output)
        #expect(outcome.error?.contains(words) == true, "\(outcome.error ?? "")")
        #expect(place.all == [])
    }

    @Test(arguments: [
        "../a.md", "/tmp/a.md", "x/../../a.md", "", "a//b", "dir/", ".hidden", "x/.git/hook", "q.auto",
        "AUTORUN.toml",
        "link/a.md", "there", "pipe", "a\nb",
    ])
    func writesNowhereElse(name: String) async throws {
        let place = try Place(["outside/x": [], "out/there/y": []])
        defer { place.clean() }
        try FileManager.default.createSymbolicLink(
            atPath: place.out + "/link", withDestinationPath: place.path + "/outside")
        #expect(mkfifo(place.out + "/pipe", 0o600) == 0)
        let before = place.all
        let outcome = try await run(
            "input name: text\n" + transform("value: \"x\"\n write: inputs.name"),
            inputs: [("name", .string(name))], folder: place.path, output: place.output)
        #expect(outcome.error != nil && outcome.error?.contains(place.path) == false)
        #expect(place.all == before)
        #expect(FileManager.default.subpaths(atPath: place.path + "/outside") == ["x"])
    }

    /// A link in place of the file is replaced; what it leads to stays as it is.
    @Test func followsNoLink() async throws {
        let place = try Place(["outside": Array("mine".utf8)])
        defer { place.clean() }
        try FileManager.default.createSymbolicLink(
            atPath: place.out + "/a.md", withDestinationPath: place.path + "/outside")
        _ = try await run(
            transform("value: \"new\"\n write: \"a.md\""), folder: place.path, output: place.output)
        #expect(place.written("a.md") == "new")
        #expect(FileManager.default.contents(atPath: place.path + "/outside") == Data("mine".utf8))
    }

    /// What a killed process left behind is used up by the next that writes the same file.
    @Test func usesUpWhatWasLeftBehind() async throws {
        let place = try Place([
            "out/.a.md.autorun": Array("half of something long".utf8), "out/a.md": Array("old".utf8),
        ])
        defer { place.clean() }
        _ = try await run(
            transform("value: \"new\"\n write: \"a.md\""), folder: place.path, output: place.output)
        #expect(place.written("a.md") == "new" && place.all == ["a.md"])
    }

    /// Each of many writers at once leaves a whole file.
    @Test func isWholeWhoeverWritesIt() async throws {
        let place = try Place()
        defer { place.clean() }
        let (path, output) = (place.path, place.output)
        try await withThrowingTaskGroup(of: String?.self) { group in
            for letter in ["a", "b", "c", "d"] {
                group.addTask {
                    let text = String(repeating: letter, count: 100_000)
                    return try await run(
                        "input text: text\n" + transform("value: inputs.text\n write: \"a.md\""),
                        inputs: [("text", .string(text))], folder: path, output: output
                    ).error
                }
            }
            for try await error in group { #expect(error == nil) }
        }
        let text = try #require(place.written("a.md"))
        #expect(text.count == 100_000 && Set(text).count == 1 && place.all == ["a.md"])
    }

    @Test func writesNothingWithoutAFolder() async throws {
        let refused = try await run(transform("value: \"x\"\n write: \"a.md\""), output: .ofAPI)
        #expect(
            refused.error?.contains(
                "`a.md` is not written: an automation that came by the API writes no files") == true)
        let place = try Place()
        defer { place.clean() }
        let rehearsed = try await run(
            transform("value: \"x\"\n write: \"a.md\""), folder: place.path, output: .rehearsal)
        #expect(rehearsed.error == nil && rehearsed.result == "x" && place.all == [])
    }

    /// Elements write files of their own, and a file of the input may be where the output is.
    @Test func eachElementWritesItsOwn() async throws {
        let place = try Place()
        defer { place.clean() }
        _ = try await run(
            one(
                "DATA_TRANSFORM t -> end { each: n in [1, 2, 3], at_once: 3\n prompt_template { value: \"no ${n}\", write: \"${n}.txt\" } }"
            ),
            folder: place.path, output: place.output)
        #expect(place.all == ["1.txt", "2.txt", "3.txt"] && place.written("2.txt") == "no 2")
    }
}

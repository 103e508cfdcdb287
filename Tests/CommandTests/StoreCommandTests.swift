import Foundation
import TestSupport
import Testing

/// `autorun store`, and what is said of stores that cannot be used.
@Suite(.timeLimit(.minutes(1))) struct StoreCommandTests {
    @Test func aStoreIsCopiedToAnEmptyOne() async throws {
        let command = try Command()
        defer { command.clean() }
        #expect(try await command.run("autorun", ["run", "Examples/expense-approval.auto"]).code == 4)
        let own = "sqlite:" + command.state + "/autorun/autorun.sqlite"
        let copy = command.state + "/copy.sqlite"
        let done = try await command.run("autorun", ["store", "copy", own, copy])
        #expect(done.output == "1 session copied; use the copy by --store \(copy)\n", "\(done)")
        let waiting = try await command.run("autorun", ["sessions", "--waiting", "--store", copy])
        #expect(waiting.output.contains("Expense approval"), "\(waiting)")
        let again = try await command.run("autorun", ["store", "copy", own, copy])
        #expect(again.code == 3 && again.errors.contains("name an empty one"), "\(again)")
        let itself = try await command.run("autorun", ["store", "copy", copy, copy])
        #expect(itself.code == 2 && itself.errors.contains("cannot be copied to itself"), "\(itself)")
        let (missing, target) = (command.state + "/missing.sqlite", command.state + "/target.sqlite")
        let none = try await command.run("autorun", ["store", "copy", missing, target])
        #expect(none.code == 3 && none.errors.contains("there is no store at \(missing)"), "\(none)")
        #expect(!FileManager.default.fileExists(atPath: target))
        let migrated = try await command.run("autorun", ["store", "migrate", "--store", copy])
        #expect(migrated.output == "\(copy) is up to date\n", "\(migrated)")
    }

    @Test func aDatabaseThatCannotBeReachedIsToldWithoutItsPassword() async throws {
        let command = try Command()
        defer { command.clean() }
        for store in ["postgres://ada:canary@/work?host=\(command.state)", "postgres://ada:can/canary@/work"]
        {
            for arguments in [["sessions"], ["doctor"], ["store", "migrate"]] {
                let result = try await command.run("autorun", arguments + ["--store", store])
                #expect(result.code == 3 && result.errors.contains("postgres://ada@/work"), "\(result)")
                #expect(!(result.output + result.errors).contains("canary"), "\(result)")
            }
        }
    }
}

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct PruneTests {
    private let large = """
        automation "Large"
        START begin -> fill
        DATA_TRANSFORM fill -> end { prompt_template { value: "abcdefgh".split("").map(c, "TEXT") } }

        """.replacing("TEXT", with: String(repeating: "x", count: 50_000))

    @Test(.timeLimit(.minutes(1))) func whatIsDeletedIsSaidBeforeAndSpaceIsGivenBack() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("large.auto", large)
        #expect(try await command.run("autorun", ["run", path]).code == 0)
        #expect(try await command.run("autorun", ["run", "Examples/expense-approval.auto"]).code == 4)
        let store = command.state + "/autorun"
        let before = try bytes(in: store)

        let none = try await command.run("autorun", ["prune", "--older-than", "1d", "--dry-run"])
        #expect(none.output == "0 sessions would be deleted; nothing was, because of --dry-run\n", "\(none)")
        #expect(try await sqlite("UPDATE session SET updated_at = updated_at - 30", command) == 0)
        let young = try await command.run("autorun", ["prune", "--older-than", "10s", "--dry-run"])
        #expect(young.output.contains("changed less than 1 min ago, about "), "\(young)")
        let update = "UPDATE session SET updated_at = updated_at - 3 * 86400"
        #expect(try await sqlite(update, command) == 0)

        let dry = try await command.run("autorun", ["prune", "--older-than", "1d", "--dry-run"])
        #expect(dry.code == 0 && dry.output.contains("Large: 1 FINISHED, changed 3 d ago, about "), "\(dry)")
        #expect(dry.output.hasSuffix("1 session would be deleted; nothing was, because of --dry-run\n"))
        let done = try await command.run("autorun", ["prune", "--older-than", "1d"])
        #expect(done.output.contains("Large: 1 FINISHED") && !done.output.contains("Expense"), "\(done)")
        #expect(done.output.contains("1 session deleted, ") && done.output.hasSuffix(" given back\n"))
        #expect(try bytes(in: store) < before)
        let sessions = try await command.run("autorun", ["sessions"])
        #expect(sessions.output.contains("Expense approval") && !sessions.output.contains("Large"))
    }

    private func bytes(in folder: String) throws -> Int {
        let manager = FileManager.default
        return try manager.contentsOfDirectory(atPath: folder).reduce(0) { total, name in
            let size = try manager.attributesOfItem(atPath: folder + "/" + name)[.size] as? Int
            return total + (size ?? 0)
        }
    }

    /// Runs a statement on the store, by the Python that the steps need anyway.
    private func sqlite(_ statement: String, _ command: Command) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c",
            "import glob, sqlite3, sys; c = sqlite3.connect(glob.glob(sys.argv[1] + '/*.sqlite')[0]); "
                + "c.execute(sys.argv[2]); c.commit(); c.close()",
            command.state + "/autorun", statement,
        ]
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
    }
}

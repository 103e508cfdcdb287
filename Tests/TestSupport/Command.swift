package import Foundation

/// The end of a command: its exit code and what it wrote.
package struct CommandResult: Sendable {
    package let code: Int32
    package let output: String
    package let errors: String
}

/// Runs one of the built commands as a real process, its state in a folder of its own.
package struct Command: Sendable {
    package let state: String
    package static let root: String = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().path

    package init() throws {
        state = NSTemporaryDirectory() + "autorun-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
    }

    package func clean() { try? FileManager.default.removeItem(atPath: state) }

    /// Writes a file into the state folder and gives its path.
    package func file(_ name: String, _ text: String) throws -> String {
        let path = state + "/" + name
        try FileManager.default.createDirectory(
            at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private static var products: URL {
        // The test runner stands beside the products that it tests.
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    }

    package func process(_ name: String, _ arguments: [String], environment: [String: String] = [:])
        -> Process
    {
        let process = Process()
        process.executableURL = Command.products.appendingPathComponent(name)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: Command.root)
        var variables = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasSuffix("_API_KEY") && !$0.key.hasSuffix("_BASE_URL")
        }
        variables["XDG_STATE_HOME"] = state
        variables["XDG_CONFIG_HOME"] = state
        variables["NO_COLOR"] = "1"
        process.environment = variables.merging(environment) { $1 }
        return process
    }

    /// A copy of a built command alone in a folder, so that none of the programs that it calls stands beside
    /// it.
    ///
    /// - Returns: the path of the copy.
    package func copy(_ name: String, to folder: String) throws -> String {
        let path = "\(state)/\(folder)/\(name)"
        try FileManager.default.createDirectory(
            atPath: "\(state)/\(folder)", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: Command.products.appendingPathComponent(name).path, toPath: path)
        return path
    }

    /// - Parameter folder: where it runs; nil for the project's own folder.
    package func run(
        _ name: String, _ arguments: [String], input: String = "", environment: [String: String] = [:],
        folder: String? = nil
    ) async throws -> CommandResult {
        let process = process(name, arguments, environment: environment)
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        return try await run(process, input: input)
    }

    /// Runs a process to its end. What it writes goes through files, which never fill up as pipes do.
    package func run(_ process: Process, input: String = "") async throws -> CommandResult {
        let id = UUID().uuidString
        let paths = ["in", "out", "err"].map { state + "/\($0)-\(id)" }
        try Data(input.utf8).write(to: URL(fileURLWithPath: paths[0]))
        for path in paths.dropFirst() { try Data().write(to: URL(fileURLWithPath: path)) }
        let input = try FileHandle(forReadingFrom: URL(fileURLWithPath: paths[0]))
        let outputs = try paths.dropFirst().map { try FileHandle(forWritingTo: URL(fileURLWithPath: $0)) }
        process.standardInput = input
        process.standardOutput = outputs[0]
        process.standardError = outputs[1]
        // A process keeps what it was given, and starting one crashes where thousands of files are open.
        defer { for handle in [input] + outputs { try? handle.close() } }
        let ended = AsyncStream<Int32> { continuation in
            process.terminationHandler = {
                continuation.yield($0.terminationStatus)
                continuation.finish()
            }
        }
        try process.run()
        var code: Int32 = -1
        for await status in ended { code = status }
        func read(_ path: String) -> String {
            String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        }
        return CommandResult(code: code, output: read(paths[1]), errors: read(paths[2]))
    }
}

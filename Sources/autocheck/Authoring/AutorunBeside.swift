import AutoConfig
import Computing
import Diagnostics
import MCP
import Processes
import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The command `autorun` that is installed with this one. What it takes to plan a run or to run tests is its own, so
/// it is started for that, with the same file.
struct AutorunBeside {
    /// No plan takes so long, and no tests of an honest file.
    static let seconds: UInt64 = 300

    func plan(_ arguments: AuthoringArguments, _ limit: TimeLimit) throws(ArgumentProblem) -> ToolResult {
        var options = ["--json"]
        var inputs: [UInt8] = []
        if let given = arguments.object("inputs") {
            options += ["--inputs", "-"]
            JSON.append(.map(given), to: &inputs)
        }
        return try answer("plan", options, input: inputs, arguments, limit)
    }

    func test(_ arguments: AuthoringArguments, _ limit: TimeLimit) throws(ArgumentProblem) -> ToolResult {
        var options = ["--format", "json", "--coverage"]
        if let filter = arguments.optionalText("filter") { options.append("--filter=" + filter) }
        return try answer("test", options, input: [], arguments, limit)
    }

    /// What the command prints as JSON; a failed test is an answer, too.
    private func answer(
        _ command: String, _ options: [String], input: [UInt8], _ arguments: AuthoringArguments,
        _ limit: TimeLimit
    ) throws(ArgumentProblem) -> ToolResult {
        guard let program = AutorunBeside.program else {
            return .failed("`\(command)` needs the command autorun, which is not installed beside autocheck")
        }
        guard let path = try arguments.path() else {
            let text = try arguments.text("text")
            return try inFolderOfItsOwn(text) { path throws(ArgumentProblem) in
                run([program, command, path] + options, input, shownAs: "automation.auto", path, limit)
            }
        }
        guard arguments.optionalText("text") == nil else {
            throw ArgumentProblem("give `text` or `path`: `\(command)` looks at one of them")
        }
        // A name that begins with `-` is no option.
        let file = path.hasPrefix("/") ? path : "./" + path
        return run([program, command, file] + options, input, shownAs: path, file, limit)
    }

    private func run(
        _ command: [String], _ input: [UInt8], shownAs name: String, _ path: String, _ limit: TimeLimit
    ) -> ToolResult {
        var child = ChildCommand.unboxed(command, environment: AutorunBeside.environment)
        child.input = input
        let end = Processes.run(child, limit)
        guard let end, end.stop == nil else {
            return .failed(
                "autorun did not come to an end in \(AutorunBeside.seconds) s, or could not be started")
        }
        func shown(_ bytes: [UInt8]) -> String {
            String(decoding: bytes, as: UTF8.self).replacing(path, with: name)
        }
        guard let value = try? JSON.parse(shown(end.output)), value.asMap != nil else {
            return .failed(shown(end.errors).isEmpty ? "autorun said nothing" : shown(end.errors))
        }
        return ToolResult(value)
    }

    /// Lets a command see a text as a file, in a folder that nobody else can look into and that is gone afterwards.
    private func inFolderOfItsOwn(
        _ text: String, _ body: (_ path: String) throws(ArgumentProblem) -> ToolResult
    ) throws(ArgumentProblem) -> ToolResult {
        let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(place)/autocheck-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            return .failed("no file can be written to the system's folder for such")
        }
        let folder = String(cString: made)
        let path = folder + "/automation.auto"
        defer {
            unlink(path)
            rmdir(folder)
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            return .failed("no file can be written to the system's folder for such")
        }
        writeAll(text, to: descriptor)
        close(descriptor)
        return try body(path)
    }

    /// Beside this program, else where the shell would find it.
    private static var program: String? {
        let searched = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        let folders = (ownFolder().map { [$0] } ?? []) + searched.split(separator: ":").map(String.init)
        return folders.map { $0 + "/autorun" }.first { access($0, X_OK) == 0 }
    }

    /// Tests need no keys, and plans none of their values; where settings and programs are found, they do.
    private static var environment: [String] {
        let names = [
            "PATH", "HOME", "LANG", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME",
        ]
        let set = names.compactMap { name -> String? in
            getenv(name).map { "\(name)=\(String(cString: $0))" }
        }
        return set + ["NO_COLOR=1"]
    }
}

import AutoRuntime
import Diagnostics
import Processes
import StepKinds

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How the command of a server is started.
struct CommandLaunch {
    let address: ToolServerAddress
    /// The automation's folder, in which the command begins; nil for none.
    let folder: String?
    let words: ServerWords
    /// The names of the servers that the settings have; nil where they have this one.
    let known: [String]?
    /// The variables of this process's environment.
    let variables: @Sendable (String) -> String?

    /// What a command without a box finds of this process's environment, beside what the settings give it.
    private static let passedOn = [
        "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
        "http_proxy",
        "https_proxy", "no_proxy", "SSL_CERT_FILE",
    ]

    /// The whole command, boxed or not.
    ///
    /// - Throws: kind `missing` where there is no such program, `unsafe` where the box cannot be had or does not
    ///   show the program.
    func command(_ words: [String]) throws(StepFailure) -> ChildCommand {
        guard let name = words.first else { throw self.words.failure(.missing, "has no command") }
        let own = address.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        guard address.isBoxed else {
            guard let program = program(name) else { throw missing(name) }
            var environment = ["LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"]
            for variable in Self.passedOn {
                environment[variable] = variables(variable) ?? environment[variable]
            }
            environment.merge(address.environment) { $1 }
            var command = ChildCommand.unboxed(
                [program] + words.dropFirst(), environment: environment.map { "\($0.key)=\($0.value)" })
            command.folder = folder
            return command
        }
        guard let box = Box() else {
            throw self.words.failure(
                .unsafe,
                "needs bubblewrap to run in a box: install the package bubblewrap, or run the server without one by `unsafe = true` in [mcp.NAME] of autorun.toml"
            )
        }
        let shown = try boxedProgram(name)
        return CommandTransport.boxed([shown] + words.dropFirst(), in: shownFolder, own, box)
    }

    /// The folder that a box shows, without links on the way to it; nil where that would be the whole machine.
    private var shownFolder: String? {
        guard let real = folder.flatMap(realPath), real != "/" else { return nil }
        return real
    }

    /// The program as a box shows it: one of the system, or one in the automation's folder.
    private func boxedProgram(_ name: String) throws(StepFailure) -> String {
        if !name.contains("/"), let program = systemProgram(name) { return program }
        guard let path = program(name) else { throw missing(name) }
        let folders = ["/usr/", "/bin/", "/sbin/", "/lib/"] + (shownFolder.map { [$0 + "/"] } ?? [])
        guard folders.contains(where: path.hasPrefix) else {
            throw words.failure(
                .unsafe,
                "needs the program `\(lastPart(name))`, which the box does not show: install it for the whole system, put it into the automation's folder, or run the server without a box by `unsafe = true` in [mcp.NAME] of autorun.toml"
            )
        }
        return path
    }

    private func missing(_ name: String) -> StepFailure {
        var hint = ""
        // A server of the settings is written by its name alone, so that a name that they do not have is a program's.
        if let known, !name.contains("/") {
            hint = ", and no [mcp.\(name)] in autorun.toml"
            if let near = nearestName(to: name, in: known) {
                hint += ": did you mean `\(near)`?"
            } else if !known.isEmpty {
                hint += ", which names \(inWords(known, joiner: "and"))"
            }
        }
        return words.failure(
            .missing, "cannot be started: there is no program `\(lastPart(name))`\(hint)")
    }

    /// The path of a program: of a word without `/` as the shell finds it, else from the automation's folder on.
    private func program(_ name: String) -> String? {
        if name.contains("/") {
            // Its folder may be a link; the program itself is called by its own name, by which some find their parts.
            let start = folder.flatMap(realPath)
            let path = name.hasPrefix("/") ? name : start.map { plain($0 + "/" + name) }
            return path.flatMap { access($0, X_OK) == 0 ? $0 : nil }
        }
        let path = address.environment["PATH"] ?? variables("PATH") ?? "/usr/bin:/bin"
        return path.split(separator: ":").filter { $0.hasPrefix("/") }.map { $0 + "/" + name }
            .first { access($0, X_OK) == 0 }
    }

    /// The same path without `.` and `..`.
    private func plain(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    private func lastPart(_ name: String) -> String {
        String(name.split(separator: "/").last ?? "")
    }

    private func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}

import AutoChecker
package import AutoRuntime
import Computing
import Foundation
import Processes
import StepKinds
import Values

/// PYTHON: the code runs in a bubblewrap box, with JSON in and out.
package struct PythonStep: StepExecutor {
    private let cacheFolder: String
    private let allowsUnboxed: Bool

    package init(cacheFolder: String, allowsUnboxed: Bool) {
        self.cacheFolder = cacheFolder
        self.allowsUnboxed = allowsUnboxed
    }

    /// Processes that the code may have at once.
    private static let mostProcesses = 64
    /// Bytes that the code may give.
    private static let mostOutput = 32 << 20

    /// Runs the code in its box.
    ///
    /// - Returns: what the code leaves in `result`.
    /// - Throws: what the code raised, which limit it met, or what this machine lacks.
    package func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        guard let python = systemProgram("python3") else {
            throw StepFailure(.missing, "PYTHON needs python3, which is not there: install python3")
        }
        let box = Box()
        guard box != nil || allowsUnboxed else {
            throw StepFailure(
                .unsafe,
                "PYTHON needs bubblewrap to run code in a box: install the package bubblewrap, or allow code to run without one by --unsafe-python"
            )
        }
        let limits = try limits(work.fields)
        let packages = try await packages(work[Python.requirements], python, box)
        let payload = Value.record([
            ("code", .string(work[Python.code] ?? "")),
            ("inputs", work.fields[Python.inputs.name] ?? .record([])),
            ("name", .string(work.step.name)),
            ("line", .int(Int64(work.programLines[Python.code.name] ?? 0))),
            ("memory", .int(Int64(limits.memory))), ("cpu", .int(Int64(limits.processorSeconds))),
            ("packages", .string(packages.map { box == nil ? $0 : "/packages" } ?? "")),
        ])
        // What the code prints is there at once, also where it ends in the midst of it.
        let inner = [python, "-I", "-S", "-u", "-c", harness]
        var command =
            box?.command(for: inner, .code(temporary: limits.memory / 2, packages: packages))
            ?? .unboxed(inner)
        command.input = Array(JSON.text(payload).utf8)
        command.maximumOutput = PythonStep.mostOutput
        command.limits = limits
        // On a busy machine a second of processor time takes many on the wall; this only stops code that
        // sleeps.
        let seconds = UInt64(limits.processorSeconds * 4 + 60)
        let limit = TimeLimit(nanoseconds: seconds * 1_000_000_000)
        let end = await onOwnThread(limit) { [command] limit in run(command, limit) }
        if let end { work.trace(.process(trace(of: end, work.masked))) }
        if Task.isCancelled { throw .cancelled }
        guard let end else { throw StepFailure(.process, "the box of the code cannot be started") }
        // What the code gave may be megabytes of JSON.
        let outcome = await onOwnThread { _ -> Result<Value, StepFailure> in
            do throws(StepFailure) { return .success(try value(of: end, limits, seconds)) } catch {
                return .failure(error)
            }
        }
        return .value(try outcome.get())
    }

    /// What the trace has of the code's process. What the code prints goes to its standard error: its standard
    /// output is the step's result.
    ///
    /// - Parameter masked: hides secrets; a secret that is cut could not be found any more.
    private func trace(of end: ChildEnd, _ masked: (String) -> String) -> ProcessEnd {
        // Hiding secrets in a megabyte would take longer than many a step. What is cut off before that is cut so
        // early that half a secret, which cannot be hidden, does not stand in what is kept.
        let longestSecret = 8_192
        let tail = end.errors.suffix(ProcessEnd.mostText + longestSecret)
        let said = masked(String(decoding: tail, as: UTF8.self)).utf8
            .dropFirst(tail.count < end.errors.count ? longestSecret : 0)
        let use = usedInside(end)
        let code: Int? = if case .exited(let code) = end.status, end.stop == nil { Int(code) } else { nil }
        return ProcessEnd(
            exitCode: code, processorTime: use?.time ?? end.use.processorTime,
            peakMemory: use?.memory ?? end.use.peakMemory,
            standardOutput: "",
            standardError: String(decoding: said.suffix(ProcessEnd.mostText), as: UTF8.self))
    }

    /// What the code says that it used: of the processes in a box the system tells only the outermost. Nil where the code
    /// was stopped before it could.
    private func usedInside(_ end: ChildEnd) -> (time: Int64, memory: Int)? {
        guard let line = end.output.lastIndex(of: 0x0A) else { return nil }
        let words = String(decoding: end.output[(line + 1)...].prefix(64), as: UTF8.self).split(
            separator: " ")
        guard words.count == 3, words[0] == "use", let time = Int64(words[1]), let memory = Int(words[2]),
            (0..<1 << 40).contains(time), (0..<1 << 40).contains(memory)
        else { return nil }
        return (time * 1_000_000, memory << 10)
    }

    private func limits(_ fields: MapValue) throws(StepFailure) -> BoxLimits {
        var memory = Python.usualMegabytes << 20
        if let value = fields[Python.memory] {
            guard let bytes = Python.bytes(of: value), bytes >= Python.leastMemory else {
                throw StepFailure(.field, "\(Python.memoryRange), found \(describe(value))")
            }
            memory = bytes
        }
        var cpu = Python.usualSeconds
        switch fields[Python.cpu] {
        case .duration(let duration): cpu = Int(min(max(1, duration.inSeconds.rounded(.up)), 86_400))
        case let value?:
            if let seconds = value.asDouble, seconds > 0, seconds < 1e6 {
                cpu = Int(min(seconds.rounded(.up), 86_400))
            }
        case nil: break
        }
        return BoxLimits(memory: memory, processes: PythonStep.mostProcesses, processorSeconds: cpu)
    }

    /// Installs packages once, as wheels only, by a pip in a box that sees the network and one empty folder.
    private func packages(_ requirements: [Value]?, _ python: String, _ box: Box?) async throws(StepFailure)
        -> String?
    {
        let names = (requirements ?? []).compactMap(\.asText)
        guard !names.isEmpty else { return nil }
        for name in names {
            if let problem = requirementProblem(name) { throw StepFailure(.requirements, problem) }
        }
        let key = ID(name: names.sorted().joined(separator: "\n")).text
        let target = cacheFolder + "/python/" + key
        if FileManager.default.fileExists(atPath: target) { return target }
        let fresh = target + "." + UUID().uuidString
        do { try FileManager.default.createDirectory(atPath: fresh, withIntermediateDirectories: true) } catch
        {
            throw StepFailure(.requirements, "the folder for packages cannot be made")
        }
        let end = await onOwnThread { [command = pip(python, names, into: fresh, box)] in run(command, $0) }
        guard let end, end.succeeded else {
            try? FileManager.default.removeItem(atPath: fresh)
            if Task.isCancelled { throw .cancelled }
            throw notInstalled(end, names)
        }
        // Whoever comes second finds the first one's folder, which holds the same.
        if (try? FileManager.default.moveItem(atPath: fresh, toPath: target)) == nil {
            try? FileManager.default.removeItem(atPath: fresh)
        }
        return target
    }

    /// Why pip installed nothing. It tells by its words alone what it did not find.
    private func notInstalled(_ end: ChildEnd?, _ names: [String]) -> StepFailure {
        let lines = String(decoding: end?.errors ?? [], as: UTF8.self).split(separator: "\n")
        let reason = (lines.last { $0.hasPrefix("ERROR: ") } ?? lines.last).map { withoutPaths(String($0)) }
        let missing = names.first { reason?.hasSuffix(" found for \($0)") ?? false }
        if let missing {
            return StepFailure(
                .requirements,
                "there is no package `\(missing)` that can be installed here: look at its name and version; only wheels are installed, never a file or source code",
                retryable: true)
        }
        let words = reason.map { $0.hasPrefix("ERROR: ") ? String($0.dropFirst(7)) : $0 }
        return StepFailure(
            .requirements, "the packages cannot be installed; pip says: \(words ?? "nothing")",
            retryable: true)
    }

    private func pip(_ python: String, _ names: [String], into folder: String, _ box: Box?) -> ChildCommand {
        let environment = ProcessInfo.processInfo.environment
        let own = ownPipSettings(
            variable: { environment[$0] }, isReadable: { FileManager.default.isReadableFile(atPath: $0) })
        var variables = environment.filter {
            $0.key.hasPrefix("PIP_") || ["HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE"].contains($0.key)
        }
        variables["PIP_CONFIG_FILE"] = variables["PIP_CONFIG_FILE"] ?? own
        let target = box == nil ? folder : "/packages"
        let inner =
            [
                python, "-I", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check",
                "--no-cache-dir", "--only-binary", ":all:", "--target", target, "--",
            ] + names
        let settings =
            [
                "/etc/ssl", "/etc/ca-certificates", "/etc/pki", "/etc/resolv.conf", "/etc/hosts",
                "/etc/nsswitch.conf", "/etc/pip.conf",
            ] + ["PIP_CONFIG_FILE", "PIP_CERT", "SSL_CERT_FILE"].compactMap { variables[$0] }
        let listed = variables.map { "\($0.key)=\($0.value)" }
        guard let box else {
            // As in a box, pip finds no settings in a home, only those that are named.
            var command = ChildCommand.unboxed(
                inner, environment: ChildCommand.plainEnvironment + ["HOME=" + folder] + listed)
            command.folder = folder
            return command
        }
        return box.command(for: inner, .fetching(into: folder, settings: settings), environment: listed)
    }

    /// What came out of the box is data: also what it says of its own failure.
    private func value(of end: ChildEnd, _ limits: BoxLimits, _ seconds: UInt64) throws(StepFailure) -> Value
    {
        if let failure = stopped(end.stop, limits, seconds) { throw failure }
        let answer: Value?
        // Behind it stands what the code used; JSON itself is written on one line.
        let written = end.output.lastIndex(of: 0x0A).map { Array(end.output[..<$0]) } ?? end.output
        do throws(JSONError) { answer = written.isEmpty ? nil : try JSON.parse(bytes: written) } catch {
            throw StepFailure(.result, "`result` cannot be taken: \(String(error.message.prefix(200)))")
        }
        guard let map = answer?.asMap else { throw ended(end, limits) }
        if let error = map["error"]?.asText {
            throw StepFailure(kind(map["kind"]?.asText ?? ""), String(error.prefix(4_000)))
        }
        return map["result"] ?? .null
    }

    /// The code may say anything here, so only the words of PYTHON's own failures and names of classes count.
    private func kind(_ word: String) -> FailureKind {
        switch word {
        case FailureKind.syntax.word: .syntax
        case FailureKind.limit.word: .limit
        case FailureKind.result.word: .result
        default: isClassName(word) ? .raised(word) : .python
        }
    }

    /// Python's own errors are named by their classes; no word of the interpreter begins with a capital.
    private func isClassName(_ kind: String) -> Bool {
        kind.utf8.count <= 60 && kind.first?.isUppercase == true
            && kind.utf8.allSatisfy {
                $0 == 0x5F || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39)
            }
    }

    private func stopped(_ stop: ChildEnd.Stop?, _ limits: BoxLimits, _ seconds: UInt64) -> StepFailure? {
        switch stop {
        case nil: nil
        case .timeLimit: StepFailure(.timeout, "the code ran for more than \(seconds) s", retryable: true)
        case .output: StepFailure(.limit, "the code gave more than \(PythonStep.mostOutput >> 20) MB")
        case .memory:
            StepFailure(
                .limit, "the code and its processes used more than \(limits.memory >> 20) MB of memory")
        case .processes: StepFailure(.limit, "the code started more than \(limits.processes) processes")
        case .processorTime: outOfTime(limits)
        case .sockets:
            StepFailure(
                .limit, "the code and its processes had more than \(BoxLimits.sockets) sockets open at once")
        }
    }

    private func outOfTime(_ limits: BoxLimits) -> StepFailure {
        StepFailure(.limit, "the code used more than \(limits.processorSeconds) s of processor time")
    }

    /// Why code that was not stopped gave nothing.
    private func ended(_ end: ChildEnd, _ limits: BoxLimits) -> StepFailure {
        switch end.status.signal {
        case nil: break
        case SIGXCPU: return outOfTime(limits)
        case SIGXFSZ: return StepFailure(.limit, "the code wrote a file of more than 64 MB")
        case SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE:
            return StepFailure(.python, "the code crashed the Python interpreter")
        case SIGKILL:
            return StepFailure(
                .python, "the code was killed: it killed itself, or the machine had no memory left")
        case _?: return StepFailure(.python, "the code was ended by a signal that it sent itself")
        }
        let shown =
            String(decoding: end.errors.suffix(2_000), as: UTF8.self).split(separator: "\n").last ?? ""
        if shown.hasPrefix("bwrap:") {
            return StepFailure(
                .unsafe, "the box cannot be made: \(withoutPaths(String(shown.dropFirst(7))))")
        }
        switch end.status {
        case .exited(let code) where code != 0:
            return StepFailure(.python, "the code ended itself with exit code \(code)")
        case .exited, .signal: return StepFailure(.python, "the code ended without a result")
        }
    }
}

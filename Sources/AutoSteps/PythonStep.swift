import AutoChecker
package import AutoRuntime
import CEL
import Foundation
import Programs

/// PYTHON: the code runs in a bubblewrap box, with JSON in and out.
package struct PythonStep: StepExecutor {
    private let runner: any ProcessRunner
    private let cacheFolder: String
    private let allowsUnboxed: Bool

    package init(runner: any ProcessRunner, cacheFolder: String, allowsUnboxed: Bool) {
        self.runner = runner
        self.cacheFolder = cacheFolder
        self.allowsUnboxed = allowsUnboxed
    }

    package func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let python = try find("python3", "install python3")
        let box = find("bwrap")
        guard box != nil || allowsUnboxed else {
            throw StepFailure(
                "unsafe",
                "PYTHON needs bubblewrap to run code in a box: install the package bubblewrap, or allow code to run without one by --unsafe-python"
            )
        }
        let limits = try limits(work.fields)
        let packages = try await packages(work.fields["requirements"], python)
        let payload = Value.record([
            ("code", work.fields["code"] ?? .string("")), ("inputs", work.fields["inputs"] ?? .record([])),
            ("name", .string(work.step.name)),
            ("memory", .int(Int64(limits.memory))), ("cpu", .int(Int64(limits.cpu))),
            ("packages", .string(packages == nil ? "" : "/packages")),
        ])
        var request: ProcessRequest
        if let box {
            request = ProcessRequest(executable: box, arguments: boxArguments(python, packages))
        } else {
            request = ProcessRequest(executable: python, arguments: ["-I", "-S", "-c", harness])
        }
        request.input = Array(JSON.text(payload).utf8)
        // On a busy machine a second of processor time takes many on the wall; this only stops code that sleeps.
        let result = try await within(Int64(limits.cpu * 4 + 60) * 1_000_000_000, SystemClock()) {
            [request, runner] () async throws(StepFailure) in
            try await runner.run(request)
        }
        return .value(try value(of: result))
    }

    private func find(_ name: String, _ mend: String) throws(StepFailure) -> String {
        guard let path = find(name) else {
            throw StepFailure("missing", "PYTHON needs \(name), which is not there: \(mend)")
        }
        return path
    }

    private func find(_ name: String) -> String? {
        // The system's own come first: the box shows the system's folders only.
        (["/usr/bin", "/bin", "/usr/local/bin"]).map { $0 + "/" + name }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    private func limits(_ fields: MapValue) throws(StepFailure) -> (memory: Int, cpu: Int) {
        var memory = 512 << 20
        if let value = fields["memory"], !value.isNull {
            guard let bytes = byteCount(value), bytes >= 16 << 20 else {
                throw StepFailure("field", "`memory` is a size from \"16MB\", found \(describe(value))")
            }
            memory = bytes
        }
        var cpu = 30
        switch fields["cpu"] {
        case .duration(let duration): cpu = Int(min(max(1, duration.inSeconds.rounded(.up)), 86_400))
        case let value?:
            if let seconds = value.asDouble, seconds > 0, seconds < 1e6 {
                cpu = Int(min(seconds.rounded(.up), 86_400))
            }
        case nil: break
        }
        return (memory, cpu)
    }

    /// `"256MB"`, `"1 GiB"`, or a number of bytes.
    private func byteCount(_ value: Value) -> Int? {
        if let bytes = value.asInt { return bytes }
        guard let text = value.asText?.uppercased().filter({ !$0.isWhitespace }) else { return nil }
        let digits = text.prefix { $0.isNumber || $0 == "." }
        guard let amount = Double(digits), amount < 1e9 else { return nil }
        switch text.dropFirst(digits.count) {
        case "", "B": return Int(amount)
        case "K", "KB", "KIB": return Int(amount * 1_024)
        case "M", "MB", "MIB": return Int(amount * 1_048_576)
        case "G", "GB", "GIB": return Int(amount * 1_073_741_824)
        default: return nil
        }
    }

    private func boxArguments(_ python: String, _ packages: String?) -> [String] {
        let box = Box(isRoot: geteuid() == 0, setpriv: find("setpriv")) {
            FileManager.default.fileExists(atPath: $0)
        }
        return box.arguments(for: [python, "-I", "-S", "-c", harness], packages: packages)
    }

    /// Installs packages once, as wheels only, so that no code of theirs runs outside the box.
    private func packages(_ value: Value?, _ python: String) async throws(StepFailure) -> String? {
        let names = (value?.asList ?? []).compactMap(\.asText)
        guard !names.isEmpty else { return nil }
        for name in names
        where name.hasPrefix("-") || name.contains("://") || name.contains("@") || name.contains("/") {
            throw StepFailure(
                "requirements", "`\(name)` is no package with a version, such as \"six==1.17.0\"")
        }
        let key = ID(name: names.sorted().joined(separator: "\n")).text
        let target = cacheFolder + "/python/" + key
        if FileManager.default.fileExists(atPath: target) { return target }
        let fresh = target + "." + UUID().uuidString
        let pip = [
            "-I", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check",
            "--only-binary", ":all:", "--target", fresh,
        ]
        let environment = ProcessInfo.processInfo.environment.filter {
            $0.key.hasPrefix("PIP_")
                || ["PATH", "HOME", "HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE"].contains($0.key)
        }
        let result = try await runner.run(
            ProcessRequest(executable: python, arguments: pip + names, environment: environment))
        guard result.code == 0 else {
            try? FileManager.default.removeItem(atPath: fresh)
            let reason =
                String(decoding: result.errorOutput, as: UTF8.self).split(separator: "\n").last.map(
                    String.init) ?? "pip failed"
            throw StepFailure("requirements", "the packages cannot be installed: \(reason)", retryable: true)
        }
        // Whoever comes second finds the first one's folder, which holds the same.
        if (try? FileManager.default.moveItem(atPath: fresh, toPath: target)) == nil {
            try? FileManager.default.removeItem(atPath: fresh)
        }
        return target
    }

    private func value(of result: ProcessResult) throws(StepFailure) -> Value {
        let shown =
            String(decoding: result.errorOutput.suffix(2_000), as: UTF8.self).split(separator: "\n").last.map(
                String.init) ?? ""
        guard let answer = try? JSON.parse(bytes: result.output), let map = answer.asMap else {
            if result.code == 137 || result.code == 152 {
                throw StepFailure(
                    "limit", "the code was stopped: it used more processor time or memory than it may")
            }
            if shown.hasPrefix("bwrap:") { throw StepFailure("unsafe", "the box cannot be made: \(shown)") }
            throw StepFailure(
                "python",
                "the code ended without a result (exit code \(result.code))"
                    + (shown.isEmpty ? "" : ": \(shown)"))
        }
        if let error = map["error"]?.asText { throw StepFailure(map["kind"]?.asText ?? "python", error) }
        return map["result"] ?? .null
    }
}

import AutoChecker
import AutoConfig
import AutoSyntax
import CommandEnd
import Compilers
import Computing
import Diagnostics
import MCP
import Processes
import Values

/// The tools for who writes automations, a model above all. Nothing of an automation is run in this process, and no
/// file is written: what a tool makes of a text, it gives back.
struct AuthoringHost: ToolHost {
    let compilers = Compilers(workers: WorkerPool { printError("autocheck: " + $0) })
    private let autorun = AutorunBeside()

    var identity: ServerIdentity {
        ServerIdentity(
            name: "autocheck", title: "autocheck: write automations (.auto files)", version: toolVersion,
            instructions:
                "Read `reference` with the topic \"language\" once before you write a .auto file. After each change call `check`, mend what it finds (`fix` applies the safe mends), then `test`. Nothing is written to files: write the text that a tool gives back yourself."
        )
    }

    func tools() async throws(RPCError) -> [ServerTool] { AuthoringTool.allCases.map(\.offered) }

    func call(_ call: ServerCall) async throws(RPCError) -> ToolResult {
        guard let tool = AuthoringTool(rawValue: call.name) else {
            throw .unknownTool(call.name, among: AuthoringTool.allCases.map(\.rawValue))
        }
        let arguments: AuthoringArguments
        do throws(ArgumentProblem) { arguments = try AuthoringArguments(call.arguments, of: tool) } catch {
            return .failed(error.words)
        }
        let answer = await onOwnThread(TimeLimit(nanoseconds: AutorunBeside.seconds * 1_000_000_000)) {
            limit in
            Result { () throws(ArgumentProblem) in try self.answer(tool, arguments, limit) }
        }
        switch answer {
        case .success(let result): return result
        case .failure(let problem): return .failed(problem.words)
        }
    }

    private func answer(_ tool: AuthoringTool, _ arguments: AuthoringArguments, _ limit: TimeLimit)
        throws(ArgumentProblem) -> ToolResult
    {
        switch tool {
        case .check: return check(try arguments.job())
        case .fix: return fix(try arguments.job())
        case .format: return format(try arguments.job())
        case .explain: return try explain(try arguments.text("code"))
        case .reference: return try reference(arguments.optionalText("topic") ?? "language")
        case .plan: return try autorun.plan(arguments, limit)
        case .test: return try autorun.test(arguments, limit)
        }
    }

    private func check(_ job: CheckJob) -> ToolResult {
        let result = AutoChecker.check(job.source, job.options, compilers)
        let text =
            result.findings.isEmpty
            ? "no findings\n" : render(result.findings, in: result.source, as: .terminal)
        return ToolResult(
            content: [.textPart(text)], structured: .record(AuthoringHost.report(of: result)))
    }

    private static func report(of result: CheckResult) -> [(String, Value)] {
        let errors = result.findings.count { $0.severity == .error }
        return [
            ("passes", .bool(errors == 0)), ("errors", .int(Int64(errors))),
            ("warnings", .int(Int64(result.findings.count - errors))),
            (
                "findings",
                // What is no JSON here would be a fault of the renderer.
                .list(
                    result.findings.map { (try? JSON.parse(jsonObject($0, result.source))) ?? .null })
            ),
        ]
    }

    private func fix(_ job: CheckJob) -> ToolResult {
        let (source, count) = fixed(job, compilers)
        let left = AutoChecker.check(source, job.options, compilers)
        let text = String(decoding: source.bytes, as: UTF8.self)
        return ToolResult(
            .record(
                [("text", .string(text)), ("mended", .int(Int64(count)))] + AuthoringHost.report(of: left)))
    }

    private func format(_ job: CheckJob) -> ToolResult {
        let (text, findings) = AutoSyntax.format(job.source)
        guard let text else {
            return .failed(
                "it cannot be laid out before it parses:\n"
                    + render(findings, in: job.source, as: .terminal))
        }
        return ToolResult(
            .record([
                ("text", .string(text)), ("changed", .bool(Array(text.utf8) != job.source.bytes)),
            ]))
    }

    private func explain(_ code: String) throws(ArgumentProblem) -> ToolResult {
        guard let page = CodePage.of(code) else {
            let near = nearestName(to: code.uppercased(), in: Code.allCases.map(\.rawValue))
            throw ArgumentProblem(
                "there is no code `\(code.prefix(40))`"
                    + (near.map { ": did you mean \($0)?" } ?? "; codes look like A309"))
        }
        let text = page.markdown(compilers)
        return ToolResult(
            content: [.textPart(text)],
            structured: .record([
                ("code", .string(page.code.rawValue)), ("title", .string(page.title)),
                ("text", .string(text)),
            ]))
    }

    private func reference(_ topic: String) throws(ArgumentProblem) -> ToolResult {
        guard let text = LanguageReference.entry(of: topic, compilers) else {
            throw ArgumentProblem(LanguageReference.unknown(topic))
        }
        return ToolResult(
            content: [.textPart(text)],
            structured: .record([("topic", .string(topic)), ("text", .string(text))]))
    }
}

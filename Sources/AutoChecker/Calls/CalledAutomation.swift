import AutoSyntax
import Diagnostics
import StepKinds

/// An automation that a step calls, as its caller sees it.
package struct CalledAutomation: Sendable {
    /// From the outermost file's folder.
    package let path: String
    package let name: String
    /// Empty where the file says none.
    package let description: String
    /// What it has to be given.
    package let inputs: [CheckedInput]
    /// What it gives.
    package let result: DataType
    /// The secrets that it needs, and those of what it calls.
    package let secrets: [String]
    /// Whether what it gives holds text from outside even where it is given none.
    let bringsOutsideText: Bool
    /// Whether it, or what it calls, changes something outside.
    let changesOutside: Bool
    /// Its steps, as a test of its caller names them.
    let testedSteps: [String: TestedStep]
    /// What one run of it can come to; nil while it is being checked itself, because it leads back to itself.
    let work: PlannedWork?
    /// The file as it was checked; nil while it is being checked itself, because it leads back to itself.
    package let automation: CheckedAutomation?
}

/// What came of a file that another names.
enum CalledFile: Sendable {
    case whole(CalledAutomation)
    /// It has errors, or what it calls has.
    case faulty(FaultyFile)
    case unreadable(OtherFiles.Unreadable)
    /// The files lead one to the next deeper than `OtherFiles.deepest`.
    case tooDeep
    /// It leads back to itself, and no run of any of these files can avoid that.
    case endless([String])

    var called: CalledAutomation? {
        if case .whole(let called) = self { called } else { nil }
    }
}

/// Where the first error is that keeps a file from being called.
struct FaultyFile: Sendable {
    /// The files that call one another, from the one that is called first to the one that has the error.
    let way: [String]
    /// The error with its line.
    let error: String
}

extension OtherFiles {
    /// The automation in a file that this one calls, checked.
    ///
    /// - Parameters:
    ///   - path: from the outermost folder.
    ///   - isUnavoidable: whether every run comes to the call.
    func called(_ path: String, isUnavoidable: Bool, _ options: CheckOptions) -> CalledFile {
        if let start = callers.firstIndex(where: { $0.path == path }) {
            let others = callers[start..<callers.count - 1]
            if isUnavoidable, others.allSatisfy(\.isUnavoidable) {
                return .endless(callers[start...].map(\.path) + [path])
            }
            return header(path, options)
        }
        if let known = shelf.file(path) { return known }
        guard callers.count <= OtherFiles.deepest else { return .tooDeep }
        let file = checked(path, isUnavoidable: isUnavoidable, options)
        shelf.keep(file, as: path)
        return file
    }

    private func source(_ path: String) throws(Unreadable) -> SourceText {
        SourceText(name: path, bytes: try bytes(of: path))
    }

    private func checked(_ path: String, isUnavoidable: Bool, _ options: CheckOptions) -> CalledFile {
        let text: SourceText
        do throws(Unreadable) { text = try source(path) } catch { return .unreadable(error) }
        var inside = options
        inside.files = seen(from: path, isUnavoidable: isUnavoidable)
        let draft = CheckDraft(text, inside)
        let result = draft.finished(with: [])
        guard let automation = result.automation, let context = draft.context else {
            return .faulty(fault(of: path, result, draft.context))
        }
        return .whole(CalledAutomation(path, context, automation))
    }

    /// What a file says of itself that leads back to itself: it cannot be checked before it has been checked.
    private func header(_ path: String, _ options: CheckOptions) -> CalledFile {
        let text: SourceText
        do throws(Unreadable) { text = try source(path) } catch { return .unreadable(error) }
        var inside = options
        // What it calls again does not matter for what it says of itself.
        inside.files = nil
        let context = CheckContext(parseAutomation(text).automation, syntaxErrors: true, options: inside)
        return .whole(CalledAutomation(path, context, nil))
    }

    private func fault(of path: String, _ result: CheckResult, _ context: CheckContext?) -> FaultyFile {
        guard let error = result.findings.first(where: { $0.severity == .error }) else {
            return FaultyFile(way: [path], error: "")
        }
        // Where it only calls what has errors, those are what is to be mended.
        if error.code == .faultyFile,
            let call = context?.writtenCalls.first(where: { $0.path.span == error.span }),
            case .faulty(let below) = call.file
        {
            return FaultyFile(way: [path] + below.way, error: below.error)
        }
        let line = result.source.position(at: error.span.start).line
        return FaultyFile(way: [path], error: "line \(line): \(error.message)")
    }
}

extension CheckContext {
    /// The automations that steps call or give to their models, as far as they can be run.
    var calledAutomations: [CalledAutomation] { writtenCalls.compactMap(\.file.called) }

    /// The calls of steps, and of their models.
    fileprivate var writtenCalls: [CallOfFile] {
        Array(calls.values) + tools.values.flatMap { $0.map(\.call) }
    }

    /// The path of a called automation from this file's own folder.
    func relativePath(_ called: CalledAutomation) -> String {
        // What an automation of a server names by its id lies in no folder of this one.
        if OtherFiles.id(ofPlace: called.path) != nil { return called.path }
        return String(called.path.dropFirst(options.files?.folder.count ?? 0))
    }
}

extension CheckedAutomation {
    /// The automation that a step calls, with all that it calls in turn.
    ///
    /// - Parameter path: from this automation's own folder; of one that is called by its id `OtherFiles.place(of:)`.
    package func called(at path: String) -> CheckedAutomation? {
        guard let called = path == fileName ? self : family[path] else { return nil }
        let folder = folderPart(of: path)
        var inside: [String: CheckedAutomation] = [:]
        for (path, member) in family {
            if path.hasPrefix(folder) { inside[String(path.dropFirst(folder.count))] = member }
            // An id means the same wherever it is written.
            if OtherFiles.isByID(path) { inside[path] = member }
        }
        if folder.isEmpty || OtherFiles.isByID(fileName) { inside[fileName] = with(family: [:]) }
        return called.with(family: inside)
    }

    private func with(family: [String: CheckedAutomation]) -> CheckedAutomation {
        CheckedAutomation(
            source: source, name: name, description: description, inputs: inputs, secrets: secrets,
            steps: steps,
            start: start, stepIndex: stepIndex, declarations: declarations, models: models,
            maxDollars: maxDollars, trust: trust, result: result, fileName: fileName, family: family,
            tests: tests)
    }
}

extension CalledAutomation {
    init(_ path: String, _ context: CheckContext, _ automation: CheckedAutomation?) {
        let called = context.calledAutomations
        var secrets = context.automation.secrets.map(\.name.text)
        for secret in called.flatMap(\.secrets) where !secrets.contains(secret) { secrets.append(secret) }
        let steps = context.automation.steps
        self.init(
            path: path, name: context.automation.name?.text ?? path,
            description: context.automation.description?.text ?? "", inputs: checkedInputs(context),
            result: context.automationResult, secrets: secrets,
            bringsOutsideText: context.givesOutsideText,
            changesOutside: called.contains(where: \.changesOutside)
                || steps.contains { $0.kind?.changesOutside($0.given) == true || $0.usesToolServer },
            testedSteps: context.testedSteps, work: automation == nil ? nil : PlannedWork(context),
            automation: automation)
    }
}

import AutoChecker
import AutoConfig
import AutoRuntime
import AutoServer
import AutoSteps
import CommandEnd
import Foundation
import Logging
import Values

extension Host {
    /// What a server of automations is given of this machine, whether it serves the API or tools.
    ///
    /// - Parameters:
    ///   - files: the files and folders that are served.
    ///   - output: where the steps of these files write files.
    func servingParts(
        of files: [String], store: any Store, served: ServedFiles, log: Logger, allowsUnboxedPython: Bool,
        output: OutputFolder
    ) -> ServerParts {
        // What came by the API has no folder, so its steps find no files.
        let nowhere = noFiles
        let fileFolders = files.map { isFolder($0) ? $0 : parent(of: $0) }
        for folder in fileFolders { tellKeysThatGoElsewhere(folder: folder) }
        return ServerParts(
            store: store, clock: clock, log: log, served: served,
            check: { source, path, occasion throws(PartsError) in
                func place(_ others: OtherFiles?) -> CheckPlace {
                    path.isEmpty ? .nowhere(nowhere, others) : .file(path)
                }
                do {
                    switch occasion {
                    case .newText(let others):
                        return try checkResult(source, at: place(others), workers)
                    case .storedText: return try recheckResult(source, at: place(nil))
                    }
                } catch {
                    throw PartsError((error as? CommandError)?.message ?? "the settings cannot be read")
                }
            },
            executors: { path, models, onCall in
                let folder =
                    path.isEmpty ? nowhere : URL(fileURLWithPath: path).deletingLastPathComponent().path
                return executors(
                    folder: folder, models, answers: NobodyAnswers(),
                    allowsUnboxedPython: allowsUnboxedPython, output: path.isEmpty ? .ofAPI : output,
                    onCall: onCall)
            },
            secret: { environment[$0] },
            modelKeys: modelKeys(["."] + fileFolders), fileTime: fileTime(ofFile:),
            fileBeside: { (path, name) throws(OtherFiles.Unreadable) in
                try bytes(ofFile: name, beside: path)
            })
    }

    /// The folder of what came by the API of a server, in which there is nothing.
    var noFiles: String { folders.state + "/no-files" }
}

/// Answers come by the API or from the client of a tool, later.
private struct NobodyAnswers: AnswerSource {
    func answer(_ question: Question, problem: String?) async -> String? { nil }
}

import AutoChecker
import AutoSyntax
import Diagnostics
import StepKinds
import Values

/// The edits that rename what several files use, by the files' addresses.
///
/// - Throws: When the new name cannot be taken in one of the files.
func rename(
    _ shared: SharedName, to name: String, _ files: inout FolderFiles, _ declaring: (FolderFile) -> Document
) throws(ResponseError) -> Value {
    guard let file = files.file(shared.path) else {
        throw ResponseError(.requestFailed, "the file that declares `\(shared.name)` is not there")
    }
    let all = file.automation.occurrences.filter { $0.kind == shared.kind.symbol && $0.name == shared.name }
    guard let here = all.first(where: \.isDeclaration) else {
        throw ResponseError(
            .requestFailed,
            "`\(shared.name)` is not declared in \(file.path.split(separator: "/").last ?? "the file")")
    }
    if let words = refusal(of: name, for: here, all, declaring(file)) {
        throw ResponseError(.requestFailed, words)
    }
    let paths = files.paths(thatMayName: shared.path)
    guard paths.count <= FolderFiles.most else {
        throw ResponseError(
            .requestFailed,
            "the folder has more than \(FolderFiles.most) .auto files, too many to look for uses of "
                + "`\(shared.name)` in; open a smaller folder")
    }
    for path in paths {
        if let words = files.file(path).flatMap({ $0.hindrance(shared, to: name) }) {
            throw ResponseError(.requestFailed, words)
        }
    }
    var changes: [(String, Value)] = []
    for (path, places) in files.places(of: shared).sorted(by: { $0.key < $1.key }) {
        guard let file = files.file(path) else { continue }
        let edits = name == shared.name ? [] : places.map { file.edit($0.span, name) }
        changes.append((file.uri, .list(edits)))
    }
    return .record([("changes", .record(changes))])
}

extension FolderFile {
    /// Why a name of another file cannot be changed for this one, in words; nil where it can.
    fileprivate func hindrance(_ shared: SharedName, to name: String) -> String? {
        switch shared.kind {
        case .step: nil
        case .type:
            path != shared.path && uses(shared) ? takenType(name) : nil
        case .input:
            automation.steps.lazy.compactMap { step -> String? in
                guard self.callee(of: step) == shared.path, let given = step.field(RestAPI.inputs) else {
                    return nil
                }
                guard case .record(let entries, _) = given else {
                    return
                        "`\(step.name.text)` in \(self.lineWords(given.span)) gives its inputs by an expression, "
                        + "in which `\(shared.name)` cannot be found; write them out: inputs: { name: value }"
                }
                guard name != shared.name, entries.contains(where: { $0.name.text == shared.name }),
                    let taken = entries.first(where: { $0.name.text == name })
                else { return nil }
                return "`\(name)` is given in \(self.lineWords(taken.name.span)) already; choose another name"
            }.first
        }
    }

    /// Whether the file takes the type, perhaps handed on by another: the name is the same then.
    private func uses(_ shared: SharedName) -> Bool {
        if case .file? = types[shared.name]?.body { true } else { false }
    }

    private func takenType(_ name: String) -> String? {
        types[name].map {
            "the type `\(name)` is declared in \(lineWords($0.name.span)) already; choose another name"
        }
    }
}

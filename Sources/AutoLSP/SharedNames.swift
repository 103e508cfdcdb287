import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import StepKinds

/// A name that other files use beside the one that declares it.
struct SharedName: Hashable {
    enum Kind: Hashable {
        /// Callers give it: `inputs: { page: … }`.
        case input
        /// Tests of callers reply to it: `"digest.fetch"`.
        case step
        /// Other files take it: `type Verdict from "triage.auto"`.
        case type

        /// The same among the names of one file.
        var symbol: SymbolKind {
            switch self {
            case .input: .input
            case .step: .step
            case .type: .type
            }
        }
    }

    /// The path of the file that declares it.
    let path: String
    let kind: Kind
    let name: String
}

/// A place where a name of another file stands, or one of the file's own that others use.
struct SharedPlace {
    let name: SharedName
    let span: Span
    var isDeclaration = false
}

extension FolderFiles {
    /// The name of another file that stands at a place of an open file, or one of its own that others may
    /// use.
    mutating func sharedName(at offset: Int, of path: String) -> SharedPlace? {
        guard let file = file(path) else { return nil }
        if let foreign = foreignNames(in: file).first(where: { $0.span.holds(offset) }) { return foreign }
        guard let own = file.automation.occurrences.first(where: { $0.span.holds(offset) }) else {
            return nil
        }
        let kind: SharedName.Kind
        switch own.kind {
        case .input: kind = .input
        case .step: kind = .step
        case .type: kind = .type
        case .secret, .variable: return nil
        }
        return SharedPlace(
            name: SharedName(path: path, kind: kind, name: own.name), span: own.span,
            isDeclaration: own.isDeclaration)
    }

    /// Every place of a name, by the paths of the files in which it stands.
    mutating func places(of name: SharedName) -> [String: [SharedPlace]] {
        var found: [String: [SharedPlace]] = [:]
        for path in paths(thatMayName: name.path).prefix(FolderFiles.most) {
            guard let file = file(path) else { continue }
            var places = foreignNames(in: file).filter { $0.name == name }
            if path == name.path {
                places += file.automation.occurrences.filter {
                    $0.kind == name.kind.symbol && $0.name == name.name
                }.map { SharedPlace(name: name, span: $0.span, isDeclaration: $0.isDeclaration) }
            }
            if !places.isEmpty { found[path] = places.sorted { $0.span.start < $1.span.start } }
        }
        return found
    }

    /// The places of a file where names of other files stand.
    private mutating func foreignNames(in file: FolderFile) -> [SharedPlace] {
        var found: [SharedPlace] = []
        for step in file.automation.steps {
            guard let callee = file.callee(of: step), case .record(let given, _) = step.field(RestAPI.inputs)
            else { continue }
            found += given.map {
                SharedPlace(
                    name: SharedName(path: callee, kind: .input, name: $0.name.text),
                    span: $0.name.letters(in: file.source))
            }
        }
        for step in file.automation.steps { found += trustedInputs(step, in: file) }
        found += readInputs(in: file)
        var origins: [String: SharedName] = [:]
        for name in file.types.keys { origins[name] = origin(of: name, in: file) }
        if !origins.isEmpty {
            found += file.automation.occurrences.compactMap { place in
                guard place.kind == .type, let origin = origins[place.name] else { return nil }
                return SharedPlace(name: origin, span: place.span)
            }
        }
        for field in file.automation.tests.flatMap(\.fields)
        where [TestWord.replies, .answers].map(\.rawValue).contains(field.name.text) {
            guard case .record(let entries, _) = field.value else { continue }
            for entry in entries { found += testedNames(entry.name, in: file) }
        }
        return found
    }

    /// The inputs of called files that expressions read back: `call.prompt.inputs.page`, and `prompts.call.inputs.page` in a
    /// test.
    private mutating func readInputs(in file: FolderFile) -> [SharedPlace] {
        let callees = file.automation.steps.compactMap { step in
            file.callee(of: step).map { (step.name.text, $0) }
        }
        guard !callees.isEmpty else { return [] }
        let paths = Dictionary(callees, uniquingKeysWith: { first, _ in first })
        var found: [SharedPlace] = []
        func look(_ expression: Expression) {
            expression.walk { part in
                guard case .select(let owner, let field, let span, _) = part.kind,
                    case .select(let prompt, RestAPI.inputs.name, _, _) = owner.kind,
                    case .select(let root, let last, _, _) = prompt.kind, case .name(let first, _) = root.kind
                else { return }
                let step = first == "prompts" ? last : last == "prompt" ? first : nil
                guard let step, let path = paths[step] else { return }
                found.append(
                    SharedPlace(name: SharedName(path: path, kind: .input, name: field), span: span))
            }
        }
        for step in file.automation.steps { step.forEachExpression(look) }
        for test in file.automation.tests { test.expectations.forEach(look) }
        return found
    }

    /// The inputs of other files that `trust` of a step names: behind `inputs` those of a called file, behind the name of
    /// a tool those of the file that is the tool.
    private mutating func trustedInputs(_ step: Step, in file: FolderFile) -> [SharedPlace] {
        var found: [SharedPlace] = []
        for entry in step.trustedFields ?? [] {
            let whole = Name(entry.path, at: entry.span)
            let letters = Name(entry.path, at: whole.letters(in: file.source))
            let (first, input) = (letters.part(0), letters.part(1))
            // A path of one part is itself each of its parts.
            guard entry.path.contains("."), first.text != entry.path,
                let other = trustedFile(first.text, of: step, in: file)
            else { continue }
            found.append(
                SharedPlace(
                    name: SharedName(path: other, kind: .input, name: input.text), span: input.span))
        }
        return found
    }

    /// The file whose inputs the first part of a path of `trust` stands for.
    private mutating func trustedFile(_ name: String, of step: Step, in file: FolderFile) -> String? {
        if name == RestAPI.inputs.name, let callee = file.callee(of: step) { return callee }
        for tool in step.writtenTools ?? [] {
            guard case .automation(let written) = tool.kind,
                let path = try? OtherFiles.path(of: written.text, namedIn: file.path),
                let title = self.file(path)?.automation.name?.text, toolName(of: title) == name
            else { continue }
            return path
        }
        return nil
    }

    /// The type's name where it is declared: it may be handed on from file to file.
    private mutating func origin(of type: String, in file: FolderFile) -> SharedName? {
        var place = file
        var name: SharedName?
        for _ in 0..<OtherFiles.deepest {
            guard case .file(let written)? = place.types[type]?.body,
                let path = try? OtherFiles.path(of: written.text, namedIn: place.path)
            else { break }
            name = SharedName(path: path, kind: .type, name: type)
            guard let next = self.file(path) else { break }
            place = next
        }
        return name
    }

    /// The steps of other files in a name that a test replies to: `read` and `fetch` of `digest.read.fetch`.
    private mutating func testedNames(_ name: Name, in file: FolderFile) -> [SharedPlace] {
        let letters = Name(name.text, at: name.letters(in: file.source))
        let count = name.text.utf8.count { $0 == UInt8(ascii: ".") }
        guard (1...OtherFiles.deepest).contains(count),
            letters.span.end - letters.span.start == name.text.utf8.count
        else { return [] }
        var found: [SharedPlace] = []
        var place = file
        for number in 0..<count {
            guard let callee = place.steps[letters.part(number).text].flatMap(place.callee(of:)) else {
                break
            }
            let inner = letters.part(number + 1)
            found.append(
                SharedPlace(name: SharedName(path: callee, kind: .step, name: inner.text), span: inner.span))
            guard let next = self.file(callee) else { break }
            place = next
        }
        return found
    }
}

import AutoSyntax
import CEL
import Diagnostics
import Values

/// The declared types by name, and what is wrong with types as written.
struct TypeTable: Sendable {
    private let declarations: [String: TypeDeclaration]
    private var resolved: [String: DataType] = [:]
    private var inProgress: [String] = []
    /// How many parts each type has when it is written out, types within types included.
    private var sizes: [String: Int] = [:]
    private var depths: [String: Int] = [:]
    private var saysTooDeep = false
    private static let deepest = 200
    private static let largest = 5_000
    private var total = 0
    private static let largestTotal = 500_000
    private(set) var findings: [Diagnostic] = []

    private let files: OtherFiles?
    /// Why the first type did not come that is taken from another file and did not come.
    private var foreignFault: ForeignFault?

    /// - Parameter files: where types are declared that this file takes from others.
    init(_ declarations: [TypeDeclaration], files: OtherFiles? = nil) {
        self.init(unread: declarations, files: files)
        for declaration in declarations {
            _ = resolve(named: declaration.name.text, at: declaration.name.span)
        }
    }

    /// The types without those that nobody asks for.
    private init(unread declarations: [TypeDeclaration], files: OtherFiles?) {
        self.declarations = Dictionary(
            declarations.map { ($0.name.text, $0) }, uniquingKeysWith: { first, _ in first })
        self.files = files
    }

    mutating func resolve(_ node: TypeNode, name: String = "") -> DataType {
        switch node.kind {
        case .named(let name): return resolve(named: name, at: node.span)
        case .list(let element): return .list(resolve(element))
        case .oneOf(let values): return oneOf(values, node.span)
        case .record(let fields):
            return .record(
                fields.map {
                    DataField(
                        $0.name.text, resolve($0.type), isOptional: $0.isOptional,
                        documentation: $0.documentation)
                }, name: name)
        }
    }

    private mutating func oneOf(_ values: [Name], _ span: Span) -> DataType {
        if values.isEmpty {
            findings.append(
                Diagnostic(
                    .expected, "`one_of` names at least one value", at: span,
                    help: "for example one_of(\"yes\", \"no\")"))
        }
        var seen = Set<String>()
        for value in values where !seen.insert(value.text).inserted {
            findings.append(
                Diagnostic(
                    .duplicateName, "the value \"\(value.text)\" stands twice", at: value.span,
                    help: "leave one of them out"))
        }
        return .oneOf(values.map(\.text))
    }

    private mutating func resolve(named name: String, at span: Span) -> DataType {
        switch name {
        case "text", "string":
            if name == "string" { reportOther(name, "text", span) }
            return .text
        case "int": return .int
        case "number": return .number
        case "bool": return .bool
        case "json": return .json
        case "bytes": return .bytes
        case "url": return .url
        default: break
        }
        if let type = resolved[name] { return type }
        guard let declaration = declarations[name] else {
            reportUnknown(name, span)
            return .json
        }
        if let start = inProgress.firstIndex(of: name) {
            let loop = (inProgress[start...] + [name]).map { "`\($0)`" }.joined(separator: " holds ")
            findings.append(
                Diagnostic(
                    .endlessType, "the type `\(name)` holds itself: \(loop)", at: span,
                    help: "use `json` where the depth is open"))
            return .json
        }
        return resolve(declaration, name)
    }

    private mutating func resolve(_ declaration: TypeDeclaration, _ name: String) -> DataType {
        guard inProgress.count < TypeTable.deepest else { return tooDeep(name, declaration) }
        let (type, depth, size): (DataType, Int, Int)
        switch declaration.body {
        case .here(let node):
            inProgress.append(name)
            type = resolve(node, name: name)
            inProgress.removeLast()
            (depth, size) = (self.depth(of: node), self.size(of: node))
        case .file(let path):
            type = foreign(name, path)
            (depth, size) = (type.depth, type.size(atMost: TypeTable.largest + 1))
        }
        guard depth <= TypeTable.deepest else { return tooDeep(name, declaration) }
        depths[name] = depth
        guard size <= TypeTable.largest else {
            // A few types that each hold another twice come to more parts than fit any memory.
            findings.append(
                Diagnostic(
                    .tooDeep,
                    "the type `\(name)` has more than \(TypeTable.largest) parts when it is written out",
                    at: declaration.name.span, help: "use `json` for what is inside"))
            sizes[name] = 1
            resolved[name] = .json
            return .json
        }
        sizes[name] = size
        resolved[name] = type
        return type
    }

    /// A chain of types longer than any that people write: what reads types goes down them, and has an end.
    private mutating func tooDeep(_ name: String, _ declaration: TypeDeclaration) -> DataType {
        if !saysTooDeep {
            findings.append(
                Diagnostic(
                    .tooDeep, "the type `\(name)` holds others more than \(TypeTable.deepest) deep",
                    at: declaration.name.span, help: "use `json` for what is inside"))
        }
        saysTooDeep = true
        (sizes[name], depths[name], resolved[name]) = (1, 1, .json)
        return .json
    }

    /// A type that another file declares under the same name.
    private mutating func foreign(_ name: String, _ written: Name) -> DataType {
        do throws(ForeignFault) { return try declared(name, elsewhere: written) } catch {
            foreignFault = foreignFault ?? error
            findings.append(error.finding(of: name, at: written))
            return .json
        }
    }

    private func declared(_ name: String, elsewhere written: Name) throws(ForeignFault) -> DataType {
        let (files, path) = try ForeignFault.reading(written.text) {
            () throws(OtherFiles.Unreadable) -> (OtherFiles, String) in
            guard let files = self.files else { throw OtherFiles.noFiles }
            return (files, try files.path(written.text))
        }
        if let known = files.shelf.type(name, in: path) { return known }
        if let start = files.callers.firstIndex(where: { $0.path == path && $0.type == name }) {
            throw ForeignFault.circle(files.callers[start...].map(\.path) + [path])
        }
        let others = try ForeignFault.reading(path) {
            () throws(OtherFiles.Unreadable) -> [TypeDeclaration] in
            guard files.callers.count <= OtherFiles.deepest else {
                throw OtherFiles.Unreadable(
                    "takes the type from a file that takes it from another, more than \(OtherFiles.deepest) deep",
                    help: "name the file that declares it")
            }
            let source = SourceText(name: path, bytes: try files.bytes(of: path))
            let others = parseAutomation(source).automation.types
            guard others.contains(where: { $0.name.text == name }) else {
                let near = nearestName(to: name, in: others.map(\.name.text))
                throw OtherFiles.Unreadable(
                    "declares no type `\(name)`",
                    help: near.map { "it declares `\($0)`" } ?? "declare it there: type \(name) = { … }")
            }
            return others
        }
        var table = TypeTable(unread: others, files: files.seen(from: path, takingType: name))
        let type = table.resolve(named: name, at: written.span)
        if let fault = table.foreignFault { throw fault.seen(through: path) }
        if let problem = table.findings.first {
            throw ForeignFault(
                path,
                OtherFiles.Unreadable("is wrong: \(problem.message)", help: "mend that file first"))
        }
        files.shelf.keep(type, named: name, in: path)
        return type
    }

    private func depth(of node: TypeNode) -> Int {
        switch node.kind {
        case .named(let name): return 1 + (depths[name] ?? 0)
        case .oneOf: return 1
        case .list(let element): return 1 + depth(of: element)
        case .record(let fields): return 1 + (fields.map { depth(of: $0.type) }.max() ?? 0)
        }
    }

    /// The type of an input or a result: all of a file's together are written out, and have an end.
    mutating func resolveWhole(_ node: TypeNode) -> DataType {
        let type = resolve(node)
        let size = size(of: node)
        total += size
        guard size <= TypeTable.largest, total <= TypeTable.largestTotal else {
            findings.append(
                Diagnostic(
                    .tooDeep, "the types of this file have too many parts when they are written out",
                    at: node.span, help: "use `json` here, or for what is inside"))
            total -= size
            return .json
        }
        return type
    }

    private func size(of node: TypeNode) -> Int {
        let most = TypeTable.largest + 1
        switch node.kind {
        case .named(let name): return sizes[name] ?? 1
        case .oneOf(let values): return min(most, 1 + values.count)
        case .list(let element): return min(most, 1 + size(of: element))
        case .record(let fields): return fields.reduce(1) { min(most, $0 + size(of: $1.type)) }
        }
    }

    private mutating func reportOther(_ found: String, _ wanted: String, _ span: Span) {
        findings.append(
            Diagnostic(
                .unknownType, "there is no type `\(found)`", at: span, help: "write `\(wanted)`",
                fix: FixIt(span: span, replacement: wanted)))
    }

    private mutating func reportUnknown(_ name: String, _ span: Span) {
        if let wanted = otherTypeName(name) { return reportOther(name, wanted, span) }
        let near = nearestName(to: name, in: DataType.names + declarations.keys.sorted())
        findings.append(
            Diagnostic(
                .unknownType, "there is no type `\(name)`", at: span,
                help: near.map { "did you mean `\($0)`?" }
                    ?? "there are \(inWords(DataType.names, joiner: "and")); or declare it: type \(name) = { … }",
                fix: near.map { FixIt(span: span, replacement: $0) }))
    }

    /// A type that was declared, by its name.
    func declared(_ name: String) -> DataType? { resolved[name] }

    /// What `result: TYPE` of a step says.
    mutating func declaredResult(of step: Step) -> DataType? {
        for setting in step.settings {
            if case .type(let node) = setting.content { return resolveWhole(node) }
        }
        return nil
    }
}

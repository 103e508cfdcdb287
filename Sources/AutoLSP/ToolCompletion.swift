import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// What is offered in the list `tools`, in `trust`, and behind the name of a group of functions.
extension Completer {
    /// What can stand at a place of `tools` where no text is open; nil where that is any expression.
    func toolItems(_ type: StepType?, _ field: String) -> [Item]? {
        guard type == .llmCall, field == LLMCall.tools.name, let place = ToolPlace(context.before) else {
            return nil
        }
        switch place.place {
        case .key:
            return place.openFields.map {
                Item(
                    label: $0, kind: .property, documentation: ToolField.documentation(of: $0),
                    text: $0 + ": ")
            }
        case .value(ToolField.ask): return ["true", "false"].map { Item(label: $0, kind: .value) }
        case .value(ToolField.mcp): return servers(inQuotes: true)
        case .innerKey(ToolField.auth):
            return RestAPI.AuthPart.allCases.map(\.rawValue).map {
                Item(label: $0, kind: .property, text: $0 + ": ")
            }
        case .entry, .value, .innerKey, .elsewhere: return nil
        }
    }

    /// The same in quotes.
    func toolTexts(_ type: StepType?, _ field: String) -> [Item]? {
        guard type == .llmCall, field == LLMCall.tools.name, let place = ToolPlace(context.before) else {
            return nil
        }
        return place.place == .value(ToolField.mcp) ? servers(inQuotes: false) : nil
    }

    /// The servers that the settings name.
    private func servers(inQuotes: Bool) -> [Item] {
        document.options.toolServers.sorted { $0.key < $1.key }.map { name, server in
            let detail =
                switch server.place {
                case .command(let words): ShownToolServer.command(words)
                case .url(let url): url.contains("?") ? String(url.prefix { $0 != "?" }) : url
                }
            return Item(
                label: inQuotes ? jsonString(name) : name, kind: .value,
                detail: "[mcp.\(name)] of autorun.toml: \(detail)")
        }
    }

    /// The paths that `trust` of the step can name, in the order of the fields.
    var trustedPaths: [String] {
        guard let number = step, let step = model?.automation.steps[number] else { return [] }
        let tools = model?.toolInputs(of: number) ?? []
        if !tools.isEmpty {
            return tools.flatMap { tool in [tool.name] + tool.inputs.map { tool.name + "." + $0 } }
        }
        return step.fields.flatMap { field -> [String] in
            guard case .record(let inner, _) = field.value else { return [field.name.text] }
            return [field.name.text] + inner.map { field.name.text + "." + $0.name.text }
        }
    }

    /// The same inside quotes, behind what stands there already.
    var trustedTexts: [Item] {
        let before = document.source.bytes[..<context.word.start]
        let start = before.lastIndex(of: UInt8(ascii: "\"")).map { $0 + 1 } ?? before.endIndex
        let written = String(decoding: before[start...], as: UTF8.self)
        return trustedPaths.filter { $0.hasPrefix(written) }.map {
            Item(label: $0, kind: .field, text: String($0.dropFirst(written.count)))
        }
    }

    /// The types that other files of the folder declare, with the files from which they are taken; where a file is named
    /// already, those of that file.
    var typesElsewhere: [Item] {
        let folder = folderPart(of: document.name)
        let root = folder.utf8.count > 1 ? String(folder.dropLast()) : folder
        let own = Set((model?.automation.types ?? []).map(\.name.text))
        let rest = document.source.bytes[context.word.end...].prefix { $0 != 0x0A }
        let behind = String(decoding: rest, as: UTF8.self).split(
            separator: "\"", omittingEmptySubsequences: false)
        let named = behind.count > 2 && behind[0].contains("from") ? String(behind[1]) : nil
        var items: [Item] = []
        for path in workspace.automations(root).sorted().prefix(CompletionContext.mostFiles) {
            guard path.hasPrefix(folder), path != document.name else { continue }
            let shown = String(path.dropFirst(folder.count))
            guard named == nil || named == shown, let bytes = workspace.read(path) else { continue }
            for type in parseAutomation(SourceText(name: path, bytes: bytes)).automation.types {
                guard type.type != nil, named != nil || !own.contains(type.name.text) else { continue }
                items.append(
                    Item(
                        label: type.name.text, kind: .structure, detail: "from \(shown)",
                        text: named == nil ? "\(type.name.text) from \(jsonString(shown))" : nil))
            }
        }
        return items
    }

    /// The functions of a group, by the names behind its own: of `sets` `contains`, `equivalent`, `intersects`.
    func functions(ofGroup group: String) -> [Item] {
        let names = FunctionTable.standard.names(isMethod: false)
        return names.filter { $0.hasPrefix(group + ".") && !$0.contains("@") }.map { name in
            let short = String(name.dropFirst(group.utf8.count + 1))
            return Item(
                label: short, kind: .function,
                detail: FunctionSignature.all(name, isMethod: false).first?.label ?? "",
                documentation: FunctionDocumentation.of(name)?.markdown ?? "", text: short + "(",
                snippet: short + "($0)")
        }
    }
}

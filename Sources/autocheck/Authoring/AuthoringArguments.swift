import AutoConfig
import Diagnostics
import MCP
import OrderedCollections
import Values

/// Why a tool can do nothing with its arguments: a sentence for the model, which may mend them.
struct ArgumentProblem: Error {
    let words: String

    init(_ words: String) { self.words = words }
}

/// What a tool was given, each argument of the type that its schema says.
struct AuthoringArguments {
    private let given: MapValue

    /// - Throws: for an argument that the tool does not take, or of another type.
    init(_ given: MapValue, of tool: AuthoringTool) throws(ArgumentProblem) {
        let known = tool.arguments
        for (key, value) in given.entries {
            let name = JSON.keyText(key)
            guard let schema = known.first(where: { $0.0 == name })?.1 else {
                let near = nearestName(to: String(name.prefix(60)), in: known.map(\.0))
                throw ArgumentProblem(
                    "`\(tool.rawValue)` takes no `\(name.prefix(60))`"
                        + (near.map { ": did you mean `\($0)`?" } ?? ": it takes \(inWords(known.map(\.0)))"))
            }
            let wantsText = schema.asMap?["type"] == .string("string")
            guard value.isNull || (wantsText ? value.asText != nil : value.asMap != nil) else {
                throw ArgumentProblem("`\(name)` is \(wantsText ? "a text" : "an object")")
            }
        }
        self.given = given
    }

    func optionalText(_ name: String) -> String? { given[name]?.asText }

    func text(_ name: String) throws(ArgumentProblem) -> String {
        guard let text = optionalText(name) else { throw ArgumentProblem("`\(name)` is missing") }
        return text
    }

    func object(_ name: String) -> MapValue? { given[name]?.asMap }

    /// The text to look at, with the settings of its place.
    ///
    /// - Throws: where there is neither a text nor a file that can be read.
    func job() throws(ArgumentProblem) -> CheckJob {
        let path = try path()
        let bytes: [UInt8]
        if let text = optionalText("text") { bytes = Array(text.utf8) } else { bytes = try read(path) }
        let place = absolute(path ?? "automation.auto")
        do throws(SettingsError) {
            var finder = SettingsFinder(userFolder: UserFolders().config)
            let options = try finder.settings(for: parent(of: place)).settings.check.forFile(place)
            return CheckJob(
                source: SourceText(name: path ?? "automation.auto", bytes: bytes), options: options)
        } catch {
            throw ArgumentProblem("the settings of the folder cannot be used: \(error.message)")
        }
    }

    /// The file's path as it was given; nil where it was not.
    ///
    /// - Throws: for one that names no automation.
    func path() throws(ArgumentProblem) -> String? {
        guard let path = optionalText("path") else { return nil }
        guard path.hasSuffix(".auto"), !path.utf8.contains(0), path.utf8.count <= 4_096 else {
            throw ArgumentProblem("`path` is the path of a file that ends in .auto")
        }
        return path
    }

    private func read(_ path: String?) throws(ArgumentProblem) -> [UInt8] {
        guard let path else { throw ArgumentProblem("give `text`, or the `path` of a file") }
        switch readFile(path) {
        case .success(let bytes): return bytes
        case .failure(let error):
            throw ArgumentProblem("`path`: \(path) cannot be read: \(error.reason)")
        }
    }
}

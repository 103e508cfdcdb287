import AutoChecker
import AutoRuntime
import Values

/// The names that automations have as tools.
enum ToolNames {
    /// Clients take names of so many characters.
    private static let longest = 64
    /// What tells automations apart that would have one name: the end of their ids.
    private static let tail = 8

    /// The automations by their tools' names, in the order of the names.
    ///
    /// A file's tool is named by its path below the folder that is served, an automation without a file by its own
    /// name. Where several would have one name, each has the end of its id behind it, so that none changes its name
    /// because another of them goes.
    static func named(_ automations: [StoredAutomation], files: [ServedFile]) -> [(
        name: String, automation: StoredAutomation
    )] {
        var paths: [ID: String] = [:]
        for file in files { if let id = file.automation { paths[id] = file.name } }
        let bases = automations.map { base(paths[$0.id] ?? $0.name) }
        var counts: [String: Int] = [:]
        for base in bases { counts[base, default: 0] += 1 }
        return zip(bases, automations).map { base, automation in
            counts[base] == 1
                ? (base, automation) : ("\(base)_\(automation.id.text.suffix(tail))", automation)
        }.sorted { $0.0 < $1.0 }
    }

    /// `pages/digest.auto` is `pages_digest`.
    private static func base(_ name: String) -> String {
        let name = toolName(of: name.hasSuffix(".auto") ? String(name.dropLast(5)) : name)
        return name.isEmpty ? "automation" : String(name.prefix(longest - tail - 1))
    }
}

import AutoChecker
import AutoConfig
import URLs

extension Host {
    /// Tells once what the servers of tools that a project's settings name, and not the user's own, get of the user:
    /// a command without a box, or variables of the environment.
    ///
    /// A project's `autorun.toml` comes with its files, from whoever wrote them; without this nobody would see it.
    ///
    /// - Parameter path: the folder of the automation.
    func tellToolServersOfTheProject(folder path: String) {
        var finder = SettingsFinder(userFolder: folders.config)
        // Settings that cannot be read are told where they are used.
        guard let found = try? finder.settings(for: absolute(path)), let own = try? finder.user() else {
            return
        }
        for (name, server) in found.settings.check.toolServers.sorted(by: { $0.key < $1.key })
        where own.check.toolServers[name] != server {
            let table = "note: [mcp.\(name)] of \(found.folder)/autorun.toml"
            let variables = server.variables.filter { environment[$0] != nil }.joined(separator: ", ")
            switch server.place {
            case .command(let words):
                let program = words.first ?? ""
                if server.isUnsafe { notes.tellOnce("\(table) runs `\(program)` without a box") }
                if !variables.isEmpty { notes.tellOnce("\(table) gives \(variables) to `\(program)`") }
            case .url(let url):
                let host = (try? WebURL(url))?.origin ?? "its url"
                if !variables.isEmpty { notes.tellOnce("\(table) sends \(variables) to \(host)") }
            }
        }
    }
}

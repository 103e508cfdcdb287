import AutoChecker
import AutoConfig
import AutoModels

extension Host {
    /// Tells once which keys of the environment go where the settings of a project, and not the user's own, say so.
    ///
    /// A project's `autorun.toml` comes with its files, from whoever wrote them; without this nobody would see that
    /// it sends a key somewhere else.
    ///
    /// - Parameter path: the folder of the automation.
    func tellKeysThatGoElsewhere(folder path: String) {
        tellToolServersOfTheProject(folder: path)
        var finder = SettingsFinder(userFolder: folders.config)
        // Settings that cannot be read are told where they are used.
        guard let found = try? finder.settings(for: absolute(path)), let own = try? finder.user() else {
            return
        }
        for provider in modelSettings(found.settings, nil).providers {
            let (said, users) = (
                found.settings.check.providers[provider.name], own.check.providers[provider.name]
            )
            let isOfProject = said?.base != users?.base || said?.key != users?.key
            guard isOfProject, provider.hasKey, let variable = provider.keyVariable,
                !provider.isOnThisMachine,
                !provider.sendsOwnKeyHome
            else { continue }
            notes.tellOnce(
                "note: [provider.\(provider.name)] of \(found.folder)/autorun.toml sends the key in \(variable) to \(provider.host)"
            )
        }
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds the `autorun.toml` of a file: the nearest in its folder or one above, over the user's own.
package struct SettingsFinder {
    /// What holds for the files of a folder.
    package struct Found {
        /// Those of the nearest `autorun.toml`, over the user's own.
        package let settings: ProjectSettings
        /// The folder that excludes are relative to.
        package let folder: String
    }

    /// The folder of the user's own settings.
    private let userFolder: String?
    private var found: [String: Found] = [:]
    private var base: ProjectSettings?

    /// - Parameter userFolder: what `UserFolders.config` says; nil where the user has no settings of their
    ///   own.
    package init(userFolder: String?) { self.userFolder = userFolder }

    /// The settings for files of a folder, given from the root on.
    ///
    /// - Throws: when an `autorun.toml` cannot be read, or holds what it may not.
    package mutating func settings(for folder: String) throws(SettingsError) -> Found {
        if let known = found[folder] { return known }
        let path = folder == "/" ? "/autorun.toml" : folder + "/autorun.toml"
        let result: Found
        if access(path, F_OK) == 0 {
            var settings = try user()
            try SettingsFinder.read(path, into: &settings)
            result = Found(settings: settings, folder: folder)
        } else if folder == "/" {
            result = Found(settings: try user(), folder: "/")
        } else {
            result = try settings(for: parent(of: folder))
        }
        found[folder] = result
        return result
    }

    /// The user's own settings alone.
    ///
    /// - Throws: when they cannot be read, or hold what they may not.
    package mutating func user() throws(SettingsError) -> ProjectSettings {
        if let base { return base }
        var settings = ProjectSettings()
        if let userFolder, access(userFolder + "/autorun.toml", F_OK) == 0 {
            try SettingsFinder.read(userFolder + "/autorun.toml", into: &settings)
        }
        base = settings
        return settings
    }

    private static func read(_ path: String, into settings: inout ProjectSettings) throws(SettingsError) {
        switch readFile(path) {
        case .success(let bytes): try settings.read(String(decoding: bytes, as: UTF8.self), from: path)
        case .failure(let error):
            throw SettingsError(message: "cannot read \(path): \(error.reason)", isUnreadable: true)
        }
    }
}

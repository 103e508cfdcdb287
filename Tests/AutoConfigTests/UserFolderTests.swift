import AutoConfig
import Testing

/// The user's folders, by the XDG Base Directory Specification.
@Suite(.timeLimit(.minutes(1))) struct UserFolderTests {
    @Test func lieInTheHome() {
        let folders = UserFolders(environment: ["HOME": "/home/ada"])
        #expect(folders.state == "/home/ada/.local/state/autorun")
        #expect(folders.cache == "/home/ada/.cache/autorun")
        #expect(folders.config == "/home/ada/.config/autorun")
    }

    @Test func variablesWinWhereTheyAreAbsolute() {
        let folders = UserFolders(environment: [
            "HOME": "/home/ada", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "relative", "XDG_CONFIG_HOME": "",
        ])
        #expect(folders.state == "/s/autorun" && folders.cache == "/home/ada/.cache/autorun")
        #expect(folders.config == "/home/ada/.config/autorun")
    }

    /// Settings in a folder that everybody can write are nobody's own.
    @Test(arguments: [[:], ["HOME": ""], ["HOME": "", "TMPDIR": "/scratch"]])
    func withoutAHomeThereAreNoSettings(environment: [String: String]) {
        let folders = UserFolders(environment: environment)
        #expect(folders.config == nil)
        #expect(folders.state == (environment["TMPDIR"] ?? "/tmp") + "/autorun-state")
    }
}

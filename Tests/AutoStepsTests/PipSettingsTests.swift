import Testing

@testable import AutoSteps

/// Which settings of pip a PYTHON step installs packages by.
@Suite(.timeLimit(.minutes(1))) struct PipSettingsTests {
    private func found(_ environment: [String: String], _ files: Set<String>) -> String? {
        ownPipSettings(variable: { environment[$0] }, isReadable: files.contains)
    }

    @Test func theyAreWhereTheUserKeepsSettings() {
        let all: Set = ["/x/pip/pip.conf", "/home/ada/.config/pip/pip.conf", "/home/ada/.pip/pip.conf"]
        let home = ["HOME": "/home/ada"]
        #expect(found(home, all) == "/home/ada/.config/pip/pip.conf")
        #expect(found(home.merging(["XDG_CONFIG_HOME": "/x"]) { $1 }, all) == "/x/pip/pip.conf")
        #expect(found(home, ["/home/ada/.pip/pip.conf"]) == "/home/ada/.pip/pip.conf")
    }

    /// Another folder is said to be the one, so the usual one is not looked at, as pip does not.
    @Test func theUsualFolderIsLeftAlone() {
        let environment = ["HOME": "/home/ada", "XDG_CONFIG_HOME": "/x"]
        #expect(found(environment, ["/home/ada/.config/pip/pip.conf"]) == nil)
    }

    @Test func whatIsNoPlaceIsIgnored() {
        #expect(found(["HOME": ""], ["/.config/pip/pip.conf", "/.pip/pip.conf"]) == nil)
        #expect(found([:], ["/.config/pip/pip.conf"]) == nil)
        let relative = ["HOME": "/h", "XDG_CONFIG_HOME": "x"]
        #expect(found(relative, ["x/pip/pip.conf", "/h/.config/pip/pip.conf"]) == "/h/.config/pip/pip.conf")
    }
}

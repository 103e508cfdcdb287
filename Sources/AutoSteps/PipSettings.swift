/// The user's own settings of pip, where pip itself looks for them: a box has another home, so that they are named
/// to it. A relative `XDG_CONFIG_HOME` is to be ignored, says the XDG Base Directory Specification.
///
/// - Parameters:
///   - variable: the value of an environment variable, nil where it is not set.
///   - isReadable: whether there is a file that can be read.
/// - Returns: the file's path; nil where the user has none.
func ownPipSettings(variable: (String) -> String?, isReadable: (String) -> Bool) -> String? {
    func folder(_ name: String) -> String? { variable(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }
    let home = folder("HOME")
    let configuration = folder("XDG_CONFIG_HOME") ?? home.map { $0 + "/.config" }
    let places = [configuration.map { $0 + "/pip/pip.conf" }, home.map { $0 + "/.pip/pip.conf" }]
    return places.compactMap { $0 }.first(where: isReadable)
}

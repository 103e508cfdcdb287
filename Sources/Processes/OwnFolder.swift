#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folder in which the running program lies, links followed; nil where the system does not say.
package func ownFolder() -> String? {
    guard let path = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(path) }
    let own = String(cString: path)
    return String(own[..<(own.lastIndex(of: "/") ?? own.endIndex)])
}

internal import CSandbox

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a worker does to itself before it reads the first foreign byte.
package enum WorkerSelf {
    /// Bytes of address space that a worker may have.
    package static let memory = 768 << 20
    /// Seconds of processor time for one request.
    package static let processorSeconds: UInt64 = 120
    /// The exit code by which a worker says that its memory was used up.
    package static let outOfMemory: Int32 = 71

    static let sealed = Array("sealed".utf8)

    /// Takes the limits on, gives way to those who serve, and lets the kernel refuse everything but
    /// computing.
    ///
    /// - Returns: the greeting, which says whether the kernel does.
    package static func settle() -> [UInt8] {
        sandbox_die_with_parent()
        // The tree of a page is built and freed for each request: memory that went back to the system in
        // between would come again page by page.
        sandbox_keep_memory()
        sandbox_tell_used_up_memory(outOfMemory)
        setLimit(RLIMIT_AS, UInt64(memory))
        setLimit(RLIMIT_CORE, 0)
        setLimit(RLIMIT_FSIZE, 0)
        #if canImport(Glibc)
            _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, 10)
        #endif
        return sandbox_seal() == 0 ? sealed : Array("unsealed".utf8)
    }

    /// Before each request: so much processor time from now on.
    package static func grantTime() {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        let used = UInt64(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        var limit = rlimit()
        getrlimit(RLIMIT_CPU.kind, &limit)
        limit.rlim_cur = rlim_t(used + processorSeconds)
        _ = setrlimit(RLIMIT_CPU.kind, &limit)
        errno = 0
    }

    /// Whether the memory of past requests makes it better to begin anew: the system does not get back all
    /// that was freed.
    package static var isWornOut: Bool {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss > 384 << 10
    }

    private static func setLimit(_ kind: __rlimit_resource, _ value: UInt64) {
        var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
        _ = setrlimit(kind.kind, &limit)
    }
}

extension __rlimit_resource {
    fileprivate var kind: __rlimit_resource_t { __rlimit_resource_t(rawValue) }
}

import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs a long computation on a thread of its own, so that it holds up no other task.
///
/// The body has to look at the limit: a cancelled task, too, waits until the body has noticed and come back.
/// That way nothing that was given up computes on.
package func onOwnThread<Result: Sendable>(
    _ limit: TimeLimit = TimeLimit(), _ body: @escaping @Sendable (TimeLimit) -> Result
) async -> Result {
    await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            let run: @Sendable () -> Void = { continuation.resume(returning: body(limit)) }
            if startThread(isModest: true, run) == nil { run() }
        }
    } onCancel: {
        limit.cancel()
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a thread with a stack as deep as the first one's; nil when the system gives none.
///
/// - Parameter isModest: whether it lets the threads that answer people go first.
/// - Parameter isJoined: whether somebody waits for its end by `pthread_join`.
@discardableResult
package func startThread(
    isModest: Bool = false, isJoined: Bool = false, _ run: @escaping @Sendable () -> Void
) -> RunningThread? {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, 8 << 20)
    if !isJoined { pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED)) }
    let body = Unmanaged.passRetained(
        ThreadBody {
            if isModest { stepBack() }
            run()
        })
    #if canImport(Glibc)
        var thread = pthread_t()
    #else
        var thread: pthread_t?
    #endif
    let status = pthread_create(
        &thread, &attributes,
        { pointer in
            #if canImport(Glibc)
                guard let pointer else { return nil }
            #endif
            Unmanaged<ThreadBody>.fromOpaque(pointer).takeRetainedValue().run()
            return nil
        }, body.toOpaque())
    guard status == 0 else {
        body.release()
        return nil
    }
    #if canImport(Glibc)
        return RunningThread(thread: thread)
    #else
        return thread.map { RunningThread(thread: $0) }
    #endif
}

/// A thread that has been started.
package struct RunningThread: Sendable {
    // It is never changed, and names a thread to any other; where it is a pointer, nobody reads through it.
    #if canImport(Glibc)
        fileprivate let thread: pthread_t
    #else
        fileprivate nonisolated(unsafe) let thread: pthread_t
    #endif

    /// Waits for the end of a thread that was started to be joined.
    package func join() { pthread_join(thread, nil) }
}

/// Linux counts niceness by thread: one that computes for long gives way to those that serve.
private func stepBack() {
    #if canImport(Glibc)
        _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, 10)
    #endif
}

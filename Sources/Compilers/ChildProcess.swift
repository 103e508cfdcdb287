#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs a command with an input and gives what it wrote; nil when it fails, or takes longer than 30 seconds.
///
/// Plain POSIX, since a library for it would cost `autocheck` more to start than a check takes.
func runProcess(_ command: [String], input: [UInt8]) -> [UInt8]? {
    var toChild: [Int32] = [0, 0]
    var fromChild: [Int32] = [0, 0]
    guard pipe(&toChild) == 0 else { return nil }
    guard pipe(&fromChild) == 0 else {
        for descriptor in toChild { close(descriptor) }
        return nil
    }
    for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    let child = spawn(command, standardInput: toChild[0], standardOutput: fromChild[1])
    close(toChild[0])
    close(fromChild[1])
    guard let child else {
        close(toChild[1])
        close(fromChild[0])
        return nil
    }
    let output = exchange(input, toChild[1], fromChild[0])
    if output == nil { kill(child, SIGKILL) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status == 0 ? output : nil
}

private func spawn(_ command: [String], standardInput: Int32, standardOutput: Int32) -> pid_t? {
    #if canImport(Glibc)
        var actions = posix_spawn_file_actions_t()
    #else
        var actions: posix_spawn_file_actions_t?
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, standardInput, 0)
    posix_spawn_file_actions_adddup2(&actions, standardOutput, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var environment: [UnsafeMutablePointer<CChar>?] = [
        strdup("PATH=/usr/bin:/bin"), strdup("LANG=C.UTF-8"), nil,
    ]
    defer { for variable in environment { free(variable) } }
    var child: pid_t = 0
    return posix_spawn(&child, command[0], &actions, nil, &arguments, &environment) == 0 ? child : nil
}

/// Writes and reads as the child is ready for it, so that neither waits for the other.
private func exchange(_ input: [UInt8], _ writer: Int32, _ reader: Int32) -> [UInt8]? {
    signal(SIGPIPE, SIG_IGN)
    _ = fcntl(writer, F_SETFL, O_NONBLOCK)
    var output: [UInt8] = []
    var written = 0
    var isWriting = true
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var timeLeft: Int32 = 30_000
    defer {
        if isWriting { close(writer) }
        close(reader)
    }
    while true {
        if isWriting, written == input.count {
            close(writer)
            isWriting = false
        }
        var polls = [pollfd(fd: reader, events: Int16(POLLIN), revents: 0)]
        if isWriting { polls.append(pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)) }
        let ready = poll(&polls, nfds_t(polls.count), 100)
        if ready == 0 { timeLeft -= 100 }
        if ready < 0, errno != EINTR { return nil }
        if timeLeft <= 0 || output.count > 64 << 20 { return nil }
        if isWriting, polls[1].revents != 0 {
            let count = input[written...].withUnsafeBytes { write(writer, $0.baseAddress, $0.count) }
            if count > 0 { written += count }
            if count < 0, errno != EAGAIN, errno != EINTR { written = input.count }
        }
        if polls[0].revents != 0 {
            let count = read(reader, &buffer, buffer.count)
            if count == 0 { return output }
            if count < 0, errno != EINTR { return nil }
            if count > 0 { output += buffer[..<count] }
        }
    }
}

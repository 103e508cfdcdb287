#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many characters a terminal shows.
package struct TerminalSize: Sendable, Hashable {
    /// How many characters a line holds.
    package let columns: Int
    /// How many lines there are.
    package let rows: Int

    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    /// The size of the terminal behind a file descriptor; 80 by 24 where it does not say.
    package static func of(_ descriptor: Int32) -> TerminalSize {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return TerminalSize(columns: 80, rows: 24)
        }
        return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}

/// How a terminal takes what is typed, to be put back so.
package struct TerminalMode: Sendable {
    fileprivate let attributes: termios
    private let descriptor: Int32

    fileprivate init(attributes: termios, descriptor: Int32) {
        self.attributes = attributes
        self.descriptor = descriptor
    }

    /// - Parameter descriptor: the file descriptor of a terminal; anything else gives nil.
    package init?(of descriptor: Int32) {
        var attributes = termios()
        guard tcgetattr(descriptor, &attributes) == 0 else { return nil }
        self.attributes = attributes
        self.descriptor = descriptor
    }

    /// Puts the terminal back, at once: what is still to be written may be held for as long as somebody likes.
    package func restore() {
        var attributes = attributes
        tcsetattr(descriptor, TCSANOW, &attributes)
    }
}

/// How a terminal hands over each key at once, and how it was before.
struct KeyMode: Sendable {
    private let before: TerminalMode
    private let mode: TerminalMode

    /// - Parameter descriptor: the file descriptor of a terminal; anything else gives nil.
    init?(of descriptor: Int32) {
        guard let before = TerminalMode(of: descriptor) else { return nil }
        self.before = before
        var attributes = before.attributes
        // Without ISIG Ctrl-C is a key like the others: the question decides what it means.
        attributes.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        withUnsafeMutableBytes(of: &attributes.c_cc) { controls in
            controls[Int(VMIN)] = 1
            controls[Int(VTIME)] = 0
        }
        mode = TerminalMode(attributes: attributes, descriptor: descriptor)
    }

    func on() { mode.restore() }
    func off() { before.restore() }
}

/// Lets the terminal hand over each key at once and show none itself while the body runs.
///
/// Keys that were typed before are not lost. The terminal is put back when the body returns, however it does.
func withKeys<Result>(of descriptor: Int32, _ body: (KeyMode?) -> Result) -> Result {
    guard let keys = KeyMode(of: descriptor) else { return body(nil) }
    keys.on()
    defer { keys.off() }
    return body(keys)
}

/// Stops the process, and those that a shell has started with it, until somebody lets it go on in the foreground: by `bg`
/// of the shell it would go on beside whatever is typed there.
///
/// - Parameter isOver: whether nobody needs to wait for that any more.
func stopUntilContinued(on descriptor: Int32, unless isOver: () -> Bool) {
    repeat {
        kill(0, SIGTSTP)
        // Another thread may be the one that takes the signal: until it has, this one must not go on.
        poll(nil, 0, 50)
    } while !isInForeground(of: descriptor) && !isOver()
}

/// Whether the terminal belongs to this process now, and not to a shell that has it in the background. What is no terminal, or
/// not the one that the process belongs to, is nobody else's.
func isInForeground(of descriptor: Int32) -> Bool {
    let group = tcgetpgrp(descriptor)
    return group < 0 || group == getpgrp()
}

/// What came of waiting for a byte.
enum ByteRead {
    case byte(UInt8)
    case nothing
    case end
}

/// A byte of what is typed, waited for at most so long.
///
/// One at a time, so that what was typed ahead stays for the next question, or for the shell.
func byte(from descriptor: Int32, milliseconds: Int32) -> ByteRead {
    var input = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&input, 1, milliseconds) > 0 else { return .nothing }
    var byte: UInt8 = 0
    return read(descriptor, &byte, 1) == 1 ? .byte(byte) : .end
}

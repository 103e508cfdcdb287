#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A connection to a PostgreSQL server. It is used by one thread at a time, which waits for each answer.
package final class Connection {
    private let library: LibPQ
    private let handle: LibPQ.Handle
    /// The names of statements that the server has read already.
    private var prepared: [String: String] = [:]
    /// False where somebody between us and the server gives each transaction another connection of the server.
    private let prepares: Bool
    /// More statements than these are kept by no server: those with a text of their own for each call would fill it.
    private static let mostPrepared = 200
    private var runs = 0

    /// - Parameters:
    ///   - address: a url, or `name=value` pairs, as libpq reads them; its variables and files count, too.
    ///   - prepares: whether the server is to keep what it has read of the statements.
    package init(_ address: String, prepares: Bool = true) throws(DatabaseFailure) {
        let library = try LibPQ.opened.get()
        try Connection.check(address, library)
        var names = ["client_encoding", "fallback_application_name", "keepalives_idle"]
        var values = ["UTF8", "autorun", "5"]
        // A network that is cut is noticed before anybody may take over what is held.
        names += ["keepalives_interval", "keepalives_count", "tcp_user_timeout"]
        values += ["2", "3", "10000"]
        if getenv("PGCONNECT_TIMEOUT") == nil {
            names.append("connect_timeout")
            values.append("10")
        }
        // What the address says comes last, and counts.
        names.append("dbname")
        values.append(address)
        let made = withTexts(names) { names in
            withTexts(values) { values in library.connect(names, values, 1) }
        }
        guard let made else { throw DatabaseFailure(.noConnection, "no memory is left") }
        guard library.status(made) == 0 else {
            defer { library.finish(made) }
            var failure = DatabaseFailure(.noConnection, Connection.words(library, made, address))
            failure.lacksPassword = library.needsPassword(made) == 1
            throw failure
        }
        self.library = library
        self.prepares = prepares
        handle = made
        _ = library.setNoticeReceiver(handle, { _, _ in }, nil)
    }

    deinit { library.finish(handle) }

    /// Refuses an address that libpq cannot read; its own words might hold the whole address, password and all.
    private static func check(_ address: String, _ library: LibPQ) throws(DatabaseFailure) {
        var words: UnsafeMutablePointer<CChar>?
        let options = address.withCString { library.parse($0, &words) }
        if let words { library.free(words) }
        guard let options else {
            throw DatabaseFailure(.badAddress, "the address cannot be read")
        }
        library.freeOptions(options)
    }

    package var isBroken: Bool { library.status(handle) != 0 }
    /// 150000 and more for version 15.
    package var version: Int { Int(library.serverVersion(handle)) }
    package var database: String { text(library.database(handle)) }
    package var user: String { text(library.user(handle)) }

    private func text(_ pointer: UnsafePointer<CChar>?) -> String {
        pointer.map { String(cString: $0) } ?? ""
    }

    // Statements.

    /// Runs statements without parameters, divided by semicolons.
    package func script(_ statements: String) throws(DatabaseFailure) {
        _ = try outcome(statements.withCString { library.exec(handle, $0) })
    }

    /// Runs one statement.
    @discardableResult
    package func run(_ statement: String, _ arguments: [Argument] = []) throws(DatabaseFailure) -> Outcome {
        let name = try preparedName(statement)
        if name != nil { try planAnew() }
        let values = arguments.map(\.bytes)
        // Only of what is no text, the library asks for the length.
        let lengths = values.map { CInt(clamping: $0?.count ?? 0) }
        let forms: [CInt] = arguments.map { $0.isBinary ? 1 : 0 }
        let result = withPointers(values) { pointers -> OpaquePointer? in
            let count = CInt(arguments.count)
            if let name {
                return name.withCString {
                    library.execPrepared(handle, $0, count, pointers, lengths, forms, 0)
                }
            }
            return statement.withCString {
                library.execParams(handle, $0, count, nil, pointers, lengths, forms, 0)
            }
        }
        return try outcome(result)
    }

    /// Lets the server forget now and then how it finds the rows of the statements that it keeps: what was planned for a
    /// small table goes through all of one that has grown meanwhile.
    private func planAnew() throws(DatabaseFailure) {
        runs += 1
        // A table that is new doubles often.
        let hasDoubled = runs >= 64 && runs.nonzeroBitCount == 1
        if hasDoubled || runs.isMultiple(of: 1_024) { try script("DISCARD PLANS") }
    }

    private func preparedName(_ statement: String) throws(DatabaseFailure) -> String? {
        guard prepares else { return nil }
        if let name = prepared[statement] { return name }
        guard prepared.count < Connection.mostPrepared else { return nil }
        let name = Connection.name(of: statement)
        _ = try outcome(
            name.withCString { name in
                statement.withCString { library.prepare(handle, name, $0, 0, nil) }
            })
        prepared[statement] = name
        return name
    }

    /// The same for the same statement on each connection, and another for each other: who stands between and gives this one
    /// another's connection must not have it run another's statement.
    private static func name(of statement: String) -> String {
        // FNV-1a, of 64 bits: there are some hundred statements.
        let hash = statement.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        return "autorun_" + String(hash, radix: 16)
    }

    private func outcome(_ result: OpaquePointer?) throws(DatabaseFailure) -> Outcome {
        guard let result else {
            throw DatabaseFailure(.broken, Connection.words(library, handle, ""))
        }
        defer { library.clear(result) }
        switch library.resultStatus(result) {
        // An empty query, a command, rows.
        case 0, 1: return Outcome(rows: [], count: Int(text(library.changedRows(result))) ?? 0)
        case 2: return Outcome(rows: rows(result), count: Int(library.rowCount(result)))
        default:
            func field(_ letter: Character) -> String {
                text(library.resultErrorField(result, CInt(letter.asciiValue ?? 0)))
            }
            let (words, state) = (field("M"), field("C"))
            // What the library itself says has no state: it lost the server.
            throw DatabaseFailure(
                isBroken || state.isEmpty ? .broken : .refused,
                words.isEmpty ? Connection.words(library, handle, "") : Connection.line(words),
                state: state, constraint: field("n"))
        }
    }

    private func rows(_ result: OpaquePointer) -> [Row] {
        let count = library.columnCount(result)
        var columns: [String: Int] = [:]
        for column in 0..<count { columns[text(library.columnName(result, column))] = Int(column) }
        return (0..<library.rowCount(result)).map { row in
            let fields = (0..<count).map { column -> String? in
                guard library.isNull(result, row, column) == 0, let value = library.value(result, row, column)
                else { return nil }
                let length = Int(library.length(result, row, column))
                return value.withMemoryRebound(to: UInt8.self, capacity: length) {
                    String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
                }
            }
            return Row(columns: columns, fields: fields)
        }
    }

    // Notifications.

    /// Waits until something comes from the server, or the time is over; false when the connection is broken.
    package func waitForInput(milliseconds: Int32) -> Bool {
        var descriptor = pollfd(fd: library.socket(handle), events: Int16(POLLIN), revents: 0)
        guard descriptor.fd >= 0, poll(&descriptor, 1, milliseconds) >= 0 || errno == EINTR else {
            return false
        }
        guard descriptor.revents != 0 else { return true }
        return library.consumeInput(handle) == 1
    }

    /// The next notification that has come, by its channel and its text.
    package func nextNotification() -> (channel: String, text: String)? {
        guard let notification = library.nextNotification(handle) else { return nil }
        defer { library.free(notification) }
        // `PGnotify`: the channel's name, a process, and the text.
        let channel = notification.load(as: UnsafePointer<CChar>?.self)
        let words = notification.load(
            fromByteOffset: 2 * MemoryLayout<UnsafeRawPointer>.stride, as: UnsafePointer<CChar>?.self)
        return (text(channel), text(words))
    }

    // Words.

    private static func words(_ library: LibPQ, _ handle: LibPQ.Handle, _ address: String) -> String {
        let said = library.errorMessage(handle).map { String(cString: $0) } ?? ""
        let words = line(said)
        return address.isEmpty || !words.contains(address) ? words : "the address cannot be read"
    }

    private static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { $0.drop { $0.isWhitespace } }.joined(separator: "; ")
    }
}

/// Texts as an array of C strings that ends with a null pointer.
private func withTexts<Result>(_ texts: [String], _ body: (LibPQ.Texts) -> Result) -> Result {
    withPointers(texts.map { Array($0.utf8) + [0] } + [nil]) { body($0) }
}

/// The places of bytes that end with a zero; nil stays nil.
private func withPointers<Result>(
    _ values: [[UInt8]?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    let places = values.map { value -> UnsafeMutablePointer<CChar>? in
        guard let value else { return nil }
        let place = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, value.count))
        value.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress {
                UnsafeMutableRawPointer(place).copyMemory(from: start, byteCount: bytes.count)
            }
        }
        return place
    }
    defer { for place in places { place?.deallocate() } }
    let constant = places.map { $0.map { UnsafePointer($0) } } + [nil]
    return constant.withUnsafeBufferPointer { buffer in
        // There is at least the null pointer at the end.
        guard let start = buffer.baseAddress else { return withUnsafePointer(to: nil) { body($0) } }
        return body(start)
    }
}

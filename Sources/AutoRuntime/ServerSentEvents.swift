import Values

/// Reads a stream of server-sent events, as the HTML standard of the WHATWG describes it in its section
/// "Interpreting an event stream".
///
/// The bytes may be split anywhere, inside a character or between a carriage return and its line feed too.
package struct ServerSentEvents: Sendable {
    /// One event of the stream.
    package struct Event: Hashable, Sendable {
        /// What its `event:` line says, else `message`.
        package let name: String
        /// Its `data:` lines, joined by line feeds.
        package let data: String
        /// The bytes of its only `data:` line, where they are no UTF-8: a server may have cut a character in two.
        package var bytes: [UInt8]? = nil
    }

    /// The id of the last whole event that has one, by which a stream that broke is asked to go on; nil where
    /// there was none.
    package private(set) var lastID: String?
    /// Milliseconds that the server asks to wait before somebody connects again; nil where it says nothing.
    package private(set) var delay: Int?
    /// Bytes of the event that has begun and not ended.
    package var pendingBytes: Int { line.count + pendingData }

    /// The bytes of the line that is being read.
    private var line: [UInt8] = []
    /// Whether the last byte was a carriage return: a line feed right behind it belongs to the same line end.
    private var hasJustReturned = false
    private var isFirstLine = true
    private var name = ""
    private var data: [String] = []
    /// The bytes of the last `data:` line that are no UTF-8.
    private var noText: [UInt8]?
    private var pendingData = 0
    /// The id of the event that is being read, which counts once it is whole.
    private var id: String?

    package init() {}

    /// Takes the next bytes.
    ///
    /// - Returns: the events that these bytes complete.
    package mutating func take(_ bytes: [UInt8]) -> [Event] {
        var events: [Event] = []
        // Lines are taken as a whole: what comes are many of them, for every reply.
        var begin = 0
        for place in bytes.indices {
            let byte = bytes[place]
            guard byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") else { continue }
            let isSecondHalf = hasJustReturned && byte == UInt8(ascii: "\n") && place == begin
            hasJustReturned = byte == UInt8(ascii: "\r")
            if !isSecondHalf {
                line += bytes[begin..<place]
                if let event = endLine() { events.append(event) }
            }
            begin = place + 1
        }
        if begin < bytes.count {
            line += bytes[begin...]
            hasJustReturned = false
        }
        return events
    }

    /// Ends the stream.
    ///
    /// The standard drops an event that no blank line ends. Some servers leave that line out behind their last
    /// event, which here counts all the same: without it a reply would look as if it were cut.
    ///
    /// - Returns: the last event, where one had begun.
    package mutating func finish() -> Event? {
        if !line.isEmpty, let event = endLine() { return event }
        return endEvent()
    }

    private mutating func endLine() -> Event? {
        var bytes = line[...]
        line.removeAll(keepingCapacity: true)
        if isFirstLine, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        isFirstLine = false
        guard !bytes.isEmpty else { return endEvent() }
        let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        var value = bytes[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        // A comment is a line that begins with a colon, so that it names no field.
        let field = bytes[..<colon]
        if field.elementsEqual("data".utf8) {
            let text = String(validating: value, as: UTF8.self)
            if text == nil { noText = Array(value) }
            data.append(text ?? String(decoding: value, as: UTF8.self))
            pendingData += value.count + 1
        } else if field.elementsEqual("event".utf8) {
            name = String(decoding: value, as: UTF8.self)
        } else if field.elementsEqual("id".utf8) {
            if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
        } else if field.elementsEqual("retry".utf8) {
            // Nobody waits for longer than a day because a server says so.
            if value.count <= 8, value.allSatisfy(isDigit) {
                delay = Int(String(decoding: value, as: UTF8.self))
            }
        }
        return nil
    }

    private mutating func endEvent() -> Event? {
        defer { (name, data, pendingData, noText) = ("", [], 0, nil) }
        lastID = id ?? lastID
        guard !data.isEmpty else { return nil }
        return Event(
            name: name.isEmpty ? "message" : name, data: data.joined(separator: "\n"),
            bytes: data.count == 1 ? noText : nil)
    }
}

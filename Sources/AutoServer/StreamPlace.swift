import AutoRuntime

/// How far a client has been told of a session, which is the id of each event: `12e1r3n.RUNNING` says that of the step records
/// 12 were sent ended, then one running and three new, and that the session was RUNNING.
///
/// It is made of the session's states alone, so another process, or the same after a restart, understands it.
struct StreamPlace: Sendable, Hashable {
    /// What matters of a record's status: a record goes from one to the next, and never back.
    private enum Stage: UInt8, Sendable {
        case unknown
        case new
        case running
        case ended

        init(_ status: Status) {
            self =
                switch status {
                case .new: .new
                case .running: .running
                case .finished, .failed: .ended
                }
        }

        var letter: Character {
            switch self {
            case .unknown: "u"
            case .new: "n"
            case .running: "r"
            case .ended: "e"
            }
        }

        init?(letter: Character) {
            switch letter {
            case "u": self = .unknown
            case "n": self = .new
            case "r": self = .running
            case "e": self = .ended
            default: return nil
            }
        }
    }

    /// The first so many records have all ended.
    private var endedFirst = 0
    /// The stages of the records behind them.
    private var rest: [Stage] = []
    private(set) var status = Status.new

    /// The place of who has been told nothing.
    init() {}

    init(_ record: SessionRecord) {
        status = record.header.status
        rest = record.steps.map { Stage($0.status) }
        shorten()
    }

    /// How many records have been sent.
    var count: Int { endedFirst + rest.count }

    /// Whether a record with this status may be sent: it was not sent in a later one, and has not been sent ended.
    func advances(_ ordinal: Int, to status: Status) -> Bool {
        guard ordinal >= endedFirst else { return false }
        guard ordinal < count else { return true }
        let before = rest[ordinal - endedFirst]
        return before != .ended && Stage(status).rawValue >= before.rawValue
    }

    mutating func set(_ ordinal: Int, _ status: Status) {
        guard ordinal >= endedFirst else { return }
        while count <= ordinal { rest.append(.unknown) }
        rest[ordinal - endedFirst] = Stage(status)
        if ordinal == endedFirst { shorten() }
    }

    private mutating func shorten() {
        let ended = rest.prefix { $0 == .ended }.count
        guard ended > 0 else { return }
        rest.removeFirst(ended)
        endedFirst += ended
    }

    var text: String {
        var text = endedFirst > 0 ? "\(endedFirst)e" : ""
        var index = 0
        while index < rest.count {
            let run = rest[index...].prefix { $0 == rest[index] }.count
            text += "\(run)\(rest[index].letter)"
            index += run
        }
        return text + "." + status.rawValue
    }

    /// The most records of a place that a client sends: it costs memory before it can be compared with the session.
    private static let limit = 1_000_000

    /// Nil for what is no place.
    init?(text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let status = Status(rawValue: String(parts[1])) else { return nil }
        self.status = status
        var number = 0
        for letter in parts[0] {
            if let digit = letter.wholeNumberValue, letter.isASCII {
                number = number * 10 + digit
                guard number <= StreamPlace.limit else { return nil }
            } else {
                guard let stage = Stage(letter: letter), number > 0,
                    rest.count + number <= StreamPlace.limit
                else { return nil }
                rest.append(contentsOf: repeatElement(stage, count: number))
                number = 0
            }
        }
        guard number == 0 else { return nil }
        shorten()
    }
}

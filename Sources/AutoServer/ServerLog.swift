import AutoRuntime
import AutoSyntax
import HTTPTypes
import Logging
import Values

/// What happens to a session, as the server's log tells it.
enum SessionNews: Sendable {
    /// It has been recorded, and runs at once or when its turn comes.
    case began(automation: String)
    /// It goes on: its turn has come, it was answered, or what it lacked may be there now.
    case goesOn
    /// The process that ran it has left it.
    case takenOver
    /// A step waits for a person.
    case waits(step: String)
    /// - Parameter by: the name of the token that let the answer in.
    case answered(step: String, by: String?)
    case cancelled(by: String?)
    /// This process is to end: another one goes on with it from its next step.
    case givenBack
    /// - Parameter milliseconds: since it began.
    case ended(Status, error: String?, milliseconds: Int64)

    private var words: Logger.Message {
        switch self {
        case .began: "session began"
        case .goesOn: "session goes on"
        case .takenOver: "session taken over from another process"
        case .waits: "session waits"
        case .answered: "session answered"
        case .cancelled: "session cancelled"
        case .givenBack: "session given back for others to go on with"
        case .ended: "session ended"
        }
    }

    private var details: Logger.Metadata {
        switch self {
        case .began(let automation): return ["automation": "\(automation)"]
        case .goesOn, .takenOver, .givenBack: return [:]
        case .waits(let step): return ["step": "\(step)"]
        case .answered(let step, let name):
            return ["step": "\(step)"].merging(SessionNews.token(name)) { first, _ in first }
        case .cancelled(let name): return SessionNews.token(name)
        case .ended(let status, let error, let milliseconds):
            var details: Logger.Metadata = ["status": "\(status.rawValue)", "ms": "\(milliseconds)"]
            if let error { details["error"] = "\(error)" }
            return details
        }
    }

    private static func token(_ name: String?) -> Logger.Metadata {
        name.map { ["token": "\($0)"] } ?? [:]
    }

    func log(of session: ID, to log: Logger) {
        log.info(words, metadata: details.merging(["session": "\(session.text)"]) { first, _ in first })
    }
}

extension SessionNews {
    /// What an event of a run says that the log tells, too; nil for nothing.
    ///
    /// - Parameter now: nanoseconds since 1970.
    init?(_ event: RunEvent, _ infos: [StepInfo], now: Int64) {
        switch event {
        case .session(let header):
            guard header.hasEnded else { return nil }
            self = SessionNews.ended(header, now: now)
        case .step(_, let record):
            let info = infos[record.stepIndex]
            // A question that could not even be made has no message, and fails at once.
            guard info.type == .getUserInput, record.status == .running,
                record.prompt?.asMap?["message"] != nil
            else { return nil }
            self = .waits(step: info.name)
        case .element, .text, .retry, .trace: return nil
        }
    }

    /// - Parameter now: nanoseconds since 1970.
    static func ended(_ header: SessionHeader, now: Int64) -> SessionNews {
        // Its id says to the millisecond when it began; the header has whole seconds.
        .ended(
            header.status, error: header.error,
            milliseconds: max(0, now / 1_000_000 - header.id.milliseconds))
    }
}

/// A request that has been answered, as one line of the server's log.
struct AnsweredRequest: Sendable {
    let method: HTTPTypes.HTTPRequest.Method
    /// The path without what follows `?`, and without secrets.
    let path: String
    let status: Int
    /// The time from the request's head to the answer's.
    let milliseconds: Int64
    /// The name of the token that it came with; nil without one that is known.
    let token: String?
    /// The address that the connection comes from; nil where there is none.
    let client: String?

    func log(to log: Logger) {
        var details: Logger.Metadata = [
            "method": "\(method.rawValue)", "path": "\(path)", "status": "\(status)", "ms": "\(milliseconds)",
        ]
        if let token { details["token"] = "\(token)" }
        if let client { details["client"] = "\(client)" }
        log.info("request", metadata: details)
    }
}

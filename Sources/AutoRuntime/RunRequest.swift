package import CEL
package import Values

/// What one run is made of.
package struct RunRequest: Sendable {
    package let plan: Plan
    package let automation: StoredAutomation
    package let sessionID: ID
    /// Fitted to their types, defaults filled in.
    package let inputs: Value
    package let secrets: [String: String]
    /// The keys of models by the names of their variables: the records hide them besides the secrets.
    package let modelKeys: [String: String]
    /// What an earlier run of this session recorded.
    package internal(set) var earlier: SessionRecord?
    package let usesCache: Bool
    /// Branches and elements one after another, and no waiting between tries: so that tests come out the same
    /// each time.
    package var isRehearsal = false
    /// Where waiting branches are answered while others run; nil where answers come between runs only.
    package var desk: AnswerDesk?
    /// How the session comes to be gone on with, for its trace; nil where it begins, or has not been away.
    package var turn: SessionTurn?
    /// Who cancels the session by cancelling the task of its run, for its trace; nil where whoever does so says
    /// it in the trace himself.
    package var canceller: String?
    /// Says when the process is to end; nil where runs are not told.
    package var departure: Departure?
    /// The session that calls this one; nil for one that somebody started.
    var caller: ID?
    /// How many sessions call one another above this one.
    var depth = 0
    /// Records the session that calls this one.
    var callerRecorder: Recorder?
    /// Whether the caller's next change follows at once when the session finishes, and writes its end with
    /// it.
    var endsCallingStep = false
    /// Who brought text from outside into the inputs, by their names. Of a session that has a trace, that
    /// says it.
    package var inputOrigins: [String: Set<Origin>] = [:]
    /// Holds what the calling session may spend; nil where its file sets no bound in dollars.
    var callerSpending: Spending?
    /// The servers of tools to which the calling session is connected, which this one shares with it.
    var callerToolServers: OpenToolServers?

    package init(
        plan: Plan, automation: StoredAutomation, sessionID: ID, inputs: Value,
        secrets: [String: String] = [:],
        earlier: SessionRecord? = nil, usesCache: Bool = true, modelKeys: [String: String] = [:]
    ) {
        self.plan = plan
        self.automation = automation
        self.sessionID = sessionID
        self.inputs = inputs
        self.secrets = secrets
        self.earlier = earlier
        self.usesCache = usesCache
        self.modelKeys = modelKeys
    }
}

extension RunRequest {
    /// Hides what the session's records hide.
    package var masker: Masker { Masker(secrets: secrets, modelKeys: modelKeys) }

    /// The header with which the session begins, NEW.
    ///
    /// - Parameter now: seconds since 1970.
    package func newHeader(now: Int64) -> SessionHeader {
        SessionHeader(
            id: sessionID, automationID: automation.id, inputs: masker.mask(inputs), status: .new, error: nil,
            createdAt: now, updatedAt: now, caller: caller)
    }
}

package import AutoChecker
package import AutoRuntime
package import Diagnostics
package import Logging
package import StepKinds

/// What a server is given of the world.
package struct ServerParts: Sendable {
    /// Checks a text.
    ///
    /// - Throws: when the checker, or what it needs, cannot be had.
    package typealias Check =
        @Sendable (_ source: SourceText, _ path: String, _ occasion: CheckOccasion) throws(PartsError) ->
        CheckResult
    /// Reads a file that another names, by the path of that and by its own path from the other's folder.
    ///
    /// - Throws: where it is not there, or cannot be read.
    package typealias FileBeside =
        @Sendable (_ path: String, _ name: String) throws(OtherFiles.Unreadable) -> [UInt8]
    /// Makes what runs the steps of automations from one path.
    package typealias MakeExecutors =
        @Sendable (_ path: String, _ models: DefaultModels, _ onCall: @escaping ModelCallListener) ->
        Executors

    /// Where sessions and automations are kept.
    package let store: any Store
    /// What the time is taken from.
    package let clock: any Clock
    /// Where the server writes its log.
    package let log: Logger
    /// Checks a text as it would be checked at this path (empty for one that came by the API).
    package let check: Check
    /// What runs the steps of an automation from this path, for which the settings named these models.
    package let executors: MakeExecutors
    /// The value of a secret by its name; nil for one that is not set.
    package let secret: @Sendable (String) -> String?
    /// What records hide besides secrets, by name: the keys of models.
    package let modelKeys: [String: String]
    /// Which automations of files are served.
    package let served: ServedFiles
    /// What stands in a file that another names.
    package let fileBeside: FileBeside
    /// When a file was last changed, by its path, in seconds since 1970; 0 where it is gone.
    package let fileTime: @Sendable (String) -> Int64

    package init(
        store: any Store, clock: any Clock, log: Logger, served: ServedFiles,
        check: @escaping Check, executors: @escaping MakeExecutors,
        secret: @escaping @Sendable (String) -> String?, modelKeys: [String: String],
        fileTime: @escaping @Sendable (String) -> Int64 = { _ in 0 },
        fileBeside: @escaping FileBeside = { (_, _) throws(OtherFiles.Unreadable) in throw OtherFiles.noFiles
        }
    ) {
        self.fileBeside = fileBeside
        self.fileTime = fileTime
        self.store = store
        self.clock = clock
        self.log = log
        self.check = check
        self.executors = executors
        self.secret = secret
        self.modelKeys = modelKeys
        self.served = served
    }
}

/// Why a text is checked.
package enum CheckOccasion: Sendable {
    /// It is new, and has to satisfy the settings as well.
    ///
    /// - Parameter others: the automations of the server that it may name.
    case newText(OtherFiles)
    /// It has passed the checker before, and only the text was stored.
    case storedText
}

/// Why a part of the world cannot be had, in a sentence.
package struct PartsError: Error, Sendable {
    /// A sentence without a full stop, which clients may see.
    package let message: String
    /// Whether trying again cannot help: what is missing does not come back.
    package let isFinal: Bool

    package init(_ message: String, isFinal: Bool = false) {
        self.message = message
        self.isFinal = isFinal
    }
}

/// How much a server takes on. The defaults are those of the options of `autorun serve`.
package struct ServerLimits: Sendable {
    /// Sessions that run at once; more wait in the queue.
    package var atOnce = 1_000
    /// Whether sessions run here at all; else other servers of the store run them.
    package var takesWork = true
    /// The names of the automations whose sessions run here; nil for all.
    package var only: Set<String>?
    /// Sessions that wait for their turn; what goes beyond is answered by 429.
    package var queue = 10_000
    /// Bytes of a request's body.
    package var body = 8 << 20
    /// Requests a second of one token.
    package var rate = 20_000
    /// Seconds in which a request's head, and then its body, must have come.
    package var requestSeconds: Int64 = 30
    /// Seconds that a server which is to end waits for the steps under way; with 0 it leaves them at once.
    package var graceSeconds: Int64 = 25

    package init() {}

    /// Whether sessions of an automation of this name run here.
    func runs(_ automation: String) -> Bool { takesWork && only.map { $0.contains(automation) } ?? true }
}

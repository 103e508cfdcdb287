import AutoRuntime
import AutoSyntax
import Values

/// A session whose process died while it ran is tried again, but not for ever: it may be what kills the
/// process. How often, and what is said then.
enum Deaths {
    /// So many processes may die of one step, or between two steps, before the session ends.
    static let most: Int64 = 3
    static let mostBesideQuestion: Int64 = 10

    static let ofRunningStep = "the process died while this step ran"
    static let ofDeadlyStep = "the process died three times while this step ran"

    /// - Parameter step: the last one that had begun; nil without any.
    static func words(between step: String?, _ most: Int64) -> String {
        let times = most == Deaths.most ? "three" : "\(most)"
        return step.map { "step \($0): the process died \(times) times after this step had begun" }
            ?? "the process died \(times) times before a step had begun"
    }
}

/// A step record that is RUNNING.
struct OpenStep {
    let ordinal: Int
    let name: String
    /// Whether it only waits for a person.
    let isQuestion: Bool
    /// Whether it waits for a session that it has called, for which deaths are counted by itself.
    let isCall: Bool
    let deaths: Int64

    /// - Parameter called: the session that it has called.
    init(ordinal: Int, _ info: StepInfo?, called: String?, deaths: Int64) {
        self.ordinal = ordinal
        name = info?.name ?? "?"
        isQuestion = info?.type == .getUserInput
        isCall = info?.type == .restAPI && called != nil
        self.deaths = deaths
    }
}

import StepKinds

/// What stands behind whatever leaves for the outside on behalf of a session.
///
/// A value of the task, because it holds for every request that a step makes, by whatever way it goes: a page's robots.txt
/// and the second server of a model as well as the step's own. One value of one plain type: optimised builds end where a
/// function by itself is a value of a task.
package struct Sending: Sendable {
    /// Makes sure that the session is still this process's; asked right before something leaves.
    ///
    /// It gives until when no other process can take it, nil where none ever can, and throws where one has.
    package let confirm: @Sendable () async throws(StepFailure) -> ContinuousClock.Instant?
    /// The number of the element of `each` for which it is sent; nil for a step without `each`. Elements may ask the same at
    /// the same time, and a recording has to tell them apart.
    package let element: Int?

    package init(
        confirm: @escaping @Sendable () async throws(StepFailure) -> ContinuousClock.Instant?,
        element: Int? = nil
    ) {
        self.confirm = confirm
        self.element = element
    }

    /// What holds for the task; nil outside of a step.
    @TaskLocal package static var current: Sending?
}

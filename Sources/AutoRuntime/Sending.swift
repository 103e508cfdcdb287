import StepKinds

/// What is asked right before something leaves for the outside on behalf of a session.
package enum Sending {
    /// Makes sure that the session is still this process's.
    ///
    /// It gives until when no other process can take it, nil where none ever can, and throws where one has. There is none
    /// outside of a step. A value of the task, because it holds for every request that a step makes, by whatever way it goes:
    /// a page's robots.txt and the second server of a model as well as the step's own.
    @TaskLocal package static var confirm:
        (@Sendable () async throws(StepFailure) -> ContinuousClock.Instant?)?

    /// The number of the element of `each` for which it is sent; nil for a step without `each`. Elements may ask the same at
    /// the same time, and a recording has to tell them apart.
    @TaskLocal package static var element: Int?
}

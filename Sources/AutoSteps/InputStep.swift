import AutoChecker
package import AutoRuntime
import StepKinds
import Values

/// Where answers come from; nil when nobody answers now.
package protocol AnswerSource: Sendable {
    /// `problem` says why the answer before did not fit.
    func answer(_ question: Question, problem: String?) async -> String?
}

/// GET_USER_INPUT: asks, checks the answer against `result`; without an answer the session waits.
package struct InputStep: StepExecutor {
    private let source: any AnswerSource

    package init(source: any AnswerSource) { self.source = source }

    package func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        var question = try question(work.step, work.fields)
        question.element = work.element
        question.visit = work.visit
        var problem: String?
        for _ in 0..<100 {
            guard let text = await source.answer(question, problem: problem) else { return .waiting }
            if Task.isCancelled { throw .cancelled }
            do throws(Misfit) { return .value(try fit(text, question)) } catch { problem = error.text }
        }
        throw StepFailure(.answer, problem ?? "no answer fits")
    }
}

import AutoChecker
import CEL
import Values

extension RunRequest {
    /// What the session is given counts as text from outside: a client, a webhook or a model may pass on what others
    /// wrote to it. An input whose type leaves no room for such a text is not marked, nor is a default, which is the
    /// author's.
    ///
    /// - Parameter source: who gives the inputs, such as `a client`.
    package mutating func marksInputs(from source: String) {
        for input in plan.automation.inputs where !input.type.expressionType.hasNoRoomForText {
            guard let value = inputs.asMap?[input.name], value != input.defaultValue else { continue }
            inputOrigins[input.name] = [Origin(step: Slots.inputsName + "." + input.name, source: source)]
        }
    }
}

import AutoChecker
import Diagnostics
import Testing

/// Labels of branches that have no place in the API's form of a step.
@Suite(.timeLimit(.minutes(1))) struct LabelTests {
    private func decision(_ label: String, setting: String = "") -> String {
        """
        automation "A"
        input n: int
        START begin -> d
        LOGIC_DECISION d {
          \(setting)
          prompt_template {
            \(label): when inputs.n > 1 -> a
            fine: else -> end
          }
        }
        DATA_TRANSFORM a -> end { prompt_template { value: "a" } }

        """
    }

    @Test(arguments: ["error", "type", "declarations", "\"error\""])
    func aReservedLabelIsToldAndMended(label: String) {
        let text = decision(label)
        #expect(errors(text).map(\.code) == [.reservedName])
        let name = label.filter { $0 != "\"" }
        #expect(mended(text) == decision(name + "_branch"))
    }

    @Test(arguments: [
        ("timeout", "timeout: 3s"), ("on_error", "on_error -> a"), ("max_visits", "max_visits: 3"),
    ])
    func aSettingOfTheStepIsNoLabel(label: String, setting: String) {
        #expect(errors(decision(label, setting: setting)).map(\.code) == [.reservedName])
        // Alone it is none of them.
        #expect(errors(decision(label)).isEmpty)
    }

    /// Who reads the label is not told of another one.
    @Test func aLabelThatIsReadIsNotMended() {
        let text = decision("error").replacing("value: \"a\"", with: "value: d.result")
        #expect(errors(text).map(\.code) == [.reservedName])
        #expect(mended(text) == text)
    }
}

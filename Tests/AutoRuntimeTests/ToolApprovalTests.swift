import AutoRuntime
import Testing
import Values

/// What a person's answer means who is asked about a tool.
@Suite(.timeLimit(.minutes(1))) struct ToolApprovalTests {
    private static let wanted = MapValue(record: [("amount", .int(5))])

    @Test(arguments: [
        "yes", " Y ", "Yes.", "YES!", "ok", "\"yes\"", "`yes`", "true", "approved", "Yes, please",
    ])
    func aPlainYesAllows(_ answer: String) {
        #expect(ToolApproval(answer, Self.wanted) == .allowed(arguments: Self.wanted))
    }

    @Test(arguments: ["no", "N", "No.", "false", "denied"]) func aPlainNoRefuses(_ answer: String) {
        #expect(ToolApproval(answer, Self.wanted) == .refused(words: "a person has not allowed it"))
    }

    @Test(arguments: ["{\"amount\": 3}", "```json\n{\"amount\": 3}\n```", " {\n\"amount\": 3\n} "])
    func argumentsAreTaken(_ answer: String) {
        #expect(
            ToolApproval(answer, Self.wanted)
                == .allowed(arguments: MapValue(record: [("amount", .int(3))])))
    }

    /// What is not surely a yes is none, and the model hears what the person said.
    @Test(arguments: ["yes?", "yes but only 3", "ask {\"amount\": 3} first", "", "maybe", "[1]"])
    func anythingElseIsTold(_ answer: String) {
        #expect(
            ToolApproval(answer, Self.wanted)
                == .refused(words: "a person has not allowed it, and says: \(answer)"))
    }

    @Test func argumentsThatCannotBeReadAllowNothing() {
        guard case .refused(let words) = ToolApproval("{\"amount\": 3", Self.wanted) else {
            Issue.record("it is allowed")
            return
        }
        #expect(words.contains("arguments that are no JSON") && words.hasSuffix("{\"amount\": 3"))
    }
}

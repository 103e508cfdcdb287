import AutoChecker
import Diagnostics
import Testing
import Values

/// What is found out at once for all loops of a file is what looking at each of them gives.
@Suite(.timeLimit(.minutes(1))) struct LargeFileTests {
    /// A file of decisions that lead anywhere, with steps between them; START leads to the first.
    private func file(_ targets: [[Int]]) -> String {
        var lines = ["automation \"A\"", "START begin -> s0"]
        for (number, places) in targets.enumerated() {
            lines.append("LOGIC_DECISION s\(number) { prompt_template {")
            for (branch, place) in places.enumerated() {
                let target = place == targets.count ? "end" : "s\(place)"
                lines.append("b\(branch): when session.id == \"\(number) \(branch)\" -> \(target)")
            }
            lines.append("other: else -> end")
            lines.append("} }")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Whether every way from the first step to `step` passes `other`.
    private func isPassed(_ other: Int, before step: Int, _ targets: [[Int]]) -> Bool {
        var seen = Set<Int>()
        var open = other == 0 ? [] : [0]
        while let node = open.popLast() {
            guard node < targets.count, node != other, seen.insert(node).inserted else { continue }
            open += targets[node]
        }
        return !seen.contains(step)
    }

    private func reachable(_ targets: [[Int]]) -> Set<Int> {
        var seen = Set<Int>()
        var open = [0]
        while let node = open.popLast() {
            guard node < targets.count, seen.insert(node).inserted else { continue }
            open += targets[node]
        }
        return seen
    }

    /// The first step of the innermost loop around each step, by the words that say what a loop is.
    private func heads(_ targets: [[Int]]) -> [Int?] {
        let reached = reachable(targets)
        var bodies: [Int: Set<Int>] = [:]
        for from in reached {
            for head in Set(targets[from]) where head < targets.count && isPassed(head, before: from, targets)
            {
                var open = [from]
                var body = bodies[head] ?? [head]
                while let step = open.popLast() {
                    guard body.insert(step).inserted else { continue }
                    open += reached.filter { targets[$0].contains(step) }
                }
                bodies[head] = body
            }
        }
        return targets.indices.map { step in
            bodies.filter { $0.value.contains(step) }.min { $0.value.count < $1.value.count }?.key
        }
    }

    @Test(arguments: 0..<150) func theInnermostLoopIsFound(seed: Int) throws {
        var random = SeededNumbers(state: UInt64(seed) &* 7919 &+ 11)
        let count = Int.random(in: 2...9, using: &random)
        // Some graphs of which each step goes to the next one, and others.
        let targets = (0..<count).map { number -> [Int] in
            let ways = Int.random(in: 0...2, using: &random)
            return (seed.isMultiple(of: 2) ? [number + 1] : [])
                + (0..<ways).map { _ in Int.random(in: 0...count, using: &random) }
        }
        let text = file(targets)
        let checked = check(SourceText(name: "t.auto", text: text))
        let automation = try #require(checked.automation, "\(checked.findings.map(\.message))\n\(text)")
        let reached = reachable(targets)
        let expected = heads(targets)
        for number in targets.indices where reached.contains(number) {
            // START is the step of index 0.
            #expect(
                automation.steps[number + 1].loopHead == expected[number].map { $0 + 1 },
                "s\(number)\n\(text)")
        }
    }

    /// A cycle that is entered in its middle: the turn comes back to the reader though each way to `late` passes it.
    @Test func aCycleThatIsEnteredInTheMiddleLeadsBackWithinATurn() {
        let text = """
            automation "A"
            START begin -> top
            LOGIC_DECISION top {
              max_visits: 9
              prompt_template {
                a: when session.id == "1" -> between
                b: else -> reader
              }
            }
            DATA_TRANSFORM between -> reader { prompt_template { value: 1 } }
            DATA_TRANSFORM reader -> choose { prompt_template { value: late.?result.orValue(0) } }
            LOGIC_DECISION choose {
              prompt_template {
                a: when reader.result > 3 -> end
                b: else -> late
              }
            }
            DATA_TRANSFORM late -> again { prompt_template { value: 2 } }
            LOGIC_DECISION again {
              prompt_template {
                a: when session.id == "2" -> between
                b: else -> top
              }
            }

            """
        let findings = check(SourceText(name: "t.auto", text: text)).findings
        #expect(findings.contains { $0.code == .staleRead }, "\(findings.map(\.message))")
    }

    /// Loops within loops, as many as there are steps: what each of them holds, listed, would be millions of steps.
    @Test func aChainOfLoopsIsCheckedAsALineOfSteps() throws {
        let count = 3_000
        var lines = ["automation \"A\"", "START begin -> s0"]
        for number in 0..<count {
            lines.append(
                """
                LOGIC_DECISION s\(number) { max_visits: 3, prompt_template {
                  back: when session.id == "\(number)" -> s\(max(0, number - 1))
                  on: else -> \(number + 1 < count ? "s\(number + 1)" : "end")
                } }
                """)
        }
        let text = lines.joined(separator: "\n") + "\n"
        let automation = try #require(check(SourceText(name: "t.auto", text: text)).automation)
        // Each is the first step of its own loop, but the last one.
        #expect(automation.steps.dropFirst().dropLast().allSatisfy { $0.loopHead == $0.index })
        #expect(automation.steps.last?.loopHead == count - 1)
    }

    @Test func aFieldOfManyIsFoundByItsName() {
        let names = (0..<100).map { "f\($0): int" }.joined(separator: ", ")
        let values = (0..<100).map { "f\($0): \($0)" }.joined(separator: ", ")
        func file(_ field: String) -> String {
            """
            automation "A"
            input r: { \(names) } = { \(values) }
            START begin -> a
            DATA_TRANSFORM a -> end { prompt_template { value: inputs.r.\(field) + 1 } }

            """
        }
        #expect(errors(file("f99")).isEmpty)
        #expect(errors(file("f100")).map(\.code) == [.noSuchField])
    }

    @Test func fieldsAndLabelsThatStandTwiceAreTold() {
        let text = """
            automation "A"
            START begin -> a
            LOGIC_DECISION a { prompt_template {
              x: when session.id == "1" -> b
              x: else -> b
            } }
            DATA_TRANSFORM b -> end { prompt_template { value: { k: 1, l: 2, k: 3 } } }
            """
        let found = errors(text + "\n").filter { $0.code == .duplicateName }.map(\.message)
        #expect(found == ["the field `x` stands twice", "the key `k` stands twice"])
    }
}

/// The same numbers for the same seed.
private struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

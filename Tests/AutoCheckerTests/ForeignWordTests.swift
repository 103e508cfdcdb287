import AutoChecker
import Diagnostics
import Testing

/// What other tools have and this language has not, or calls otherwise: said once, with what to write instead.
@Suite(.timeLimit(.minutes(1))) struct ForeignWordTests {
    private func file(_ step: String, more: String = "") -> String {
        "automation \"A\"\ninput city: text\n\(more)START begin -> a\n\(step)\n"
    }

    @Test(arguments: [
        ("CALL a -> end { automation: \"b.auto\" }", "REST_API name"),
        ("EMAIL a -> end { to: \"ada@example.com\" }", "REST_API name"),
        ("READ_FILE a -> end { path: \"rows.csv\" }", "read: \"rates.csv\""),
        ("FAIL a -> end { message: \"gave up\" }", "no step fails on purpose"),
    ]) func aStepOfAnotherToolIsToldOnce(step: String, words: String) throws {
        let findings = errors(file(step))
        #expect(findings.map(\.code) == [.unknownStepType], "\(findings.map(\.message))")
        #expect(try #require(findings.first?.help).contains(words))
    }

    private func retrying(_ retry: String) -> String {
        file("LLM_CALL a -> end { timeout: 5s, retry: { \(retry) }, prompt_template { user: inputs.city } }")
    }

    @Test(arguments: [
        ("max: 3", "attempts: 3"), ("tries: 3, delay: 1s", "attempts: 3, first_delay: 1s"),
        ("attempts: 3, first_delay: 1s, multiplier: 2", "attempts: 3, first_delay: 1s, factor: 2"),
        ("attempts: 3, first_delay: 1s, maxInterval: 9s", "attempts: 3, first_delay: 1s, max_delay: 9s"),
    ]) func otherNamesOfRetryAreMended(retry: String, mend: String) {
        #expect(mended(retrying(retry)) == retrying(mend))
        #expect(errors(retrying(mend)).isEmpty)
    }

    @Test func aBackoffInWordsIsTold() throws {
        let findings = errors(retrying("attempts: 3, first_delay: 1s, backoff: exponential"))
        let told = try #require(findings.first)
        #expect(findings.count == 1 && told.help?.contains("factor: 2") == true, "\(findings.map(\.message))")
    }

    @Test func howManyAtOnceIsMendedByItsName() throws {
        let text = file(
            "LLM_CALL a -> end { timeout: 5s, parallel: 8, prompt_template { user: inputs.city } }")
        #expect(try #require(errors(text).first?.help).contains("at_once"))
    }

    @Test(arguments: ["TimeoutError", "timeout_error", "TIMEOUT"]) func aKindOfFailureIsFoundInOtherNames(
        word: String
    ) throws {
        let text = file(
            """
            LLM_CALL a -> end { timeout: 5s, on_error -> b, prompt_template { user: inputs.city } }
            LOGIC_DECISION b { prompt_template {
              late: when a.error.kind == "\(word)" -> end
              other: else -> end
            } }
            """)
        #expect(try #require(errors(text).first).help == "write \"timeout\"")
    }

    @Test(arguments: [
        "one_of[\"a\", \"b\"]", "enum[\"a\", \"b\"]", "enum(\"a\", \"b\")", "one_of<\"a\", \"b\">",
        "oneOf[a, b]",
    ])
    func otherBracketsOfAChoiceAreMended(type: String) {
        let text = file(
            "LLM_CALL a -> end { timeout: 5s, result: \(type), prompt_template { user: inputs.city } }")
        #expect(errors(text).count == 1, "\(errors(text).map(\.message))")
        #expect(mended(text).contains("result: one_of(\"a\", \"b\"),"))
        #expect(errors(mended(text)).isEmpty)
    }

    @Test func digitsInGroupsAreMended() {
        let text = file("DATA_TRANSFORM a -> end { prompt_template { value: 1_000_000 } }")
        #expect(errors(text).map(\.help) == ["write 1000000"])
        #expect(mended(text).contains("value: 1000000 }"))
    }

    @Test(arguments: [
        ("every 5 minutes", "*/5 * * * *"), ("every hour", "0 * * * *"), ("every 2 hours", "0 */2 * * *"),
        ("daily", "@daily"), ("every day", "0 7 * * *"),
    ]) func aScheduleInWordsIsToldInFields(words: String, fields: String) throws {
        let text = { (schedule: String) in
            """
            automation "A"
            START begin -> a { prompt_template { schedule: "\(schedule)" } }
            DATA_TRANSFORM a -> end { prompt_template { value: 1 } }

            """
        }
        #expect(
            errors(text(words)).first?.help == "write \"\(fields)\"", "\(errors(text(words)).map(\.message))")
        #expect(errors(text(fields)).isEmpty)
    }

    @Test func statementsInATextAreToldOnce() {
        let prompt = "{% for x in list %}- {{ x }}{% endfor %}"
        let text = file(
            "LLM_CALL a -> end { timeout: 5s, prompt_template { user: \"${inputs.city} \(prompt)\" } }")
        let told = check(SourceText(name: "first.auto", text: text)).findings.filter {
            $0.code == .looksLikeExpression
        }
        #expect(told.count == 1 && told[0].message.contains("no statements"), "\(told.map(\.message))")
        let percent = file(
            "LLM_CALL a -> end { timeout: 5s, prompt_template { user: \"${inputs.city} {% 5 %}\" } }")
        #expect(
            !check(SourceText(name: "first.auto", text: percent)).findings.contains {
                $0.code == .looksLikeExpression
            })
    }

    @Test func aNameOfATestWithoutQuotesIsMended() {
        let step = "DATA_TRANSFORM a -> end { prompt_template { value: inputs.city } }\n"
        let text = file(
            step + "test it works {\n  inputs: { city: \"Kiel\" }\n  expect a.result == \"Kiel\"\n}")
        #expect(errors(text).map(\.message) == ["a test's name stands in quotes"])
        #expect(mended(text).contains("test \"it works\" {"))
        #expect(errors(mended(text)).isEmpty)
    }

    @Test(arguments: ["secret TOKEN = env(\"TOKEN\")\n", "secret TOKEN = \"abc\"\n"]) func aSecretHasNoValue(
        declaration: String
    ) {
        let step = """
            REST_API a -> end {
              timeout: 5s
              prompt_template { url: "https://example.com", headers: { Authorization: secrets.TOKEN, X: inputs.city } }
            }
            """
        let text = file(step, more: declaration)
        #expect(errors(text).map(\.message) == ["a secret has no value in the file"])
        #expect(mended(text) == file(step, more: "secret TOKEN\n"))
    }

    @Test func aKeyWithoutAValueIsMended() {
        let text = file("DATA_TRANSFORM a -> end { prompt_template { value: 1, input: { city, n: 2 } } }")
        #expect(mended(text).contains("{ city: inputs.city, n: 2 }"))
    }
}

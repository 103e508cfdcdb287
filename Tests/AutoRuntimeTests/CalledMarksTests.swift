import AutoChecker
import AutoRuntime
import AutoStore
import CEL
import StepKinds
import Testing
import Values

/// Calls take the origins of what they are given in, and bring those of what they give back.
@Suite(.timeLimit(.minutes(1))) struct CalledMarksTests {
    private static let echo = """
        automation "Echo"
        input word: text
        result { said: text, n: int }
        START begin -> make
        DATA_TRANSFORM make -> end { prompt_template { value: { said: "I say " + inputs.word, n: 1 } } }
        """
    private static let fetching = """
        automation "Fetching"
        input word: text
        result { said: text, n: int }
        START begin -> fetch
        WEB_SCRAPE fetch -> make { prompt_template { url: "https://a.example" } }
        DATA_TRANSFORM make -> end { prompt_template { value: { said: fetch.result, n: 1 } } }
        """

    private func main(word: String, before: String = "") -> String {
        """
        automation "Main"
        START begin -> p
        WEB_SCRAPE p -> c { prompt_template { url: "https://a.example" } }
        REST_API c -> \(before.isEmpty ? "out" : "ask") { prompt_template { automation: "sub/echo.auto", inputs: { word: \(word) } } }
        \(before)
        REST_API out -> end { prompt_template { url: "https://b.example", body: { said: c.result.said, n: c.result.n } } }
        """
    }

    private func origins(_ files: [String: String]) async throws -> [String: [String]] {
        let seen = Seen()
        let folder = try Folder(files, seen.part())
        let (end, record) = try await folder.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        return seen.origins
    }

    @Test func aResultIsAsTaintedAsWhatItWasMadeFrom() async throws {
        let echo = CalledMarksTests.echo
        #expect(
            try await origins(["main.auto": main(word: "p.result"), "sub/echo.auto": echo]) == [
                "body.said": ["p"]
            ])
        #expect(try await origins(["main.auto": main(word: #""own""#), "sub/echo.auto": echo]) == [:])
        #expect(
            try await origins([
                "main.auto": main(word: #""own""#), "sub/echo.auto": CalledMarksTests.fetching,
            ])
                == ["body.said": ["c.fetch"]])
    }

    /// What the called automation was given is known in there, under the name that the caller has for it.
    @Test func inputsComeWithTheirOrigins() async throws {
        let sending = """
            automation "Sending"
            input word: text
            result text
            START begin -> out
            REST_API out -> make { prompt_template { url: "https://b.example", body: { w: inputs.word } } }
            DATA_TRANSFORM make -> end { prompt_template { value: "done" } }
            """
        let main = main(word: "p.result").replacingAll(
            ", body: { said: c.result.said, n: c.result.n }", with: "")
        #expect(try await origins(["main.auto": main, "sub/echo.auto": sending]) == ["body.w": ["../p"]])
    }

    @Test func threeLevelsComeBackUnderOneName() async throws {
        let between = """
            automation "Between"
            input word: text
            result { said: text, n: int }
            START begin -> inner
            REST_API inner -> end { prompt_template { automation: "inner.auto", inputs: { word: inputs.word } } }
            """
        let files = ["main.auto": main(word: "p.result"), "sub/echo.auto": between]
        #expect(
            try await origins(files.merging(["sub/inner.auto": CalledMarksTests.echo]) { $1 }) == [
                "body.said": ["p"]
            ])
        #expect(
            try await origins(files.merging(["sub/inner.auto": CalledMarksTests.fetching]) { $1 })
                == ["body.said": ["c.inner.fetch"]])
    }

    /// A call that has ended before the interruption still is known by what it was made from.
    @Test(arguments: [CalledMarksTests.echo, CalledMarksTests.fetching])
    func aFinishedCallSurvivesAResume(called: String) async throws {
        let question = #"GET_USER_INPUT ask -> out { prompt_template { message: "Go on?" } }"#
        let seen = Seen()
        let folder = try Folder(
            ["main.auto": main(word: "p.result", before: question), "sub/echo.auto": called], seen.part())
        let (end, record) = try await folder.run()
        // The end of the called session has woken its caller.
        #expect(end == .answered)
        let (last, after) = try await folder.goOn(record)
        #expect(last == .finished, "\(after.header.error ?? "")")
        #expect(folder.actor.count("fetch") <= 1)
        #expect(seen.origins == ["body.said": [called == CalledMarksTests.echo ? "p" : "c.fetch"]])
    }

    /// A called session that waits goes on with the origins of what it was given.
    @Test func aWaitingCallSurvivesAResume() async throws {
        let asking = """
            automation "Asking"
            input word: text
            result { said: text, n: int }
            START begin -> ask
            GET_USER_INPUT ask -> out { result: one_of("yes", "no")
              prompt_template { message: "Send?" } }
            REST_API out -> make { prompt_template { url: "https://b.example", body: { w: inputs.word } } }
            DATA_TRANSFORM make -> end { prompt_template { value: { said: inputs.word, n: 1 } } }
            """
        let seen = Seen()
        let main = main(word: "p.result")
            .replacingAll("REST_API out", with: "REST_API after").replacingAll("-> out", with: "-> after")
        let folder = try Folder(["main.auto": main, "sub/echo.auto": asking], seen.part())
        let (end, record) = try await folder.run()
        #expect(end == .waiting)
        let session = try #require(try await folder.called().first)
        let question = try #require(session.steps.last)
        _ = try await folder.store.answer(
            session.header.id, step: question.id, with: .string("yes"), key: nil, now: 0)
        let (last, after) = try await folder.resume(record)
        #expect(last == .finished, "\(after.header.error ?? "")")
        #expect(seen.origins == ["body.w": ["../p"]])
    }
}

import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct IDTests {
    @Test(.timeLimit(.minutes(1)))
    func versions() throws {
        #expect(ID(name: "a") == ID(name: "a"))
        #expect(ID(name: "a") != ID(name: "b"))
        #expect(Array(ID(name: "www.example.com").text)[14] == "5")
        #expect(ID(name: "https://example.org").text == ID(ID(name: "https://example.org").text)?.text)
        #expect(ID("not-an-id") == nil)
        // RFC 9562's namespace for urls, as Python's uuid5(NAMESPACE_URL, "https://example.org") has it.
        #expect(ID(name: "https://example.org").text == "0d092af3-c9f8-531f-9cc3-9db40a0750ef")
    }
}

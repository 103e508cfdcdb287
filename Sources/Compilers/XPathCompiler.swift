import AutoChecker
import Diagnostics
import Processes
import Programs

/// libxml2's XPath compiler, asked in a worker.
struct XPathCompiler {
    /// What the compiler says of an XPath, and at which byte; nil for one that compiles.
    let complaint: (String) -> (words: String, offset: Int)?

    func problem(_ xpath: String) -> ProgramProblem? {
        guard let (words, offset) = complaint(xpath) else { return nil }
        let place = min(max(0, offset), max(0, xpath.utf8.count - 1))
        return ProgramProblem(.badXPath, "this XPath does not compile: \(words)", place..<place + 1)
    }
}

import Testing
import URLs

private func domain(_ text: String) -> String? { (try? WebURL("https://\(text)/"))?.hostText }

@Suite(.timeLimit(.minutes(1))) struct DomainTests {
    /// What the standard asks for where the recorder of `urls.tsv` has older tables or checks less.
    @Test(.timeLimit(.minutes(1)))
    func allLabelsFollowTheRuleOfDirections() {
        #expect(domain("\u{5D0}.a-") == nil)
        #expect(domain("\u{5D0}.1x") == nil)
        #expect(domain("\u{5D0}.x1") == "xn--4db.x1")
        #expect(domain("\u{5D0}.") == "xn--4db.")
        #expect(domain("\u{61D}a") == nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func newMarksDoNotBeginALabel() {
        #expect(domain("\u{1AD9}a") == nil)
        #expect(domain("a.\u{16124}") == nil)
        #expect(domain("a\u{1AD9}") != nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func domainsInASCIIAreTakenAsTheyAre() {
        #expect(domain("XN--A") == "xn--a")
        #expect(domain("xn--") == "xn--")
        #expect(domain("\u{E9}.xn--a") == nil)
        #expect(domain("\u{E9}.xn--bcher-kva") == "xn--9ca.xn--bcher-kva")
    }

    @Test(.timeLimit(.minutes(1)))
    func marksAreOrderedAndComposed() {
        #expect(domain("a\u{307}\u{323}") == domain("\u{1EA1}\u{307}"))
        #expect(domain("\u{1100}\u{1161}\u{11A8}") == domain("\u{AC01}"))
        #expect(domain("\u{27F6}\u{1EA0}\u{311}") == "xn--1sa522l0sg")
    }

    /// Each label is written as punycode in one domain and read back in another one.
    @Test(.timeLimit(.minutes(1)))
    func punycodeReadsWhatItWrites() {
        var random = SystemRandomNumberGenerator()
        let letters: [ClosedRange<UInt32>] = [0xE0...0xF6, 0x3B1...0x3C1, 0x4E00...0x9FFF, 0xAC00...0xD7A3]
        for _ in 0..<300 {
            var label = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1...30, using: &random) {
                let range = letters.randomElement(using: &random) ?? 0xE0...0xF6
                let value = Bool.random(using: &random) ? UInt32.random(in: range, using: &random) : 0x61
                if let scalar = Unicode.Scalar(value) { label.append(scalar) }
            }
            guard let written = domain(String(label) + ".\u{E9}") else {
                Issue.record("\(label) is no domain")
                continue
            }
            #expect(domain(written.dropLast("xn--9ca".count) + "\u{E9}") == written)
        }
    }
}

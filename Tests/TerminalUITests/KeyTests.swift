import Testing

@testable import TerminalUI

private func keys(_ bytes: some Sequence<UInt8>) -> [Key] {
    var decoder = KeyDecoder()
    return bytes.compactMap { decoder.take($0) }
}

@Suite(.timeLimit(.minutes(1))) struct KeyTests {
    @Test func charactersOfAnyLengthAreOneKey() {
        #expect(keys("aä€🙂 ".utf8) == ["a", "ä", "€", "🙂", " "].map(Key.character))
    }

    @Test(arguments: [
        ("\r", Key.enter), ("\n", .enter), ("\u{7F}", .backspace), ("\u{8}", .backspace),
        ("\u{3}", .interrupt), ("\u{4}", .endOfInput), ("\u{15}", .eraseLine), ("\u{17}", .eraseWord),
        ("\u{1A}", .suspend),
        ("\u{1B}[A", .up), ("\u{1B}[B", .down), ("\u{1B}[C", .right), ("\u{1B}[D", .left),
        ("\u{1B}OA", .up), ("\u{1B}OB", .down), ("\u{1B}[H", .home), ("\u{1B}[F", .end),
        ("\u{1B}[1~", .home), ("\u{1B}[4~", .end), ("\u{1B}[3~", .delete), ("\u{1B}[1;5C", .right),
        ("\u{1}", .home), ("\u{5}", .end), ("\u{10}", .up), ("\u{E}", .down),
    ])
    func sequencesAreKeys(_ sent: String, _ key: Key) {
        #expect(keys(sent.utf8) == [key])
        // What comes after it is not lost.
        #expect(keys((sent + "x").utf8) == [key, .character("x")])
    }

    @Test func whatIsNoKeyIsLeftOut() {
        #expect(
            keys("\u{1B}[15~\u{1B}[22~\u{1B}xa\u{0}\u{1C}b\u{9B}c".utf8)
                == ["a", "b", "c"].map(Key.character))
        #expect(keys([0xFF, 0xFE, 0x80, 0x80, 0x61]).last == .character("a"))
    }

    @Test func anEscapeAloneIsAKeyWhenNothingFollows() {
        var decoder = KeyDecoder()
        #expect(decoder.take(0x1B) == nil && decoder.isWithin)
        #expect(decoder.pause() == .escape && !decoder.isWithin)
        #expect(decoder.pause() == nil)
        #expect(decoder.take(UInt8(ascii: "a")) == .character("a"))
    }

    /// A slow line parts a letter, or the sequence of a key, for longer than the wait for what follows an escape.
    @Test(arguments: [("ä", Key.character("ä")), ("🙂", .character("🙂")), ("\u{1B}[A", .up)])
    func aKeyThatIsPartedByAPauseIsNotLost(_ sent: String, _ key: Key) {
        let bytes = Array(sent.utf8)
        for place in (sent.first == "\u{1B}" ? 2 : 1)..<bytes.count {
            var decoder = KeyDecoder()
            var found = bytes[..<place].compactMap { decoder.take($0) }
            if let key = decoder.pause() { found.append(key) }
            found += bytes[place...].compactMap { decoder.take($0) }
            #expect(found == [key])
        }
    }

    /// What is begun and never completed takes no other key with it.
    @Test(arguments: [[0xE4], [0xF0, 0x9F], [0x1B, 0x5B], [0x1B, 0x5B, 0x31]] as [[UInt8]])
    func whatIsNeverCompletedIsLeftOut(_ begun: [UInt8]) {
        #expect(keys(begun + [0x0D]) == [.enter])
        #expect(keys(begun + Array("\u{1B}[A".utf8)) == [.up])
    }

    @Test func aPastedTextIsOneKeyOnOneLine() {
        let pasted = "\u{1B}[200~eins\r\nzwei\rdrei\n\n\u{1B}[A\u{7}vier\n\u{1B}[201~"
        let found = keys((pasted + "\r").utf8)
        #expect(found.count == 2 && found.last == .enter)
        guard case .pasted(let text)? = found.first else {
            Issue.record("\(found)")
            return
        }
        #expect(text.hasPrefix("eins zwei drei ") && text.hasSuffix("vier"))
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 })
        var editor = LineEditor()
        for key in [Key.character("<"), .character(">"), .left, .pasted("a b")] { editor.take(key) }
        #expect(editor.text == "<a b>" && editor.textBeforeCursor == "<a b")
    }

    @Test func aLineIsEdited() {
        var editor = LineEditor()
        for key in keys("Grüsse an\u{1B}[D\u{1B}[D\u{7F}\u{1B}[H>\u{1B}[F!".utf8) { editor.take(key) }
        #expect(editor.text == ">Grüssean!" && editor.textBeforeCursor == ">Grüssean!")
        editor.take(.left)
        editor.take(.delete)
        editor.take(.delete)
        #expect(editor.text == ">Grüssean")
        for character in " two  three" { editor.take(.character(character)) }
        editor.take(.eraseWord)
        #expect(editor.text == ">Grüssean two  ")
        editor.take(.eraseWord)
        #expect(editor.text == ">Grüssean ")
        editor.take(.left)
        editor.take(.eraseLine)
        #expect(editor.text == " " && editor.textBeforeCursor.isEmpty)
        for key in [Key.backspace, .eraseWord, .eraseLine, .left, .right, .right] { editor.take(key) }
        #expect(editor.text == " " && editor.textBeforeCursor == " ")
    }
}

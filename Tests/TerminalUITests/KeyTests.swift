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
            keys("\u{1B}[15~\u{1B}[200~\u{1B}xa\u{0}\u{1A}b\u{9B}c".utf8)
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

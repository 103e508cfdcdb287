/// Characters of the longest name of a tool that providers take.
let longestToolName = 64

/// What providers take as a tool's name, as the end of a sentence.
let toolNameWords = "at most \(longestToolName) letters, digits, `_` and `-`"

/// The name by which a model knows an automation, or a tool of a server: providers take letters, digits, `_` and `-`, 64
/// of them.
///
/// A Latin letter with a mark is written without it, a letter of any other script by its number, so that names of other
/// scripts stay apart.
///
/// - Parameter name: what stands behind `automation`, or what a server calls its tool.
package func toolName(of name: String) -> String {
    var made = ""
    for scalar in name.unicodeScalars {
        made += plainLetters(scalar)
        if made.utf8.count >= longestToolName { break }
    }
    return String(made.prefix(longestToolName))
}

/// Whether providers take a tool's name as it is.
func isToolName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= longestToolName && name.unicodeScalars.allSatisfy(isTaken)
}

private func isTaken(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
    default: false
    }
}

/// What stands for a character in a name of letters that providers take.
private func plainLetters(_ scalar: Unicode.Scalar) -> String {
    if isTaken(scalar) { return String(Character(scalar)) }
    let properties = scalar.properties
    // Of two ways to write `ü`, one has its mark behind the letter.
    if (0x300...0x36F).contains(scalar.value) { return "" }
    guard !scalar.isASCII, properties.isAlphabetic || properties.numericType != nil else { return "_" }
    return latinLetters(scalar) ?? "u" + String(scalar.value, radix: 16)
}

/// The letters of a Latin letter with a mark, or of two that are one, by what Unicode calls it, such as
/// `LATIN SMALL LETTER U WITH DIAERESIS`; nil for any other.
private func latinLetters(_ scalar: Unicode.Scalar) -> String? {
    let words = (scalar.properties.name ?? "").split(separator: " ")
    guard words.count > 3, words[0] == "LATIN", ["LETTER", "LIGATURE"].contains(words[2]) else { return nil }
    let letters: String
    switch words[3] {
    case "SHARP": letters = "SS"
    case "DOTLESS" where words.count > 4: letters = String(words[4])
    default: letters = String(words[3])
    }
    guard letters.utf8.count <= 2 else { return nil }
    return words[1] == "SMALL" ? letters.lowercased() : letters
}

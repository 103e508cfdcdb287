/// A generator whose numbers come again with the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// Writes automations that parse, in a layout that nobody would choose.
struct AutomationGenerator {
    var random: SeededGenerator
    var comments = 0

    init(seed: Int) { random = SeededGenerator(seed: seed) }

    mutating func pick(_ choices: [String]) -> String { choices.randomElement(using: &random) ?? "" }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func blank() -> String { pick([" ", "  ", "\t", " ", ""]) }

    /// A line break where one may stand, now and then with a comment.
    mutating func lineBreak() -> String {
        var text = blank()
        if chance(20) {
            comments += 1
            text += "# note \(comments) {[(\""
        }
        text += pick(["\n", "\n", "\n\n", "\n\n\n\n", "\r\n"])
        if chance(10) {
            comments += 1
            text += blank() + "# own \(comments)\n"
        }
        return text + blank()
    }

    mutating func separator() -> String {
        chance(40) ? "," + (chance(30) ? lineBreak() : blank()) : lineBreak()
    }

    mutating func expression(_ depth: Int) -> String {
        guard depth > 0 else {
            return pick([
                "1", "2.5", "inputs.a", "x.result", "\"t\"", "'s'", "r\"\\d\"", "true", "30s", "-1", "!true",
                "x.?result", "b\"y\"", "\"a ${ 1+1 } b ${\"n ${2}\"} $${\"", "7u", "null",
            ])
        }
        let one = expression(depth - 1)
        let two = expression(depth - 1)
        let gap = chance(15) ? lineBreak() : blank()
        switch Int.random(in: 0..<9, using: &random) {
        case 0: return one + " " + pick(["+", "-", "*", "==", "<", "&&", "||", "in"]) + " " + gap + two
        case 1: return "(" + gap + one + blank() + ")"
        case 2: return "f" + "(" + gap + one + "," + gap + two + ")"
        case 3: return "[" + gap + one + "," + blank() + two + pick(["", ","]) + "]"
        case 4: return "((" + one + ")" + blank() + "?" + gap + two + blank() + ":" + gap + one + ")"
        case 5: return "inputs.l" + ".map(" + "i" + blank() + "," + gap + one + ")"
        case 6: return "({" + gap + "\"k\":" + one + "," + blank() + "?\"o\": x.?result})"
        case 7: return "inputs.l[" + blank() + one + "]"
        default: return "-" + "(" + one + ")"
        }
    }

    mutating func value(_ depth: Int) -> String {
        if chance(20), depth > 0 {
            return "{" + maybeBreak() + "a:" + blank() + value(depth - 1) + separator() + "\"b c\" :"
                + value(0) + maybeBreak() + "}"
        }
        if chance(10) { return "\"\"\"\n      one ${ inputs.a }\n\n        two\n      \"\"\"" }
        return expression(depth)
    }

    mutating func maybeBreak() -> String { chance(30) ? lineBreak() : blank() }

    mutating func file() -> String {
        var text = "automation  \"Made\"" + lineBreak()
        if chance(50) {
            text +=
                "input a:" + pick(["text", "list<{x:int?}>", "one_of( \"p\",\"q\" )"]) + blank() + lineBreak()
        }
        if chance(30) {
            text +=
                "type T={" + maybeBreak() + "a :int" + separator() + "b: text ? \"doc\"" + maybeBreak() + "}"
                + lineBreak()
        }
        text += "START begin" + blank() + "->" + blank() + "x\n"
        for number in 0..<Int.random(in: 1...4, using: &random) {
            text += maybeBreak() == "" ? "" : ""
            text += "DATA_TRANSFORM s\(number) -> end {" + maybeBreak()
            if chance(40) { text += "timeout :" + blank() + "30s" + separator() }
            if chance(30) { text += "each:" + blank() + "i,e in " + expression(1) + separator() }
            if chance(30) { text += "on_error->end" + separator() }
            text += "prompt_template{" + maybeBreak() + "value:" + blank() + value(3)
            if chance(30) { text += separator() + "jq: '''\n  .a |\n    .b\n  '''" }
            text += maybeBreak() + "}" + maybeBreak() + "}" + lineBreak() + "\n"
        }
        text +=
            "LOGIC_DECISION x {prompt_template{" + maybeBreak() + "yes :when " + expression(2) + " ->"
            + blank() + "end"
        text += separator() + "otherwise: else->" + "[s0,end]" + maybeBreak() + "}}\n"
        if chance(50) {
            text +=
                "test \"t\"{" + maybeBreak() + "inputs:{a:1}" + separator() + "expect " + expression(2)
                + maybeBreak() + "}"
        }
        return text + (chance(50) ? "\n" : "")
    }
}

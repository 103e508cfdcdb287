import CEL
import Diagnostics
import StepKinds

/// Where in the list `tools` of a step the cursor stands.
struct ToolPlace {
    enum Place: Hashable {
        /// Where an entry of the list begins.
        case entry
        /// Where a key of an entry begins.
        case key
        /// In the value of the entry's field, by its name.
        case value(String)
        /// Where a key begins in the record that is the value of the entry's field.
        case innerKey(String)
        /// In something else.
        case elsewhere
    }

    let place: Place
    /// The fields that the entry has before the cursor.
    let keys: [String]

    /// - Parameter pieces: the expression before the cursor; nil where it is no list.
    init?(_ pieces: Pieces) {
        let tokens = pieces.tokens
        guard tokens.first?.kind == .symbol(.openBracket), let last = tokens.last?.kind else { return nil }
        var open: [Symbol] = []
        var keys: [String] = []
        for (index, token) in tokens.enumerated() {
            guard case .symbol(let symbol) = token.kind else { continue }
            if [.openBracket, .openParen, .openBrace].contains(symbol) {
                open.append(symbol)
                if open == [.openBracket, .openBrace] { keys = [] }
            } else if [.closeBracket, .closeParen, .closeBrace].contains(symbol) {
                _ = open.popLast()
            } else if symbol == .colon, open == [.openBracket, .openBrace], index > 1,
                [.symbol(.openBrace), .symbol(.comma)].contains(tokens[index - 2].kind)
            {
                // What stands before the colon of `a ? b : c` is no key, since nothing begins there.
                keys.append(pieces.source.text(tokens[index - 1].span).filter { $0 != "\"" })
            }
        }
        self.keys = keys
        let beginsKey = last == .symbol(.openBrace) || last == .symbol(.comma)
        switch open {
        case [.openBracket]:
            place = last == .symbol(.openBracket) || last == .symbol(.comma) ? .entry : .elsewhere
        case [.openBracket, .openBrace]:
            if beginsKey {
                place = .key
            } else {
                place = last == .symbol(.colon) ? keys.last.map { .value($0) } ?? .elsewhere : .elsewhere
            }
        case [.openBracket, .openBrace, .openBrace]:
            place = beginsKey ? keys.last.map { .innerKey($0) } ?? .elsewhere : .elsewhere
        default: place = .elsewhere
        }
    }

    /// The fields that the entry may have besides those that it has.
    var openFields: [String] {
        let all: [String]
        if keys.contains(ToolField.automation) {
            all = ToolField.ofAutomation
        } else if keys.contains(ToolField.mcp) {
            all = ToolField.ofServer
        } else if keys.isEmpty {
            all = [ToolField.automation, ToolField.mcp] + ToolField.usuallyDeclared
        } else {
            all = ToolField.usuallyDeclared
        }
        return all.filter { !keys.contains($0) }
    }
}

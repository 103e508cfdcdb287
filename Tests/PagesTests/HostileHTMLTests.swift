import Pages
import Programs
import Testing

/// Pages made to hurt: the tree stays as large as the page and as deep as browsers let it be.
@Suite(.timeLimit(.minutes(1))) struct HostileHTMLTests {
    /// The tree of a piece of a page, many times.
    private func tree(_ piece: String, times: Int, after start: String = "") throws -> HTMLTree {
        try HTMLTree(reading: Array((start + String(repeating: piece, count: times)).utf8))
    }

    @Test(arguments: [
        "<div>", "<b>", "<i><b>", "<a><div>", "<b><div></b>", "<table><td>", "<table><b>x", "<svg><p>",
        "<svg><foreignObject>", "<template>", "<object>", "<nobr><div>", "<button>", "<select>",
        "<ul><li>", "<frameset>", "<ruby><rt>", "<table><caption>", "<font><p>x", "<span><b></span>",
    ])
    func elementsThatNeverEndStayInBounds(piece: String) throws {
        let tree = try tree(piece, times: 3_000)
        #expect(tree.nodes.count < 7 * 3_000 + 1_000)
        #expect(tree.depth() <= HTMLTree.depthLimit)
    }

    /// Deeper elements become siblings, and all their end tags are theirs.
    @Test func nothingIsLostBelowTheLimit() throws {
        let deep = String(repeating: "<div>", count: 2_000) + "a" + String(repeating: "</div>", count: 2_000)
        let tree = try HTMLTree(reading: Array("\(deep)<p>b</p>".utf8))
        #expect(tree.nodes.count { $0.tag == .div } == 2_000)
        let paragraph = tree.nodes.firstIndex { $0.tag == .p }
        let parent = paragraph.map { tree.nodes[$0].parent } ?? HTMLTree.none
        #expect(tree[parent].tag == .body)
    }

    /// Each text would open all of them again.
    @Test func elementsOpenedAgainWithoutEndAreAnError() throws {
        let start = "<p>" + (0..<400).map { "<font size=\($0)>" }.joined()
        #expect(outline(try tree("</p><p>x", times: 100, after: start)).contains("font[size=399]{'x'}"))
        #expect(throws: ProgramError.self) { try tree("</p><p>x", times: 300, after: start) }
    }

    @Test(arguments: [
        ("&", ""), ("&notin", ""), ("<!--", ""), ("</", ""), ("<", ""), ("<!--<script>", "<script>"),
        ("]]", "<svg><![CDATA["), ("\0", ""), (" a", "<a"), (" a\0", "<a"), ("</titl", "<title>"),
    ])
    func markupThatNeverEndsIsOneText(piece: String, start: String) throws {
        let tree = try tree(piece, times: 5_000, after: start)
        #expect(tree.nodes.count < 10)
    }

    @Test func manyNamesAreReadOnce() throws {
        let names = (0..<3_000).map { " a\($0)" }.joined()
        let tree = try HTMLTree(reading: Array("<p\(names)><body\(names)><body\(names)>".utf8))
        #expect(tree.nodes.filter { $0.tag == .p || $0.tag == .body }.map(\.count) == [3_000, 3_000])
    }

    @Test func aTextOf10MBIsRead() throws {
        let size = 10 << 20
        let tree = try HTMLTree(reading: Array("<p>".utf8) + [UInt8](repeating: 0x61, count: size))
        #expect(tree.nodes.last.map { Int($0.count) } == size)
    }

    /// Tags and words in any order, the same each time.
    private func soup(_ random: inout SeededGenerator, words: Int) -> String {
        let tags = [
            "a", "b", "i", "nobr", "p", "div", "span", "ul", "li", "table", "tr", "td", "th", "tbody",
            "caption",
            "colgroup", "col", "form", "button", "select", "option", "optgroup", "svg", "math", "mi",
            "foreignObject", "desc", "ruby", "rt", "h1", "h2", "pre", "br", "img", "input", "object", "body",
            "html", "head", "title", "textarea", "x-y", "font color=red", "annotation-xml encoding=text/html",
        ]
        var page = Bool.random(using: &random) ? "<!DOCTYPE html>" : ""
        for word in 0..<words {
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let tag = tags.randomElement(using: &random) ?? "p"
                page += Bool.random(using: &random) ? "<\(tag)>" : "</\(tag)>"
            }
            page += "(\(word))"
        }
        return page
    }

    @Test(arguments: 0..<10) func everyWordOfATagSoupIsThereOnce(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<12 {
            let page = soup(&random, words: 30)
            let tree = try HTMLTree(reading: Array(page.utf8))
            let words = try reachableTexts(tree).matches(of: /\((\d+)\)/).compactMap { Int($0.1) }
            #expect(words.sorted() == Array(0..<30), "\(page)")
        }
    }

    /// All texts below the document, while each node's neighbours are looked at.
    private func reachableTexts(_ tree: HTMLTree) throws -> String {
        var texts = ""
        var waiting = [HTMLTree.document]
        var seen: Set<HTMLTree.NodeID> = []
        while let node = waiting.popLast() {
            try #require(seen.insert(node).inserted)
            texts += String(decoding: Array(tree.text(of: node)), as: UTF8.self) + " "
            let children = tree.children(of: node)
            #expect(tree[node].lastChild == children.last ?? HTMLTree.none)
            for (index, child) in children.enumerated() {
                #expect(tree[child].parent == node)
                #expect(tree[child].previous == (index == 0 ? HTMLTree.none : children[index - 1]))
            }
            waiting += children
        }
        return texts
    }

    /// Whatever the bytes are, they are read.
    @Test(arguments: 0..<8) func anyBytesAreRead(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces = Array("<></!-?&#;'\"= \n\0abtdsvgxm[]CDATA\u{E9}".utf8) + [0xFF, 0xC3, 0x0D]
        for _ in 0..<40 {
            let count = Int.random(in: 0...300, using: &random)
            let page = (0..<count).map { _ in pieces.randomElement(using: &random) ?? 0 }
            _ = try reachableTexts(HTMLTree(reading: page))
        }
    }
}

/// Numbers that are the same for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

import Encodings
package import Programs

/// Finds on one page what selectors select, and keeps what it has learnt of the page for the next one.
///
/// A selector is followed from its first compound to its last, for all elements at once: each combinator is one
/// walk over the page, and so is each selector in parentheses, each kind of place and each text that is looked
/// for. So the time grows with the page and with the selector, not with their powers, and nothing recurses over
/// the depth of the page.
///
/// Not `Sendable`: it belongs to the one reader of the page.
package final class PageSelectors {
    let tree: PageTree
    let isHTML: Bool
    /// Steps taken on this page: a node that is passed, or a condition that is asked of one.
    package private(set) var steps = 0
    private let mostSteps: Int
    private var prepared: [String: [PreparedAlternative]] = [:]
    /// The element from which the page is seen; for a whole page its root.
    private(set) var scope: PageTree.Node?

    // What is learnt of the page when it is first needed.
    private lazy var children = SiblingPlaces(tree, isOfType: false)
    private lazy var sameNames = SiblingPlaces(tree, isOfType: true)
    private lazy var texts = PageTexts(tree)
    private lazy var languages = ElementLanguages(tree)
    private lazy var forms = FormElements(tree)
    private lazy var directions = ElementDirections(tree, most: mostSteps)

    /// - Parameter mostSteps: what all selectors of the page may take together; some seconds.
    package init(_ tree: PageTree, mostSteps: Int = 200_000_000) {
        self.tree = tree
        isHTML = tree.isHTML
        self.mostSteps = mostSteps
    }

    /// What a selector takes of the page, each thing once, in the order of the page.
    ///
    /// - Parameter node: the element within which it looks; nil for the whole page.
    /// - Throws: for what is no selector, and for one that takes too long.
    package func select(_ css: String, from node: PageTree.Node? = nil) throws(ProgramError)
        -> [SelectedPart]
    {
        do throws(ProgramError) {
            return try taken(try alternatives(of: css), from: node)
        } catch  where error == PageSelectors.tooLong {
            throw ProgramError("the selector `\(css.prefix(60))` takes too long on this page")
        }
    }

    /// What is thrown where it is not known which selector it was.
    static let tooLong = ProgramError("a selector takes too long on this page")

    func spend(_ count: Int) throws(ProgramError) {
        steps += count
        guard steps <= mostSteps else { throw PageSelectors.tooLong }
    }

    private func alternatives(of css: String) throws(ProgramError) -> [PreparedAlternative] {
        if let known = prepared[css] { return known }
        let alternatives = try CSSSelector(css).alternatives.map { alternative in
            PreparedAlternative(selector: prepare(alternative.selector), taken: alternative.taken)
        }
        prepared[css] = alternatives
        return alternatives
    }

    private func taken(_ alternatives: [PreparedAlternative], from node: PageTree.Node?) throws(ProgramError)
        -> [SelectedPart]
    {
        scope = node ?? tree.root
        var parts: [SelectedPart] = []
        for alternative in alternatives {
            let elements = try elements(of: alternative.selector, from: node)
            switch alternative.taken {
            case .element: parts += elements.map { SelectedPart($0) }
            case .texts:
                for element in elements {
                    parts += tree.children(element).filter { tree.kind($0) == .text }.map { SelectedPart($0) }
                }
                // Texts of an element stand before and behind those of the elements in it.
                parts.sort { $0 < $1 }
            case .attribute(let name):
                parts += elements.compactMap {
                    SelectedPart($0, attribute: isHTML ? name.lowercased() : name, tree)
                }
            }
        }
        guard alternatives.count > 1 else { return parts }
        parts.sort { $0 < $1 }
        var unique: [SelectedPart] = []
        for part in parts where part != unique.last { unique.append(part) }
        return unique
    }

    // The elements that a selector selects.

    private func elements(of selector: ComplexTest, from node: PageTree.Node?) throws(ProgramError)
        -> [PageTree.Node]
    {
        guard let range = stretch(selector.leading, node), !range.isEmpty else { return [] }
        let found = try follow(selector, through: range, from: selector.leading == nil ? nil : scope)
        guard let node, !selector.last.mayBeScope else { return found.nodes }
        return found.nodes.filter { $0 != node }
    }

    /// The stretch of the page in which all elements of a selector stand.
    private func stretch(_ leading: Combinator?, _ node: PageTree.Node?) -> Range<Int32>? {
        guard let node else { return 0..<Int32(tree.count) }
        switch leading {
        case nil, .descendant, .child: return node.index..<tree.end(node)
        case .nextSibling: return tree.nextElement(node).map { $0.index..<tree.end($0) }
        case .laterSibling:
            return tree.end(node)..<(tree.parent(node).map(tree.end) ?? Int32(tree.count))
        }
    }

    /// Follows a selector from its first compound to its last.
    ///
    /// - Parameter origin: the element to which the selector's leading combinator belongs; nil without one.
    private func follow(_ selector: ComplexTest, through range: Range<Int32>, from origin: PageTree.Node?)
        throws(ProgramError) -> ElementSet
    {
        var found = ElementSet(range)
        for place in range {
            let element = PageTree.Node(index: place)
            guard tree.kind(element) == .element, leads(selector.leading, from: origin, to: element),
                try fulfils(element, selector.first)
            else { continue }
            found.insert(place)
        }
        try spend(range.count)
        for (combinator, compound) in selector.rest {
            var next = ElementSet(range)
            try found.forEachReached(by: combinator, in: tree) { (element) throws(ProgramError) in
                if try fulfils(element, compound) { next.insert(element.index) }
            }
            try spend(range.count)
            found = next
        }
        return found
    }

    private func leads(_ combinator: Combinator?, from origin: PageTree.Node?, to element: PageTree.Node)
        -> Bool
    {
        guard let combinator, let origin else { return true }
        switch combinator {
        case .descendant: return tree.contains(origin, element)
        case .child: return tree.parent(element) == origin
        case .nextSibling: return tree.previousElement(element) == origin
        case .laterSibling: return element > origin && tree.parent(element) == tree.parent(origin)
        }
    }

    /// The elements in which, or beside which, a selector selects something: the way back from its last compound.
    private func origins(of selector: ComplexTest) throws(ProgramError) -> ElementSet {
        let range = 0..<Int32(tree.count)
        var found = ElementSet(range)
        for place in range {
            let element = PageTree.Node(index: place)
            if tree.kind(element) == .element, try fulfils(element, selector.last) { found.insert(place) }
        }
        let compounds = [selector.first] + selector.rest.map(\.compound)
        let ways = [selector.leading ?? .descendant] + selector.rest.map(\.combinator)
        for index in ways.indices.reversed() {
            try spend(2 * range.count)
            let before = found.origins(of: ways[index], in: tree)
            guard index > 0 else { return before }
            found = ElementSet(range)
            for element in before.nodes where try fulfils(element, compounds[index - 1]) {
                found.insert(element.index)
            }
        }
        return found
    }

    // The conditions on one element.

    private func fulfils(_ element: PageTree.Node, _ compound: CompoundTest) throws(ProgramError) -> Bool {
        for test in compound.tests {
            steps += 1
            guard try fulfils(element, test) else { return false }
        }
        return true
    }

    private func fulfils(_ element: PageTree.Node, _ test: ElementTest) throws(ProgramError) -> Bool {
        switch test {
        case .never: return false
        case .name(let name): return tree.nameID(element) == name
        case .names(let names): return tree.nameID(element).map(names.contains) ?? false
        case .attribute(let attribute): return attribute.holds(element, in: tree)
        case .place(let place): return try stands(element, place)
        case .branches(let branches, let isWanted):
            return try fulfils(element, oneOf: branches) == isWanted
        case .state(let state): return try isInState(element, state)
        case .contains(let contained): return contained.holds(element, texts, tree)
        case .language(let language): return language.holds(element, languages)
        case .direction(let isLeftToRight):
            return directions.runsLeftToRight(element) == isLeftToRight
        }
    }

    private func fulfils(_ element: PageTree.Node, oneOf branches: [SelectorBranch]) throws(ProgramError)
        -> Bool
    {
        for branch in branches {
            switch branch {
            case .alone(let compound): if try fulfils(element, compound) { return true }
            case .found(let found):
                if try elements(of: found).contains(element.index) { return true }
            }
        }
        return false
    }

    private func elements(of found: FoundElements) throws(ProgramError) -> ElementSet {
        if let known = found.known, !found.dependsOnScope || known.scope == scope { return known.elements }
        let elements =
            found.isRelative
            ? try origins(of: found.selector)
            : try follow(found.selector, through: 0..<Int32(tree.count), from: nil)
        found.known = (elements, scope)
        return elements
    }

    private func stands(_ element: PageTree.Node, _ test: PlaceTest) throws(ProgramError) -> Bool {
        let condition = test.condition
        let places: SiblingPlaces
        if test.among.isEmpty {
            places = condition.isOfType ? sameNames : children
        } else if let known = test.known, !test.dependsOnScope || known.scope == scope {
            places = known.places
        } else {
            var counted = ElementSet(0..<Int32(tree.count))
            for node in tree.nodes where tree.kind(node) == .element {
                if try fulfils(node, oneOf: test.among) { counted.insert(node.index) }
            }
            try spend(4 * tree.count)
            places = SiblingPlaces(tree, isOfType: false, counted: counted)
            test.known = (places, scope)
        }
        guard let place = places.place(of: element, fromEnd: condition.isFromEnd) else { return false }
        return condition.holds(place)
    }

    private func isInState(_ element: PageTree.Node, _ state: ElementState) throws(ProgramError) -> Bool {
        switch state {
        case .root: return element == tree.root
        case .scope: return element == scope
        case .empty, .blank: return try isEmpty(element, withBlanks: state == .blank)
        case .defined: return !isHTML || !tree.name(element).contains("-")
        case .defaultButton: return forms.defaultButtons.contains(element)
        case .undecidedRadio: return forms.undecidedRadios.contains(element)
        case .inRange: return tree.isInRange(element)
        case .outOfRange: return !tree.isInRange(element)
        case .never: return false
        }
    }

    private func isEmpty(_ element: PageTree.Node, withBlanks: Bool) throws(ProgramError) -> Bool {
        for child in tree.children(element) {
            try spend(1)
            switch tree.kind(child) {
            case .element: return false
            case .comment, .other: continue
            case .text:
                let text = tree.bytes(child)
                guard withBlanks ? text.allSatisfy(isBlank) : text.isEmpty else { return false }
            }
        }
        return true
    }
}

/// A selector of a list made ready for one page, and what it takes.
private struct PreparedAlternative {
    let selector: ComplexTest
    let taken: CSSSelector.Taken
}

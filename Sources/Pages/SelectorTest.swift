import Programs

/// A compound selector made ready for one page: its conditions, those that cost least first.
struct CompoundTest {
    let tests: [ElementTest]

    /// Whether the element from which a page is seen may be selected itself: where `:scope` names it, and where
    /// nothing is said, as in `::text`.
    let mayBeScope: Bool
}

/// A condition on one element, made ready for one page.
enum ElementTest {
    /// No element of the page fulfils it.
    case never
    /// One of the page's names, by its place.
    case name(Int32)
    case names(Set<Int32>)
    case attribute(AttributeTest)
    case place(PlaceTest)
    /// Whether one of the branches holds; the other way round for `:not()`.
    case branches([SelectorBranch], isWanted: Bool)
    case state(ElementState)
    case contains(ContainedTest)
    case language(LanguageTest)
    case direction(isLeftToRight: Bool)

    /// How much it costs to ask.
    var cost: Int {
        switch self {
        case .never, .name, .names: 0
        case .state: 1
        case .attribute: 2
        case .place, .direction, .language: 3
        case .branches, .contains: 4
        }
    }
}

/// One of the selectors in parentheses.
enum SelectorBranch {
    /// Only the element itself has to be looked at.
    case alone(CompoundTest)
    /// The page has to be searched, once.
    case found(FoundElements)
}

/// A selector with combinators made ready for one page.
struct ComplexTest {
    let leading: Combinator?
    let first: CompoundTest
    let rest: [(combinator: Combinator, compound: CompoundTest)]

    var last: CompoundTest { rest.last?.compound ?? first }
}

/// The elements of a page that a selector in parentheses selects, found when first asked for.
final class FoundElements {
    let selector: ComplexTest
    /// Whether the elements are wanted in which, or beside which, the selector selects something: `:has()`.
    let isRelative: Bool
    /// Whether the result holds only for the element from which the page is seen.
    let dependsOnScope: Bool
    var known: (elements: ElementSet, scope: PageTree.Node?)?

    init(_ selector: ComplexTest, isRelative: Bool, dependsOnScope: Bool) {
        self.selector = selector
        self.isRelative = isRelative
        self.dependsOnScope = dependsOnScope
    }
}

extension ComplexSelector {
    /// Whether `:scope` stands anywhere in it.
    var namesScope: Bool {
        first.namesScope || rest.contains { $0.compound.namesScope }
    }
}

extension CompoundSelector {
    fileprivate var namesScope: Bool {
        conditions.contains { condition in
            switch condition {
            case .state(let state): state == .scope
            case .any(let selectors), .not(let selectors), .has(let selectors):
                selectors.contains(where: \.namesScope)
            case .place(let place): place.among.contains(where: \.namesScope)
            case .type, .id, .hasClass, .attribute, .contains, .language, .direction: false
            }
        }
    }
}

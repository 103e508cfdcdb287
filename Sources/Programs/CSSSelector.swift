/// A list of CSS selectors (Selectors 4), read into its parts; what they select is found on a page's tree.
///
/// Beside the standard stand what Scrapy's users write (`p::text`, `a::attr(href)`), `a@href`, and `[a!=b]`
/// and `:contains("text")` of older libraries.
package struct CSSSelector: Sendable, Hashable {
    /// A selector of the list, and what it takes of the elements that it selects.
    package struct Alternative: Sendable, Hashable {
        package let selector: ComplexSelector
        package let taken: Taken
    }

    /// What is taken of a selected element.
    package enum Taken: Sendable, Hashable {
        /// The element itself.
        case element
        /// Each text that stands right in it, as it is written: `p::text`.
        case texts
        /// The value of an attribute, whose name stands here as the author wrote it: `a@href`, `a::attr(href)`.
        case attribute(String)
    }

    /// The selectors between the commas, in their order; never empty.
    package let alternatives: [Alternative]
    /// What is wrong in the lists of `:is()` and `:where()`, which leave out what they cannot read.
    package let leftOut: [ProgramError]

    /// Reads a selector, which may end in `@attribute`, `::text` or `::attr(attribute)`.
    ///
    /// - Throws: when it is none, with the byte at which it goes wrong.
    package init(_ text: String) throws(ProgramError) {
        var parser = CSSParser(text)
        alternatives = try parser.wholeList()
        leftOut = parser.leftOut
    }
}

/// Compound selectors with the combinators between them: `ul > li.new a`.
package struct ComplexSelector: Sendable, Hashable {
    /// A compound selector and how its elements stand to those of the compound before it.
    package struct Step: Sendable, Hashable {
        package let combinator: Combinator
        package let compound: CompoundSelector

        package init(_ combinator: Combinator, _ compound: CompoundSelector) {
            self.combinator = combinator
            self.compound = compound
        }
    }

    /// How the first compound stands to the element from which the page is seen; nil where nothing is said, which
    /// in `:has()` means that it stands somewhere within.
    package let leading: Combinator?
    package let first: CompoundSelector
    package let rest: [Step]

    package init(leading: Combinator? = nil, _ first: CompoundSelector, _ rest: [Step] = []) {
        self.leading = leading
        self.first = first
        self.rest = rest
    }
}

package enum Combinator: String, Sendable, Hashable, CaseIterable {
    case descendant = " "
    case child = ">"
    case nextSibling = "+"
    case laterSibling = "~"
}

/// Conditions on one element, all of which have to hold: `a.new[href]`. Without any, every element is meant.
package struct CompoundSelector: Sendable, Hashable {
    package let conditions: [Condition]

    package init(_ conditions: [Condition]) { self.conditions = conditions }

    /// A condition on one element.
    package indirect enum Condition: Sendable, Hashable {
        /// A name as written; nil for `*`.
        case type(NamePrefix, String?)
        case id(String)
        case hasClass(String)
        case attribute(AttributeCondition)
        case place(PlaceCondition)
        /// `:is()` and `:where()`.
        case any([ComplexSelector])
        case not([ComplexSelector])
        case has([ComplexSelector])
        case state(ElementState)
        case contains(ContainedTexts)
        /// Ranges of languages, one of which has to fit.
        case language([String])
        /// Whether the text runs from left to right, else from right to left.
        case direction(isLeftToRight: Bool)
    }
}

/// What stands before the `|` of a name. Names are compared as documents write them, with their prefixes.
package enum NamePrefix: Sendable, Hashable {
    /// No `|` is there: `title`.
    case unsaid
    /// `|title`.
    case none
    /// `*|title`.
    case any
    /// `dc|date`.
    case named(String)
}

/// A condition on an attribute: `[href]`, `[type="text" i]`.
package struct AttributeCondition: Sendable, Hashable {
    package enum Comparison: String, Sendable, Hashable, CaseIterable {
        case equal = "="
        case hasWord = "~="
        case hasLanguage = "|="
        case begins = "^="
        case holds = "*="
        case ends = "$="
        /// Also where there is no such attribute.
        case differs = "!="
    }

    /// Whether capitals count in the value.
    package enum Capitals: Sendable, Hashable {
        /// As the standard of HTML says for each attribute.
        case asUsual
        case count
        case doNotCount
    }

    package let prefix: NamePrefix
    package let name: String
    /// Nil where the attribute only has to be there.
    package let comparison: Comparison?
    package let value: String
    package let capitals: Capitals

    package init(
        prefix: NamePrefix = .unsaid, name: String, comparison: Comparison? = nil, value: String = "",
        capitals: Capitals = .asUsual
    ) {
        self.prefix = prefix
        self.name = name
        self.comparison = comparison
        self.value = value
        self.capitals = capitals
    }
}

/// A place among siblings, as `:nth-child(2n+1)` and its kin ask for it.
package struct PlaceCondition: Sendable, Hashable {
    /// `2n+1` is a step of 2 and an offset of 1.
    package let step: Int
    package let offset: Int
    /// Whether only siblings of the same name count.
    package let isOfType: Bool
    package let isFromEnd: Bool
    /// What siblings have to be, and the element too, to count: `2 of .new`; empty where all count.
    package let among: [ComplexSelector]

    package init(
        step: Int, offset: Int, isOfType: Bool = false, isFromEnd: Bool = false, among: [ComplexSelector] = []
    ) {
        self.step = step
        self.offset = offset
        self.isOfType = isOfType
        self.isFromEnd = isFromEnd
        self.among = among
    }

    /// Whether a place, counted from 1, is one of those that the formula gives for n = 0, 1, 2 …
    package func holds(_ place: Int) -> Bool {
        let (distance, isTooFar) = place.subtractingReportingOverflow(offset)
        if isTooFar { return false }
        if step == 0 { return distance == 0 }
        return distance % step == 0 && (distance == 0 || (distance > 0) == (step > 0))
    }
}

/// Texts of which an element has to hold one.
package struct ContainedTexts: Sendable, Hashable {
    package let texts: [String]
    /// Whether the text has to stand right in the element, else at any depth.
    package let isOwn: Bool
    package let ignoresCapitals: Bool

    package init(texts: [String], isOwn: Bool = false, ignoresCapitals: Bool = false) {
        self.texts = texts
        self.isOwn = isOwn
        self.ignoresCapitals = ignoresCapitals
    }
}

/// What an element is or is not, without any argument.
package enum ElementState: String, Sendable, Hashable, CaseIterable {
    case root
    /// The element from which the page is seen; for a whole page its root.
    case scope
    /// Without elements and texts; comments do not count.
    case empty
    /// Like `empty`, and blanks do not count either.
    case blank
    /// No element whose name a script would have to define.
    case defined
    /// The first button of a form that sends it.
    case defaultButton = "-default-button"
    /// A radio button of a group in which none is chosen.
    case undecidedRadio = "-undecided-radio"
    case inRange = "-in-range"
    case outOfRange = "-out-of-range"
    /// What only a page in a browser has, where somebody points and clicks: no element of ours.
    case never = "-never"
}

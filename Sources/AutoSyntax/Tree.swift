package import CEL
package import Diagnostics
import Values

/// A name with its place.
package struct Name: Sendable, Hashable {
    package let text: String
    package let span: Span

    package init(_ text: String, at span: Span) {
        self.text = text
        self.span = span
    }
}

/// The ten step types, as the API spells them.
package enum StepType: String, Sendable, Hashable, CaseIterable {
    case start = "START"
    case llmCall = "LLM_CALL"
    case getUserInput = "GET_USER_INPUT"
    case logicDecision = "LOGIC_DECISION"
    case embeddingSearch = "EMBEDDING_SEARCH"
    case restAPI = "REST_API"
    case webScrape = "WEB_SCRAPE"
    case python = "PYTHON"
    case textToJSON = "TEXT_TO_JSON"
    case dataTransform = "DATA_TRANSFORM"
}

/// One file: a header, declarations, steps and tests, each in the order written.
package struct Automation: Sendable {
    package let source: SourceText
    package var name: Name?
    package var description: Name?
    package var inputs: [Input] = []
    package var secrets: [Secret] = []
    package var types: [TypeDeclaration] = []
    package var steps: [Step] = []
    package var tests: [Test] = []
    package var maxCost: MaxCost?
    package var maxDollars: MaxDollars?

    package init(source: SourceText) { self.source = source }

    /// The step names to offer for a misspelt one: of a very large file only the first, since each offer looks at all.
    package var offeredNames: [String] { steps.prefix(steps.count > 1_000 ? 300 : 1_000).map(\.name.text) }
}

/// `input ticket: text "What the customer wrote" = "…"`.
package struct Input: Sendable {
    package let name: Name
    package let type: TypeNode
    package let documentation: String?
    package let defaultValue: FieldValue?
    package let span: Span
}

/// `secret CRM_TOKEN`.
package struct Secret: Sendable {
    package let name: Name
    package let documentation: String?
    package let span: Span
}

/// `type Verdict = { … }`.
package struct TypeDeclaration: Sendable {
    package let name: Name
    package let type: TypeNode
    package let span: Span
}

/// A type as written.
package struct TypeNode: Sendable, Hashable {
    package indirect enum Kind: Sendable, Hashable {
        case named(String)
        case list(TypeNode)
        case record([TypeField])
        case oneOf([Name])
    }

    package let kind: Kind
    package let span: Span
}

package struct TypeField: Sendable, Hashable {
    package let name: Name
    package let type: TypeNode
    /// `T?`: may be left out or null.
    package let isOptional: Bool
    package let documentation: String?
}

/// Where an edge goes: one name, or several that a fork runs at once.
package struct Target: Sendable, Hashable {
    package let names: [Name]
    package let span: Span
}

/// `STEP_TYPE name -> target { settings prompt_template { fields } }`.
package struct Step: Sendable {
    /// Nil when the type written is none of the ten.
    package let type: StepType?
    package let typeSpan: Span
    package let name: Name
    package var target: Target?
    package var settings: [Setting] = []
    package var fields: [Field] = []
    package var branches: [Branch] = []
    /// The `prompt_template` word, nil when there is no such block.
    package var template: Span?
    package var span: Span
}

/// A setting of a step, such as `timeout: 30s`.
package struct Setting: Sendable {
    package enum Content: Sendable {
        case type(TypeNode)
        case value(FieldValue)
        case each(variables: [Name], list: Expression)
        case target(Target)
    }

    package let name: Name
    package let content: Content
    package let span: Span
}

/// A field of a prompt_template.
package struct Field: Sendable, Hashable {
    package let name: Name
    package let value: FieldValue
}

/// A field's value.
package indirect enum FieldValue: Sendable, Hashable {
    case expression(Expression)
    case record([Field], Span)
    /// A list of selectors.
    case list([FieldValue], Span)
    /// Text taken letter for letter.
    case program(ProgramText)
    /// `xpath("…")`.
    case xpath(ProgramText, Span)

    package var span: Span {
        switch self {
        case .expression(let expression): expression.span
        case .record(_, let span), .list(_, let span), .xpath(_, let span): span
        case .program(let program): program.span
        }
    }
}

/// `label: when EXPR -> step`, `label: else -> step` or `label: -> step`.
package struct Branch: Sendable {
    package enum Condition: Sendable {
        case when(Expression)
        case otherwise(Span)
        /// The model picks among labels.
        case label
    }

    package let label: Name
    package let condition: Condition
    package let target: Target
}

/// `test "…" { … }`.
package struct Test: Sendable {
    package let name: Name
    package let fields: [Field]
    package let expectations: [Expression]
    package let span: Span
}

/// `max_cost 40`: the most model calls that one run may make.
package struct MaxCost: Sendable, Hashable {
    package let calls: Int
    package let span: Span
}

/// `max_cost $0.50`: the most that the model calls of one run may cost.
package struct MaxDollars: Sendable, Hashable {
    package let dollars: Double
    package let span: Span
}

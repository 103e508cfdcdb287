package import CEL
package import Diagnostics
import Values

/// A name with its place.
package struct Name: Sendable, Hashable {
    /// The name itself, without quotes.
    package let text: String
    /// Where it stands.
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
    /// The text that it was read from.
    package let source: SourceText
    /// What stands behind `automation`; nil for a file without a header, or with one whose name cannot be read.
    package var name: Name?
    /// Whether an `automation` line stands in the file.
    package var hasHeader = false
    /// What stands behind `description`; nil where there is none.
    package var description: Name?
    /// What a run is given.
    package var inputs: [Input] = []
    /// The keys that it sends.
    package var secrets: [Secret] = []
    /// The types that it names.
    package var types: [TypeDeclaration] = []
    /// The steps, `START` among them.
    package var steps: [Step] = []
    /// The tests that the file holds of itself.
    package var tests: [Test] = []
    /// What it gives to who calls it; nil where the file does not say it.
    package var result: ResultDeclaration?
    /// The most model calls of a run; nil for no such limit.
    package var maxCost: MaxCost?
    /// The most that a run's model calls may cost; nil for no such limit.
    package var maxDollars: MaxDollars?

    package init(source: SourceText) { self.source = source }

    /// The step names to offer for a misspelt one: of a very large file only the first, since each offer looks at all.
    package var offeredNames: [String] { steps.prefix(steps.count > 1_000 ? 300 : 1_000).map(\.name.text) }
}

/// `input ticket: text "What the customer wrote" = "…"`.
package struct Input: Sendable {
    /// The input's name.
    package let name: Name
    /// The type of its values.
    package let type: TypeNode
    /// What it means, for who gives it; nil where nothing is written.
    package let documentation: String?
    /// What holds where it is not given; nil for one that must be.
    package let defaultValue: FieldValue?
    /// Where the whole declaration stands.
    package let span: Span
}

/// `secret CRM_TOKEN`.
package struct Secret: Sendable {
    /// The secret's name, which is that of its environment variable.
    package let name: Name
    /// What it is for; nil where nothing is written.
    package let documentation: String?
    /// Where the whole declaration stands.
    package let span: Span
}

/// `result { title: text }` of the header.
package struct ResultDeclaration: Sendable {
    /// The type of what the automation gives.
    package let type: TypeNode
    /// Where the whole declaration stands.
    package let span: Span
}

/// `type Verdict = { … }` or `type Verdict from "triage.auto"`.
package struct TypeDeclaration: Sendable {
    /// Where it is written what the type stands for.
    package enum Body: Sendable {
        case here(TypeNode)
        /// In another file, under the same name; its path is relative to this file.
        case file(Name)
    }

    /// The type's name.
    package let name: Name
    /// What it stands for.
    package let body: Body
    /// Where the whole declaration stands.
    package let span: Span
}

extension TypeDeclaration {
    /// What it stands for, where that is written here.
    package var type: TypeNode? {
        switch body {
        case .here(let type): type
        case .file: nil
        }
    }
}

/// A type as written.
package struct TypeNode: Sendable, Hashable {
    /// How a type is written.
    package indirect enum Kind: Sendable, Hashable {
        case named(String)
        case list(TypeNode)
        case record([TypeField])
        case oneOf([Name])
    }

    /// What it is, with its parts.
    package let kind: Kind
    /// Where it stands.
    package let span: Span
}

/// A field of a record type.
package struct TypeField: Sendable, Hashable {
    /// The field's name.
    package let name: Name
    /// The type of its value.
    package let type: TypeNode
    /// `T?`: may be left out or null.
    package let isOptional: Bool
    /// What it means; nil where nothing is written.
    package let documentation: String?
}

/// Where an edge goes: one name, or several that a fork runs at once.
package struct Target: Sendable, Hashable {
    /// The steps that it goes to, or `end`.
    package let names: [Name]
    /// Where it stands.
    package let span: Span
}

/// `STEP_TYPE name -> target { settings prompt_template { fields } }`.
package struct Step: Sendable {
    /// Nil when the type written is none of the ten.
    package let type: StepType?
    /// Where the step's type is written.
    package let typeSpan: Span
    /// The step's name.
    package let name: Name
    /// Where its edge leads; nil for a step without one, as a decision is.
    package var target: Target?
    /// What stands in its block besides the template.
    package var settings: [Setting] = []
    /// The fields of its template.
    package var fields: [Field] = []
    /// The ways on of a decision.
    package var branches: [Branch] = []
    /// The `prompt_template` word, nil when there is no such block.
    package var template: Span?
    /// Where the whole step stands.
    package var span: Span
}

/// A setting of a step, such as `timeout: 30s`.
package struct Setting: Sendable {
    /// What stands behind the setting's name.
    package enum Content: Sendable {
        case type(TypeNode)
        case value(FieldValue)
        case each(variables: [Name], list: Expression)
        case target(Target)
    }

    /// The setting's name.
    package let name: Name
    /// What stands behind it.
    package let content: Content
    /// Where the whole setting stands.
    package let span: Span
}

/// A field of a prompt_template.
package struct Field: Sendable, Hashable {
    /// The field's name.
    package let name: Name
    /// What stands behind it.
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

    /// Where the value stands.
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
    /// When a branch is taken.
    package enum Condition: Sendable {
        case when(Expression)
        case otherwise(Span)
        /// The model picks among labels.
        case label
    }

    /// The branch's name.
    package let label: Name
    /// When it is taken.
    package let condition: Condition
    /// Where it leads.
    package let target: Target
}

/// `test "…" { … }`.
package struct Test: Sendable {
    /// What the test is called.
    package let name: Name
    /// The inputs, and what steps are to give.
    package let fields: [Field]
    /// What must be true after the run, in order.
    package let expectations: [Expression]
    /// Where the whole test stands.
    package let span: Span
}

/// `max_cost 40`: the most model calls that one run may make.
package struct MaxCost: Sendable, Hashable {
    /// How many calls.
    package let calls: Int
    /// Where it stands.
    package let span: Span
}

/// `max_cost $0.50`: the most that the model calls of one run may cost.
package struct MaxDollars: Sendable, Hashable {
    /// The amount in dollars.
    package let dollars: Double
    /// Where it stands.
    package let span: Span
}

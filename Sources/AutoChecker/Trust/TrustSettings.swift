package import AutoSyntax
import CEL
package import Diagnostics
import StepKinds
package import Values

/// `[trust]` of `autorun.toml`: how text that others wrote is kept from where something is changed.
package struct TrustSettings: Sendable, Hashable {
    /// Whether every step that changes something outside takes text from outside only where its `trust` names the field.
    /// Left out, only what a model chose to call is held to that.
    package var isEnforced = false
    /// Whether the inputs that a client of the API gives are its own words, as those given at a terminal are. Left out,
    /// they count as text from outside: a client may pass on what others wrote to it.
    package var trustsClients = false

    package init() {}
}

extension TrustSettings: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(isEnforced, trustsClients) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init()
        isEnforced = try reader.read()
        trustsClients = try reader.read()
    }
}

/// A path of fields that a step's `trust` names, such as `body.note`.
package struct TrustedField: Sendable {
    package let path: String
    /// Where the text stands, with its quotes.
    package let span: Span
}

extension Step {
    /// What `trust` names; nil where it is no list of texts.
    package var trustedFields: [TrustedField]? {
        guard let setting = setting(.trust) else { return [] }
        guard case .value(let value) = setting.content else { return nil }
        var found: [TrustedField] = []
        switch value {
        case .expression(let expression):
            guard case .list(let elements) = expression.kind else { return nil }
            for element in elements {
                guard case .literal(.string(let path)) = element.value.kind else { return nil }
                found.append(TrustedField(path: path, span: element.value.span))
            }
        case .list(let items, _):
            for item in items {
                guard case .expression(let expression) = item,
                    case .literal(.string(let path)) = expression.kind
                else { return nil }
                found.append(TrustedField(path: path, span: item.span))
            }
        case .record, .program, .xpath: return nil
        }
        return found
    }
}

extension CheckContext {
    /// Where the parts of a step's expressions stand whose types have no room for a text of somebody else.
    func closedParts(of number: Int) -> [Span] {
        var typer = typer(for: number)
        typer.closed = ClosedParts()
        automation.steps[number].forEachExpression { _ = typer.type(of: $0) }
        return typer.closed?.spans ?? []
    }
}

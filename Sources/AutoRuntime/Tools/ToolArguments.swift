import AutoChecker
import OrderedCollections
import StepKinds
import Values
import WrittenJSON

extension UsableTool {
    /// The arguments that a model gives, each made to be of its parameter's type where it can mean only one value of that.
    ///
    /// What does not fit stays as it is: the tool says what is wrong with it.
    func mended(_ arguments: MapValue) -> MapValue {
        var mended = arguments
        for (key, value) in arguments.entries {
            let name = JSON.keyText(key)
            if let type = parameter(name) { mended[name] = type.mended(value) }
        }
        return mended
    }

    /// Why an automation does not take the arguments; nil where it does, and for a tool that says it itself.
    func misfit(of arguments: MapValue) -> String? {
        switch work {
        case .automation(let automation, _):
            do throws(StepFailure) { _ = try Run.inputs(arguments, of: automation) } catch {
                return error.message
            }
            return nil
        case .server, .declared: return nil
        }
    }

    /// The type of a parameter; nil where there is none of that name, or nobody says what it is.
    private func parameter(_ name: String) -> DataType? {
        switch work {
        case .automation(let automation, _): automation.inputs.first { $0.name == name }?.type
        case .server, .declared:
            (offer.asMap?[ToolField.parameters]?.asMap?["properties"]?.asMap?[name])
                .flatMap(DataType.init(ofParameter:))
        }
    }
}

extension DataType {
    /// The type that a schema of a server of tools says by one word; nil for one that says more or less than that.
    fileprivate init?(ofParameter schema: Value) {
        guard let keywords = schema.asMap else { return nil }
        switch keywords["type"]?.asText {
        case "integer": self = .int
        case "number": self = .number
        case "boolean": self = .bool
        case "string":
            // A choice has its own words, and a text of it is not made from anything else.
            guard keywords["enum"] == nil, keywords["const"] == nil else { return nil }
            self = .text
        case "array":
            guard let element = keywords["items"].flatMap(DataType.init(ofParameter:)) else { return nil }
            self = .list(element)
        default: return nil
        }
    }
}

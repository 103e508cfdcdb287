import CEL
import Diagnostics
package import Values

extension StepType: Packable {}

extension Name: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(text, span) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(try reader.read(), at: try reader.read())
    }
}

extension Field: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(name, value) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(name: try reader.read(), value: try reader.read())
    }
}

extension FieldValue: Packable {
    private enum Case: UInt8, Packable {
        case expression = 0
        case record = 1
        case list = 2
        case program = 3
        case xpath = 4
    }

    package func pack(into writer: inout PackedWriter) {
        switch self {
        case .expression(let expression): writer.write(Case.expression, expression)
        case .record(let fields, let span): writer.write(Case.record, fields, span)
        case .list(let items, let span): writer.write(Case.list, items, span)
        case .program(let program): writer.write(Case.program, program)
        case .xpath(let program, let span): writer.write(Case.xpath, program, span)
        }
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self = try reader.nested { (reader) throws(UnpackingError) in
            switch try reader.read(Case.self) {
            case .expression: .expression(try reader.read())
            case .record: .record(try reader.read(), try reader.read())
            case .list: .list(try reader.read(), try reader.read())
            case .program: .program(try reader.read())
            case .xpath: .xpath(try reader.read(), try reader.read())
            }
        }
    }
}

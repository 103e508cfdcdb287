import AutoSyntax
import CEL
import StepKinds
package import Values

extension CheckedInput: Packable {
    package func pack(into writer: inout PackedWriter) {
        writer.write(name, type, documentation, defaultValue)
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(
            name: try reader.read(), type: try reader.read(), documentation: try reader.read(),
            defaultValue: try reader.read())
    }
}

extension DefaultModels: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(model, embedding) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(model: try reader.read(), embedding: try reader.read())
    }
}

extension CheckedStep: Packable {
    package func pack(into writer: inout PackedWriter) {
        writer.write(index, name, nameSpan, type, fields, branches, next, onError, resultType, timeout)
        writer.write(retry, maxVisits, each, atOnce, onFailed, loopHead, leavesMachine, isCached, template)
        writer.write(callee, trusted, closedParts)
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        index = try reader.read()
        name = try reader.read()
        nameSpan = try reader.read()
        type = try reader.read()
        fields = try reader.read()
        branches = try reader.read()
        next = try reader.read()
        onError = try reader.read()
        resultType = try reader.read()
        timeout = try reader.read()
        retry = try reader.read()
        maxVisits = try reader.read()
        each = try reader.read()
        atOnce = try reader.read()
        onFailed = try reader.read()
        loopHead = try reader.read()
        leavesMachine = try reader.read()
        isCached = try reader.read()
        template = try reader.read()
        callee = reader.format >= 3 ? try reader.read() : nil
        trusted = reader.format >= 4 ? try reader.read() : []
        closedParts = reader.format >= 4 ? try reader.read() : []
        guard atOnce >= 1, maxVisits.map({ $0 >= 1 }) ?? true, timeout.map(CheckedStep.isTime) ?? true else {
            throw UnpackingError("a setting of a step is out of range")
        }
    }

    fileprivate static func isTime(_ nanoseconds: Int64) -> Bool {
        (0...CheckedStep.longestTime).contains(nanoseconds)
    }
}

extension Retry: Packable {
    package func pack(into writer: inout PackedWriter) {
        writer.write(attempts, writtenMaxDelay, firstDelay, factor, maxDelay)
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(
            attempts: try reader.read(), writtenMaxDelay: try reader.read(), firstDelay: try reader.read(),
            factor: try reader.read(), maxDelay: try reader.read())
        let times = [firstDelay, maxDelay, writtenMaxDelay ?? 0]
        guard attempts >= 1, factor.isFinite, factor >= 0, times.allSatisfy(CheckedStep.isTime) else {
            throw UnpackingError("a `retry` is out of range")
        }
    }
}

extension Each: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(variables, list) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(variables: try reader.read(), list: try reader.read())
        guard (1...2).contains(variables.count) else {
            throw UnpackingError("an `each` has \(variables.count) variables")
        }
    }
}

extension OnFailed: Packable {}

extension CheckedBranch: Packable {
    package func pack(into writer: inout PackedWriter) { writer.write(label, condition, destination) }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(
            label: try reader.read(), condition: try reader.read(), destination: try reader.read())
    }
}

extension CheckedBranch.Condition: Packable {
    private enum Case: UInt8, Packable {
        case when = 0
        case otherwise = 1
        case label = 2
    }

    package func pack(into writer: inout PackedWriter) {
        switch self {
        case .when(let condition): writer.write(Case.when, condition)
        case .otherwise: writer.write(Case.otherwise)
        case .label: writer.write(Case.label)
        }
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        switch try reader.read(Case.self) {
        case .when: self = .when(try reader.read())
        case .otherwise: self = .otherwise
        case .label: self = .label
        }
    }
}

extension Destination: Packable {
    private enum Case: UInt8, Packable {
        case end = 0
        case step = 1
        case fork = 2
    }

    package func pack(into writer: inout PackedWriter) {
        switch self {
        case .end: writer.write(Case.end)
        case .step(let step): writer.write(Case.step, step)
        case .fork(let branches, let join): writer.write(Case.fork, branches, join)
        }
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self = try reader.nested { (reader) throws(UnpackingError) in
            switch try reader.read(Case.self) {
            case .end: .end
            case .step: .step(try reader.read())
            case .fork: .fork(try reader.read(), join: try reader.read())
            }
        }
    }
}

extension DataType: Packable {
    private enum Case: UInt8, Packable {
        case text = 0
        case int = 1
        case number = 2
        case bool = 3
        case json = 4
        case bytes = 5
        case url = 6
        case list = 7
        case record = 8
        case oneOf = 9
    }

    package func pack(into writer: inout PackedWriter) {
        switch self {
        case .text: writer.write(Case.text)
        case .int: writer.write(Case.int)
        case .number: writer.write(Case.number)
        case .bool: writer.write(Case.bool)
        case .json: writer.write(Case.json)
        case .bytes: writer.write(Case.bytes)
        case .url: writer.write(Case.url)
        case .list(let element): writer.write(Case.list, element)
        case .record(let fields, let name): writer.write(Case.record, fields, name)
        case .oneOf(let values): writer.write(Case.oneOf, values)
        }
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self = try reader.nested { (reader) throws(UnpackingError) in
            switch try reader.read(Case.self) {
            case .text: .text
            case .int: .int
            case .number: .number
            case .bool: .bool
            case .json: .json
            case .bytes: .bytes
            case .url: .url
            case .list: .list(try reader.read())
            case .record: .record(try reader.read(), name: try reader.read())
            case .oneOf: .oneOf(try reader.read())
            }
        }
    }
}

extension DataField: Packable {
    package func pack(into writer: inout PackedWriter) {
        writer.write(name, type, isOptional, documentation)
    }

    package init(from reader: inout PackedReader) throws(UnpackingError) {
        self.init(
            try reader.read(), try reader.read(), isOptional: try reader.read(),
            documentation: try reader.read())
    }
}

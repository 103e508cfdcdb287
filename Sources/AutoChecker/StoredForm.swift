import AutoSyntax
import CEL
package import Diagnostics
import Values

/// Why a checked automation cannot be read from its bytes.
package struct UnreadableAutomation: Error, Sendable, Hashable {
    /// The end of the sentence "the automation cannot be run: it …".
    package let message: String
    /// Whether a newer version of this program can read it.
    package let isNewer: Bool

    package init(_ message: String, isNewer: Bool = false) {
        self.message = message
        self.isNewer = isNewer
    }
}

/// A checked automation as bytes: a sign of what it is, the number of the format, then the parts one behind the other.
///
/// A store keeps these bytes for as long as there are sessions of the version. When something is added to what they hold,
/// `format` becomes one more, and whoever reads the new part asks first whether it is there:
/// `limit = reader.format >= 2 ? try reader.read() : nil`, with what the older format meant in its place. What has been
/// written in a format is never read in another way; a test keeps bytes of each (StoredFormTests).
extension CheckedAutomation {
    /// The format that is written; it and all before it are read.
    package static let format: UInt64 = 4
    private static let sign: [UInt8] = Array("auto".utf8)

    /// Everything but the text, which stands beside it wherever it is kept, and the tests.
    package func encoded() -> [UInt8] {
        var writer = PackedWriter()
        for byte in CheckedAutomation.sign { writer.write(byte) }
        writer.write(CheckedAutomation.format)
        writer.write(name, description, inputs, secrets, steps, start, declarations, models, maxDollars)
        writer.write(result, fileName)
        // In the order of their paths, so that the same automation is the same bytes.
        writer.write(family.keys.sorted().compactMap { path in family[path].map { FamilyMember(path, $0) } })
        writer.write(trust)
        return writer.bytes
    }

    /// - Parameter source: the text that was checked.
    /// - Throws: for bytes of a format that is not known here, or that are damaged in whatever way.
    package init(encoded bytes: [UInt8], source: SourceText) throws(UnreadableAutomation) {
        var reader = PackedReader(bytes)
        do throws(UnpackingError) { reader.format = try CheckedAutomation.format(&reader) } catch {
            throw UnreadableAutomation("is damaged (\(error.message))")
        }
        guard reader.format <= CheckedAutomation.format else {
            throw UnreadableAutomation(
                "was checked by a newer autorun (format \(reader.format)); this one reads formats up to \(CheckedAutomation.format)",
                isNewer: true)
        }
        do throws(UnpackingError) { try self.init(from: &reader, source) } catch {
            throw UnreadableAutomation("is damaged (\(error.message))")
        }
    }

    private static func format(_ reader: inout PackedReader) throws(UnpackingError) -> UInt64 {
        for byte in sign where try reader.read(UInt8.self) != byte {
            throw UnpackingError("it does not begin as one")
        }
        return try reader.read()
    }

    private init(from reader: inout PackedReader, _ source: SourceText) throws(UnpackingError) {
        self.source = source
        name = try reader.read()
        description = try reader.read()
        inputs = try reader.read()
        secrets = try reader.read()
        steps = try reader.read()
        start = try reader.read()
        declarations = try reader.read()
        models = try reader.read()
        maxDollars = reader.format >= 2 ? try reader.read() : nil
        result = reader.format >= 3 ? try reader.read() : .json
        fileName =
            reader.format >= 3 ? try reader.read() : String(source.name.split(separator: "/").last ?? "")
        let members: [FamilyMember] = reader.format >= 3 ? try reader.read() : []
        family = try members.automations()
        trust = reader.format >= 4 ? try reader.read() : TrustSettings()
        tests = []
        stepIndex = Dictionary(steps.map { ($0.name, $0.index) }, uniquingKeysWith: { first, _ in first })
        try checkPlaces()
        guard reader.isAtEnd else { throw UnpackingError("something stands behind its end") }
    }

    /// Whatever names a step by its place names one that is there.
    private func checkPlaces() throws(UnpackingError) {
        var places = [start]
        for (place, step) in steps.enumerated() {
            guard step.index == place else { throw UnpackingError("a step is not in its place") }
            if let head = step.loopHead { places.append(head) }
            for destination in [step.next, step.onError] + step.branches.map(\.destination) {
                if let destination { places += destination.steps }
            }
        }
        guard places.allSatisfy(steps.indices.contains) else {
            throw UnpackingError("a step that is named is not there")
        }
    }
}

/// An automation that another calls, as it is kept with that: its own text stands nowhere else.
private struct FamilyMember: Packable {
    let path: String
    let text: [UInt8]
    let compiled: [UInt8]

    init(_ path: String, _ automation: CheckedAutomation) {
        self.path = path
        text = automation.source.bytes
        compiled = automation.encoded()
    }

    func pack(into writer: inout PackedWriter) { writer.write(path, text, compiled) }

    init(from reader: inout PackedReader) throws(UnpackingError) {
        path = try reader.read()
        text = try reader.read()
        compiled = try reader.read()
    }
}

extension [FamilyMember] {
    fileprivate func automations() throws(UnpackingError) -> [String: CheckedAutomation] {
        var found: [String: CheckedAutomation] = [:]
        for member in self {
            do throws(UnreadableAutomation) {
                found[member.path] = try CheckedAutomation(
                    encoded: member.compiled, source: SourceText(name: member.path, bytes: member.text))
            } catch {
                throw UnpackingError("the automation `\(member.path)` that it calls \(error.message)")
            }
        }
        return found
    }
}

extension Destination {
    /// The steps that it names.
    fileprivate var steps: [Int] {
        switch self {
        case .end: []
        case .step(let step): [step]
        case .fork(let branches, let join): branches.flatMap(\.steps) + (join.map { [$0] } ?? [])
        }
    }
}

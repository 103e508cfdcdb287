package import Diagnostics
package import Values

/// Who brought a text in that others than the author wrote.
package struct Origin: Sendable, Hashable, Comparable {
    /// The name of the step that brought it. One of a called automation has the names of the calling steps before its
    /// own (`digest.fetch`), one of the automation that calls has `../` before it.
    package let step: String
    /// Where the step had it from, such as `a page`.
    package let source: String

    package init(step: String, source: String) {
        self.step = step
        self.source = source
    }

    package static func < (one: Origin, other: Origin) -> Bool {
        (one.step, one.source) < (other.step, other.source)
    }
}

/// What goes with a value: the secrets that it was made from, and who brought text from outside into it.
package struct Marks: Sendable, Hashable {
    /// The names of the secrets.
    package var secrets: Set<String>
    /// Who brought text in that others than the author wrote; empty where the value holds none.
    package var origins: Set<Origin>

    package init(secrets: Set<String> = [], origins: Set<Origin> = []) {
        self.secrets = secrets
        self.origins = origins
    }

    /// What all of several values were made from.
    package init(all marks: some Sequence<Marks>) {
        self.init()
        for one in marks { formUnion(one) }
    }

    /// Whether it was made from neither.
    package var isEmpty: Bool { secrets.isEmpty && origins.isEmpty }

    /// Adds what another value was made from.
    package mutating func formUnion(_ other: Marks) {
        if other.isEmpty { return }
        secrets.formUnion(other.secrets)
        for origin in other.origins { add(origin) }
    }

    /// Of more origins than so many the others are left out: that there are some is what counts, and automations that
    /// call themselves could have any number.
    static let mostOrigins = 64

    /// Adds who brought text in.
    package mutating func add(_ origin: Origin) {
        if origins.count < Marks.mostOrigins { origins.insert(origin) }
    }
}

/// What the part of an expression that has been evaluated so far was made from.
///
/// The origins stand in the order in which they were met, so that those which a part brought can be taken back when
/// its value turns out to have no room for a text.
struct MarksRead {
    private(set) var secrets: Set<String> = []
    private(set) var origins: [Origin] = []

    mutating func add(_ marks: Marks) {
        if marks.isEmpty { return }
        secrets.formUnion(marks.secrets)
        for origin in marks.origins where origins.count < Marks.mostOrigins && !origins.contains(origin) {
            origins.append(origin)
        }
    }

    /// Takes back all origins but the first so many.
    mutating func forgetOrigins(after count: Int) {
        if origins.count > count { origins.removeSubrange(count...) }
    }

    var marks: Marks { Marks(secrets: secrets, origins: Set(origins)) }
}

extension Value {
    /// Whether nobody can put a text of their own into the value: a number, a truth, a time, or a list of these.
    ///
    /// A record has keys, which are texts, so that only its declared type can say this of it.
    package var hasNoRoomForText: Bool {
        switch self {
        case .null, .bool, .int, .uint, .double, .timestamp, .duration, .type: true
        case .string, .bytes, .map: false
        case .list(let list): list.allSatisfy(\.hasNoRoomForText)
        case .optional(let inner): inner?.hasNoRoomForText ?? true
        }
    }
}

extension Type {
    /// Whether values of the type are numbers, truths, times or one of a few texts, never text of somebody's choice.
    package var hasNoRoomForText: Bool {
        switch self {
        case .null, .bool, .int, .uint, .double, .timestamp, .duration, .type, .oneOf: true
        case .list(let element): element.hasNoRoomForText
        case .optional(let inner): inner.hasNoRoomForText
        case .map(let key, let value): key.hasNoRoomForText && value.hasNoRoomForText
        case .record(let record): record.role == .data && record.fields.allSatisfy(\.type.hasNoRoomForText)
        case .dyn, .unknown, .string, .bytes, .parameter: false
        }
    }
}

/// The parts of expressions that only their types show to have no room for a text of somebody else: a choice of a
/// few texts is a text, and a record has keys.
package struct ClosedParts {
    private var found: Set<Span> = []
    /// What has been typed a second time with another outcome.
    private var open: Set<Span> = []

    package init() {}

    /// In the order in which they stand.
    package var spans: [Span] {
        found.subtracting(open).sorted { ($0.start, $0.end) < ($1.start, $1.end) }
    }

    mutating func add(_ type: Type, of expression: Expression) {
        switch expression.kind {
        case .select, .index, .call, .macro: break
        // They bring nothing that their parts do not bring.
        case .literal, .text, .name, .has, .unary, .binary, .conditional, .list, .map: return
        }
        if !type.hasNoRoomForText {
            open.insert(expression.span)
        } else if type.mayHoldChoice {
            found.insert(expression.span)
        }
    }
}

extension Type {
    /// Whether values of it are not numbers, truths and times alone.
    fileprivate var mayHoldChoice: Bool {
        switch self {
        case .oneOf, .map, .record: true
        case .list(let element), .optional(let element): element.mayHoldChoice
        case .dyn, .unknown, .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration,
            .type,
            .parameter:
            false
        }
    }
}

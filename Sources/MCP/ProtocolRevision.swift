/// A revision of the Model Context Protocol that is spoken here, by the date that names it.
package enum ProtocolRevision: String, Sendable, CaseIterable, Comparable {
    case november2024 = "2024-11-05"
    case march2025 = "2025-03-26"
    case june2025 = "2025-06-18"
    case november2025 = "2025-11-25"

    /// The newest one that is spoken here: what a client asks for first, and what a server answers to a
    /// revision that it does not know.
    package static let newest = ProtocolRevision.november2025

    /// The dates have one length, so that their texts stand in the order of time.
    package static func < (left: ProtocolRevision, right: ProtocolRevision) -> Bool {
        left.rawValue < right.rawValue
    }

    /// What a server answers to a client that asks for a revision: the same where it is known, else the newest.
    package static func answer(to asked: String) -> ProtocolRevision {
        ProtocolRevision(rawValue: asked) ?? newest
    }

    /// Whether several messages may come in one list. Only one revision has that.
    package var hasBatches: Bool { self == .march2025 }

    /// Whether tools say what they are like, such as that they change nothing.
    package var hasAnnotations: Bool { self >= .march2025 }

    /// Whether tools have an output schema and give structured content.
    package var hasStructuredContent: Bool { self >= .june2025 }

    /// Whether a server may ask the person at the client.
    package var hasElicitation: Bool { self >= .june2025 }

    /// Whether each HTTP request behind the first names the revision in a header.
    package var isNamedInHeader: Bool { self >= .june2025 }
}

import AutoRuntime
import MCP
import StepKinds

/// How failures speak of a server: with its name, and without what is secret in what it says.
struct ServerWords: Sendable {
    /// The server's name, as the beginning of a sentence.
    let name: String
    /// What is told of the box where a failure may come of it; empty for a server that runs in none.
    let boxHint: String
    private let masker: Masker

    init(_ address: ToolServerAddress) {
        (name, boxHint) = (address.name, address.boxHint)
        // A header may hold more than the secret itself, which comes back without it.
        let headers = address.headers.mapValues { value in
            value.split(separator: " ").last.map(String.init) ?? value
        }
        masker = Masker(headers.merging(address.environment) { header, _ in header })
    }

    /// Letters of a server's own words that a failure shows.
    private static let mostLetters = 300

    /// What the server says, masked, without folders of the machine, and not too long.
    func shown(_ text: String) -> String {
        let masked = withoutPaths(
            masker.mask(cut: text).split(whereSeparator: \.isNewline).joined(separator: " "))
        return masked.count > Self.mostLetters ? masked.prefix(Self.mostLetters) + "…" : masked
    }

    /// A failure whose sentence begins with the server.
    ///
    /// - Parameter clause: what it did, without a full stop.
    func failure(_ kind: FailureKind, _ clause: String, retryable: Bool = false) -> StepFailure {
        StepFailure(kind, "\(name) \(clause)", retryable: retryable)
    }

    /// Why nothing came, or will come.
    func failure(_ loss: RPCLoss) -> StepFailure {
        if let failure = loss.cause as? StepFailure { return failure }
        let said = shown(loss.said ?? "")
        return failure(.tool, masker.mask(cut: loss.reason) + (said.isEmpty ? "" : "; it said: \(said)"))
    }

    /// A failure of the way to the server, with the server's name.
    func failure(_ failure: StepFailure) -> StepFailure {
        failure.kind == .cancelled ? failure : masker.mask(failure).at(name)
    }
}

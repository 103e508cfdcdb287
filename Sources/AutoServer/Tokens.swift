import AutoRuntime
import Synchronization
import Values

/// Bearer tokens: 256 random bits, of which the store keeps the SHA-256 only.
package enum Token {
    /// A new token, to be shown once.
    package static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        // 43 of 62 digits are 256 bits.
        return "auto_" + String((0..<43).map { _ in digits[Int.random(in: 0..<62, using: &generator)] })
    }

    /// The SHA-256 of a token as 64 hexadecimal digits, by which a store knows it.
    package static func hash(_ token: String) -> String {
        let hex = Array("0123456789abcdef")
        return String(
            sha256(Array(token.utf8)).flatMap { [hex[Int($0 >> 4)], hex[Int($0 & 15)]] })
    }
}

/// The tokens of the store, looked up anew at least once a second, so that a revoked one is soon refused.
final class TokenBook: Sendable {
    private struct State {
        var entries: [TokenEntry] = []
        var readAt: Int64 = 0
        /// When somebody last began to read them for those who are let in already.
        var triedAt: Int64 = 0
    }

    private let store: any Tokens
    private let clock: any AutoRuntime.Clock
    /// A token for as long as the server runs, where there is none yet.
    private let own: TokenEntry?
    private let state = Mutex(State())

    init(_ store: any Tokens, _ clock: any AutoRuntime.Clock, own: TokenEntry?) {
        self.store = store
        self.clock = clock
        self.own = own
    }

    func entry(for token: String) async throws(StoreError) -> TokenEntry? {
        let hash = Token.hash(token)
        let now = clock.now()
        let (known, age) = state.withLock { ($0.entries, now - $0.readAt) }
        if age < 1_000_000_000, let found = find(hash, known) { return found }
        // A new token counts at once, but wrong ones do not have the store read each time.
        guard age >= 100_000_000 else { return find(hash, known) }
        let fresh = try await store.tokens() + (own.map { [$0] } ?? [])
        return find(hash, keep(fresh, readAt: now))
    }

    /// Takes what was read over, unless somebody has read later.
    ///
    /// - Returns: the newest that is known.
    private func keep(_ entries: [TokenEntry], readAt time: Int64) -> [TokenEntry] {
        state.withLock { state in
            if time >= state.readAt { (state.entries, state.readAt) = (entries, time) }
            return state.entries
        }
    }

    /// Whether a token that has let somebody in is still one of the store's; as old as at most a second.
    ///
    /// While the store cannot be read, what it held before stands.
    func holds(_ entry: TokenEntry) async -> Bool {
        let now = clock.now()
        // Of many who ask at once, one reads: the others take what is known meanwhile.
        let (known, isOld) = state.withLock { state in
            let isOld = now - max(state.readAt, state.triedAt) >= 1_000_000_000
            if isOld { state.triedAt = now }
            return (state.entries, isOld)
        }
        guard isOld, let read = try? await store.tokens() else { return find(entry.hash, known) != nil }
        return find(entry.hash, keep(read + (own.map { [$0] } ?? []), readAt: now)) != nil
    }

    /// Compares with every token, and every digit, so that time tells nothing of how near a guess is.
    private func find(_ hash: String, _ entries: [TokenEntry]) -> TokenEntry? {
        let wanted = Array(hash.utf8)
        var found: TokenEntry?
        for entry in entries {
            if isSameSecretly(wanted, Array(entry.hash.utf8)) { found = entry }
        }
        return found
    }
}

/// So many requests a second of one token, with as many at once.
final class RateLimit: Sendable {
    private let limit: Double
    private let buckets = Mutex<[String: (left: Double, at: Int64)]>([:])

    init(_ perSecond: Int) { limit = Double(perSecond) }

    func takes(_ name: String, _ now: Int64) -> Bool {
        buckets.withLock { buckets in
            var bucket = buckets[name] ?? (limit, now)
            bucket.left = min(limit, bucket.left + Double(max(0, now - bucket.at)) / 1e9 * limit)
            bucket.at = now
            let takes = bucket.left >= 1
            if takes { bucket.left -= 1 }
            if buckets.count > 10_000 { buckets.removeAll() }
            buckets[name] = bucket
            return takes
        }
    }
}

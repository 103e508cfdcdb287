/// The tokens that let clients in.
package protocol Tokens: Sendable {
    /// Oldest first.
    ///
    /// - Throws: when the store cannot be read, or holds what it cannot have written.
    func tokens() async throws(StoreError) -> [TokenEntry]
    /// Adds a token.
    ///
    /// - Returns: false, having changed nothing, when a token has the name already.
    /// - Throws: when the store cannot be written to.
    @discardableResult
    func add(_ token: TokenEntry) async throws(StoreError) -> Bool
    /// Deletes the token of a name.
    ///
    /// - Returns: false when there is none of this name.
    ///
    /// - Throws: when the store cannot be read or written to.
    func revoke(_ name: String) async throws(StoreError) -> Bool
}

/// What a token allows; each allows what stands before it, too.
package enum TokenScope: String, Sendable, Hashable, CaseIterable, Comparable {
    case read
    /// Starts, answers and cancels sessions.
    case run
    /// Creates, changes and deletes automations.
    case admin

    package static func < (left: TokenScope, right: TokenScope) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .read: 0
        case .run: 1
        case .admin: 2
        }
    }
}

/// A bearer token, of which only the SHA-256 is kept, as hexadecimal digits.
package struct TokenEntry: Sendable {
    package let name: String
    package let hash: String
    package let scope: TokenScope
    package let createdAt: Int64

    package init(name: String, hash: String, scope: TokenScope, createdAt: Int64) {
        self.name = name
        self.hash = hash
        self.scope = scope
        self.createdAt = createdAt
    }
}

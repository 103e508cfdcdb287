/// What a database, or the way to it, refused.
package struct DatabaseFailure: Error, Sendable {
    package enum Kind: Sendable, Hashable {
        /// The client library cannot be opened.
        case noLibrary
        /// The address cannot be read.
        case badAddress
        /// No connection could be made.
        case noConnection
        /// The connection broke: whether the last statement was done is not known.
        case broken
        /// The database answered with an error.
        case refused
    }

    package let kind: Kind
    /// The SQLSTATE; empty where the database said none.
    package let state: String
    /// The words of the library or the database, in one line. They hold no password.
    package let words: String
    /// The constraint that was hurt; empty without one.
    package let constraint: String
    /// Whether a password was asked for and there is none.
    package var lacksPassword = false

    package init(_ kind: Kind, _ words: String, state: String = "", constraint: String = "") {
        self.kind = kind
        self.words = words
        self.state = state
        self.constraint = constraint
    }

    /// Whether the same may do when it is tried again with another transaction: others were in the way.
    package var isOfOthers: Bool {
        switch state {
        // Serialization failure, deadlock, lock not available, and a key that another has just written.
        case "40001", "40P01", "55P03", "23505": true
        default: false
        }
    }

    /// Whether a statement that the server was to keep is not there or is there already, as behind somebody who gives each
    /// transaction another connection, or gives other columns than when it was prepared, as after a change of the tables.
    package var isOfPreparing: Bool {
        switch state {
        case "26000", "42P05", "0A000": true
        default: false
        }
    }

    /// Whether somebody between us and the server gives each statement another connection: then there are no transactions.
    package var isOfStatementPooling: Bool { words.contains("statement pooling") }

    /// Whether the connection is of no use any more, or the server only just starts or goes.
    package var isOfConnection: Bool {
        switch kind {
        case .noLibrary, .badAddress: return false
        case .noConnection: return !isFinal
        case .broken: return !isOfStatementPooling
        case .refused: break
        }
        // 25006 also comes from a primary that has become a replica meanwhile.
        return state.hasPrefix("08")
            || ["57P01", "57P02", "57P03", "53300", "25P03", "25006"].contains(state)
    }

    /// Whether no later try makes a connection either: nothing but the user can mend it.
    private var isFinal: Bool {
        if lacksPassword { return true }
        let final = [
            "password authentication failed", "authentication failed", "no pg_hba.conf entry",
            "could not translate host name", "does not exist", "permission denied for database",
            "no password supplied", "invalid ", "SSL", "certificate", "service file",
            "definition of service",
        ]
        let starts = words.contains("starting up") || words.contains("recovery")
        return !starts && final.contains { words.contains($0) }
    }
}

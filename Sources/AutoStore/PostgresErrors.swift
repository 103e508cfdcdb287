import AutoRuntime
import PostgreSQL
import Values

extension StoreError {
    /// One sentence about what the database refused, which says what to do.
    static func refused(_ failure: DatabaseFailure, _ address: PostgresAddress)
        -> StoreError
    {
        func words(_ store: String, _ said: String) -> String {
            failure.whatToDo(store, said)
                ?? "\(store) refused what was asked of it\(said): nothing was changed"
        }
        // What the database says may name machines and folders, which do not concern everybody.
        return StoreError(
            words("the store \(address.shown)", " (\(failure.words))"),
            publicly: words("the server's store", ""))
    }

    static func postgres(_ error: any Error, _ address: PostgresAddress) -> StoreError {
        switch error {
        case let error as StoreError: return error
        case let error as DatabaseFailure: return refused(error, address)
        case let error as JSONError:
            func words(_ store: String) -> String {
                "a record in \(store) is damaged (\(error.message)): it was left as it is"
            }
            return StoreError(words("the store \(address.shown)"), publicly: words("the server's store"))
        default:
            return StoreError("the store \(address.shown): \(error)", publicly: "the server's store failed")
        }
    }

    /// The connection broke while a change was committed, and it cannot be told whether it was.
    static func uncertain(_ address: PostgresAddress) -> StoreError {
        func words(_ store: String) -> String {
            "\(store) became another server while a change was written, so it is not known whether it was: "
                + "look at the records before it is done again"
        }
        return StoreError(words("the store \(address.shown)"), publicly: words("the server's store"))
    }
}

extension DatabaseFailure {
    /// What is wrong and what to do; nil for what is not known here.
    ///
    /// - Parameter said: what the database says, in brackets with a space in front; or nothing.
    fileprivate func whatToDo(_ store: String, _ said: String) -> String? {
        if isOfStatementPooling {
            return
                "\(store) is behind a pooler that lets nobody begin a transaction: set pool_mode = transaction or session there\(said)"
        }
        switch kind {
        case .noLibrary: return "\(store) needs PostgreSQL's client library: install libpq5\(said)"
        case .badAddress:
            return
                "\(store) cannot be read as an address: write it as postgres://USER@HOST:PORT/DATABASE, with % and two digits for what is special in urls"
        case .noConnection: return connectionWords(store, said)
        case .broken:
            return "the connection to \(store) broke and could not be made again: try again\(said)"
        case .refused: return refusalWords(store, said)
        }
    }

    private func connectionWords(_ store: String, _ said: String) -> String {
        if lacksPassword || words.contains("no password supplied") {
            return "\(store) asks for a password: put it into ~/.pgpass or the variable PGPASSWORD"
        }
        func has(_ text: String) -> Bool { words.contains(text) }
        if has("authentication failed") {
            return
                "\(store) refused the user or the password: check both, in ~/.pgpass or PGPASSWORD\(said)"
        }
        if has("database"), has("does not exist") {
            return
                "\(store): there is no such database: make it by createdb, or name another by --store\(said)"
        }
        if has("role"), has("does not exist") {
            return
                "\(store): there is no such user: make it by createuser, or name another in --store\(said)"
        }
        if has("could not translate host name") {
            return "\(store): there is no machine of this name: check the address of --store"
        }
        if has("pg_hba.conf") {
            return "\(store) lets nobody in from here: allow it in pg_hba.conf\(said)"
        }
        if has("not accepting connections") || has("starting up") {
            return
                "\(store) recovers, or is a replica that lets nobody in: wait until it has, or name the primary\(said)"
        }
        if let words = settingWords(store, said) { return words }
        if has("too many") {
            return "\(store) has no connection left: raise max_connections, or stop other clients\(said)"
        }
        return
            "\(store) cannot be reached: check that PostgreSQL runs there, and the address of --store\(said)"
    }

    /// What is wrong with what the address, a variable or a file says besides where the database is.
    private func settingWords(_ store: String, _ said: String) -> String? {
        func has(_ text: String) -> Bool { words.contains(text) }
        if has("definition of service") || has("service file") {
            return
                "\(store): there is no such service: write it into ~/.pg_service.conf, or name another\(said)"
        }
        if has("invalid ") {
            return
                "\(store) cannot be used with a setting of its address, or of a variable of PostgreSQL: correct it\(said)"
        }
        if has("does not support SSL") {
            return
                "\(store) speaks no TLS, and sslmode asks for it: turn it on by ssl in postgresql.conf, or leave sslmode out\(said)"
        }
        if has("certificate") || has("SSL") {
            return
                "\(store) and this machine do not agree on TLS: check sslmode, sslrootcert and the certificates\(said)"
        }
        return nil
    }

    private func refusalWords(_ store: String, _ said: String) -> String? {
        typealias Own = PostgresOpening.Own
        switch state {
        case Own.replica, "25006":
            return "\(store) is a replica or read-only, and cannot be written to: name the primary by --store"
        case Own.newer:
            return
                "\(store) was written by a newer autorun: it was left as it is; use that one, or name another by --store"
        case Own.older: return "\(store) is of an older autorun: bring it up to date by autorun store migrate"
        case Own.foreign:
            return
                "\(store): its schema autorun is no store of autorun: it was left as it is; name another database by --store"
        case Own.missing:
            return "\(store) does not exist yet: the first run makes it, or autorun store migrate"
        case "42501":
            return
                "\(store): its user may not do this: GRANT CREATE ON DATABASE to make the store, or ALL on the schema autorun and its tables\(said)"
        case "42P01", "42703", "3F000":
            return "\(store) lacks a part: bring it up to date by autorun store migrate\(said)"
        case "53100":
            return "the disk of \(store) is full: nothing more was recorded; make room and resume the session"
        case "53200": return "\(store) has no memory left: nothing was changed; try again\(said)"
        case "53300": return "\(store) has no connection left: raise max_connections, or stop other clients"
        case "40001", "40P01", "55P03":
            return "\(store) is used by too many at once: nothing was changed; try again"
        case "XX001", "XX002":
            return
                "\(store) is damaged: `autorun doctor` says what is wrong; restore it from a backup\(said)"
        default:
            return isOfConnection
                ? "\(store) does not answer: check that PostgreSQL runs, and try again\(said)" : nil
        }
    }
}

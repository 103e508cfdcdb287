import AutoRuntime
import Foundation
import GRDB
import Values

extension StoreError {
    static func writing(_ error: any Error, _ path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        if let error = damage(error, path) { return error }
        return told(error, path, by: writingMessage)
    }

    /// While a copy is made at a path, in which nothing is recorded yet.
    static func copying(_ error: any Error, _ path: String) -> StoreError {
        guard let database = error as? DatabaseError, database.resultCode == .SQLITE_FULL else {
            return writing(error, path)
        }
        return StoreError("the disk of \(path) is full: no copy was made; make room, or name another place")
    }

    static func reading(_ error: any Error, _ path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        if let error = damage(error, path) { return error }
        return told(error, path, by: readingMessage)
    }

    /// Nil for an error of another kind.
    private static func damage(_ error: any Error, _ path: String) -> StoreError? {
        switch error {
        case let error as DamagedColumn: damagedRecord(error.words, in: path)
        // The library's words hold the statement and the whole row.
        case is RowDecodingError:
            damagedRecord("a column holds something else than is written there", in: path)
        default: nil
        }
    }

    static func damaged(_ path: String) -> StoreError {
        told(DatabaseError(resultCode: .SQLITE_CORRUPT), path, by: readingMessage)
    }

    /// For what a store holds and cannot have written.
    static func damagedRecord(_ what: String, in store: String) -> StoreError {
        func words(_ store: String) -> String {
            "a record in \(store) is damaged (\(what)): it was left as it is"
        }
        return StoreError(words("the store \(store)"), publicly: words("the server's store"))
    }

    /// For a database of another program.
    static func foreign(_ path: String) -> StoreError {
        told(DatabaseError(resultCode: .SQLITE_NOTADB), path, by: readingMessage)
    }

    static func newer(_ path: String) -> StoreError {
        func words(_ store: String) -> String {
            "\(store) was written by a newer autorun: it was left as it is; use that one, or name another by --store"
        }
        return StoreError(words("the store \(path)"), publicly: words("the server's store"))
    }

    /// A session that has been deleted while it ran.
    static func gone(_ session: ID) -> StoreError {
        StoreError("the session \(session.text) is not in the store any more: nothing more is written of it")
    }

    static func several(_ beginning: String) -> StoreError {
        StoreError("several sessions begin with \(beginning): write more of the id")
    }

    /// A step that was to finish has been ended as FAILED.
    static func failedMeanwhile(_ session: ID) -> StoreError {
        let what = "the step has been ended as FAILED meanwhile"
        return StoreError("\(what): go on with that by autorun resume \(session.text)", publicly: what)
    }

    private static func told(
        _ error: any Error, _ path: String, by words: (any Error, _ store: String, _ path: String) -> String
    ) -> StoreError {
        StoreError(
            words(error, "the store \(path)", path), publicly: words(error, "the server's store", "its file"))
    }

    private static func writingMessage(_ error: any Error, _ store: String, _ path: String) -> String {
        guard let database = error as? DatabaseError else {
            return "cannot write to \(store): \(plain(error))"
        }
        switch database.resultCode {
        case .SQLITE_FULL:
            return "the disk of \(store) is full: nothing more was recorded; make room and resume the session"
        case .SQLITE_READONLY, .SQLITE_PERM:
            return "\(store) cannot be written to: check its permissions, or name another by --store"
        case .SQLITE_IOERR:
            return "the disk of \(store) failed while writing: nothing more was recorded"
        default: return readingMessage(error, store, path)
        }
    }

    private static func readingMessage(_ error: any Error, _ store: String, _ path: String) -> String {
        if let error = error as? JSONError {
            return "a record in \(store) is damaged (\(error.message)): it was left as it is"
        }
        guard let database = error as? DatabaseError else {
            return "cannot open \(store): \(plain(error))"
        }
        switch database.resultCode {
        case .SQLITE_NOTADB:
            return "\(path) is no store of autorun: it was left as it is; name another by --store"
        case .SQLITE_CORRUPT:
            return
                "\(store) is damaged: it was left as it is; `autorun doctor` says what is wrong; restore it from a backup, or name another by --store"
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
            return "\(store) is locked by another process for longer than 10 seconds: try again"
        case .SQLITE_IOERR:
            return "the disk of \(store) failed while reading: check the disk, or name another by --store"
        case .SQLITE_CANTOPEN:
            return
                "\(store) cannot be opened: check the folder and its permissions, or name another by --store"
        case .SQLITE_READONLY, .SQLITE_PERM:
            return "\(store) cannot be written to: check its permissions, or name another by --store"
        case .SQLITE_FULL:
            return "the disk of \(store) is full: make room, or name another by --store"
        default:
            return
                "\(store) does not hold what was expected of it: `autorun doctor` says what is wrong; name another by --store"
        }
    }

    private static func plain(_ error: any Error) -> String {
        let error = error as NSError
        // The system's own words, where Foundation has only a number for them.
        if let cause = (error.userInfo[NSUnderlyingErrorKey] as? any Error).map({ $0 as NSError }),
            cause.domain == NSPOSIXErrorDomain
        {
            return String(cString: strerror(Int32(cause.code)))
        }
        return error.userInfo[NSLocalizedFailureReasonErrorKey] as? String ?? error.localizedDescription
    }
}

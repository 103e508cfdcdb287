import AutoRuntime
import CEL
import Foundation
import GRDB

extension StoreError {
    static func writing(_ error: any Error, _ path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let database = error as? DatabaseError else {
            return StoreError("cannot write to the store \(path): \(plain(error))")
        }
        switch database.resultCode {
        case .SQLITE_FULL:
            return StoreError(
                "the disk of the store \(path) is full: nothing more was recorded; make room and resume the session"
            )
        case .SQLITE_READONLY, .SQLITE_PERM:
            return StoreError(
                "the store \(path) cannot be written to: check its permissions, or name another by --store")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StoreError(
                "the store \(path) is locked by another process for longer than 10 seconds: try again")
        case .SQLITE_IOERR:
            return StoreError(
                "the disk of the store \(path) failed while writing (\(database.message ?? "I/O error")): nothing more was recorded"
            )
        default: return reading(error, path)
        }
    }

    static func reading(_ error: any Error, _ path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        if let error = error as? JSONError {
            return StoreError(
                "a record in the store \(path) is damaged (\(error.message)): it was left as it is")
        }
        guard let database = error as? DatabaseError else {
            return StoreError("cannot open the store \(path): \(plain(error))")
        }
        switch database.resultCode {
        case .SQLITE_NOTADB:
            return StoreError("\(path) is no store of autorun: it was left as it is; name another by --store")
        case .SQLITE_CORRUPT:
            return StoreError(
                "the store \(path) is damaged: it was left as it is; restore it from a backup, or name another by --store"
            )
        case .SQLITE_CANTOPEN:
            return StoreError(
                "the store \(path) cannot be opened: check the folder and its permissions, or name another by --store"
            )
        case .SQLITE_READONLY, .SQLITE_PERM:
            return StoreError(
                "the store \(path) cannot be written to: check its permissions, or name another by --store")
        case .SQLITE_FULL:
            return StoreError("the disk of the store \(path) is full: make room, or name another by --store")
        default: return StoreError("the store \(path) answered: \(database.message ?? "an error")")
        }
    }

    private static func plain(_ error: any Error) -> String {
        let error = error as NSError
        return error.userInfo[NSLocalizedFailureReasonErrorKey] as? String ?? error.localizedDescription
    }
}

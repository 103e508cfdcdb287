#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The functions of PostgreSQL's client library, opened when the first connection is made: who never makes one
/// needs no such library, and waits for none.
struct LibPQ: Sendable {
    typealias Handle = OpaquePointer
    typealias Texts = UnsafePointer<UnsafePointer<CChar>?>
    typealias Values = UnsafePointer<UnsafePointer<CChar>?>

    let connect: @convention(c) (Texts, Texts, CInt) -> Handle?
    let finish: @convention(c) (Handle) -> Void
    let status: @convention(c) (Handle) -> CInt
    let errorMessage: @convention(c) (Handle) -> UnsafePointer<CChar>?
    let needsPassword: @convention(c) (Handle) -> CInt
    let serverVersion: @convention(c) (Handle) -> CInt
    let transactionStatus: @convention(c) (Handle) -> CInt
    let socket: @convention(c) (Handle) -> CInt
    let database: @convention(c) (Handle) -> UnsafePointer<CChar>?
    let user: @convention(c) (Handle) -> UnsafePointer<CChar>?
    let setNoticeReceiver:
        @convention(c) (Handle, NoticeReceiver?, UnsafeMutableRawPointer?) -> NoticeReceiver?
    let exec: @convention(c) (Handle, UnsafePointer<CChar>) -> Handle?
    let execParams:
        @convention(c) (
            Handle, UnsafePointer<CChar>, CInt, UnsafePointer<UInt32>?, Values?, UnsafePointer<CInt>?,
            UnsafePointer<CInt>?, CInt
        ) -> Handle?
    let prepare:
        @convention(c) (
            Handle, UnsafePointer<CChar>, UnsafePointer<CChar>, CInt, UnsafePointer<UInt32>?
        ) -> Handle?
    let execPrepared:
        @convention(c) (
            Handle, UnsafePointer<CChar>, CInt, Values?, UnsafePointer<CInt>?, UnsafePointer<CInt>?, CInt
        ) -> Handle?
    let resultStatus: @convention(c) (Handle) -> CInt
    let resultErrorField: @convention(c) (Handle, CInt) -> UnsafePointer<CChar>?
    let clear: @convention(c) (Handle) -> Void
    let rowCount: @convention(c) (Handle) -> CInt
    let columnCount: @convention(c) (Handle) -> CInt
    let columnName: @convention(c) (Handle, CInt) -> UnsafePointer<CChar>?
    let isNull: @convention(c) (Handle, CInt, CInt) -> CInt
    let value: @convention(c) (Handle, CInt, CInt) -> UnsafePointer<CChar>?
    let length: @convention(c) (Handle, CInt, CInt) -> CInt
    let changedRows: @convention(c) (Handle) -> UnsafePointer<CChar>?
    let consumeInput: @convention(c) (Handle) -> CInt
    let nextNotification: @convention(c) (Handle) -> UnsafeMutableRawPointer?
    let free: @convention(c) (UnsafeMutableRawPointer?) -> Void
    let parse:
        @convention(c) (UnsafePointer<CChar>, UnsafeMutableRawPointer)
            -> UnsafeMutableRawPointer?
    let freeOptions: @convention(c) (UnsafeMutableRawPointer) -> Void

    typealias NoticeReceiver = @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?) -> Void

    #if canImport(Glibc)
        private static let file = "libpq.so.5"
    #else
        private static let file = "libpq.5.dylib"
    #endif

    /// Opened once for the process; the library is never closed again.
    static let opened = Result<LibPQ, DatabaseFailure> { () throws(DatabaseFailure) in try LibPQ() }

    private init() throws(DatabaseFailure) {
        guard let library = dlopen(LibPQ.file, RTLD_NOW | RTLD_LOCAL) else {
            throw DatabaseFailure(
                .noLibrary, "PostgreSQL's client library is missing (\(LibPQ.file))")
        }
        func symbol<Function>(_ name: String) throws(DatabaseFailure) -> Function {
            guard let address = dlsym(library, name) else {
                throw DatabaseFailure(
                    .noLibrary, "PostgreSQL's client library is too old: it has no \(name)")
            }
            return unsafeBitCast(address, to: Function.self)
        }
        connect = try symbol("PQconnectdbParams")
        finish = try symbol("PQfinish")
        status = try symbol("PQstatus")
        errorMessage = try symbol("PQerrorMessage")
        needsPassword = try symbol("PQconnectionNeedsPassword")
        serverVersion = try symbol("PQserverVersion")
        transactionStatus = try symbol("PQtransactionStatus")
        socket = try symbol("PQsocket")
        database = try symbol("PQdb")
        user = try symbol("PQuser")
        setNoticeReceiver = try symbol("PQsetNoticeReceiver")
        exec = try symbol("PQexec")
        execParams = try symbol("PQexecParams")
        prepare = try symbol("PQprepare")
        execPrepared = try symbol("PQexecPrepared")
        resultStatus = try symbol("PQresultStatus")
        resultErrorField = try symbol("PQresultErrorField")
        clear = try symbol("PQclear")
        rowCount = try symbol("PQntuples")
        columnCount = try symbol("PQnfields")
        columnName = try symbol("PQfname")
        isNull = try symbol("PQgetisnull")
        value = try symbol("PQgetvalue")
        length = try symbol("PQgetlength")
        changedRows = try symbol("PQcmdTuples")
        consumeInput = try symbol("PQconsumeInput")
        nextNotification = try symbol("PQnotifies")
        free = try symbol("PQfreemem")
        parse = try symbol("PQconninfoParse")
        freeOptions = try symbol("PQconninfoFree")
    }
}

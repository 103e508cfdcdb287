import AutoChecker
import Diagnostics
import Programs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// libxml2's XPath compiler, loaded when there is an XPath to compile.
struct XPathCompiler {
    private typealias New = @convention(c) (OpaquePointer?) -> OpaquePointer?
    private typealias Free = @convention(c) (OpaquePointer) -> Void
    private typealias Compile = @convention(c) (OpaquePointer, UnsafePointer<CChar>) -> OpaquePointer?
    private typealias LastError = @convention(c) () -> UnsafeRawPointer?
    private typealias Handler = @convention(c) (UnsafeMutableRawPointer?, UnsafeRawPointer?) -> Void
    private typealias SetHandler = @convention(c) (UnsafeMutableRawPointer?, Handler?) -> Void
    private typealias Reset = @convention(c) () -> Void

    private let new: New
    private let freeContext: Free
    private let freeExpression: Free
    private let compile: Compile
    private let lastError: LastError
    private let reset: Reset

    /// Nil where libxml2 is not installed.
    init?() {
        guard let library = openLibrary(["libxml2.so.2", "libxml2.so", "libxml2.2.dylib"]),
            let new = dlsym(library, "xmlXPathNewContext"),
            let freeContext = dlsym(library, "xmlXPathFreeContext"),
            let compile = dlsym(library, "xmlXPathCtxtCompile"),
            let freeExpression = dlsym(library, "xmlXPathFreeCompExpr"),
            let lastError = dlsym(library, "xmlGetLastError"),
            let reset = dlsym(library, "xmlResetLastError"),
            let setHandler = dlsym(library, "xmlSetStructuredErrorFunc")
        else { return nil }
        self.new = unsafeBitCast(new, to: New.self)
        self.freeContext = unsafeBitCast(freeContext, to: Free.self)
        self.compile = unsafeBitCast(compile, to: Compile.self)
        self.freeExpression = unsafeBitCast(freeExpression, to: Free.self)
        self.lastError = unsafeBitCast(lastError, to: LastError.self)
        self.reset = unsafeBitCast(reset, to: Reset.self)
        // Else libxml2 writes its errors to standard error.
        unsafeBitCast(setHandler, to: SetHandler.self)(nil, { _, _ in })
    }

    /// In `xmlError`, part of libxml2's interface since 2.6: a pointer to the words at byte 8, the place in an XPath at 64.
    private static let messageOffset = 8
    private static let placeOffset = 64

    func problem(_ xpath: String) -> ProgramProblem? {
        guard let context = new(nil) else { return nil }
        defer { freeContext(context) }
        reset()
        if let compiled = compile(context, xpath) {
            freeExpression(compiled)
            return nil
        }
        var words = "it cannot be read"
        var offset = 0
        if let error = lastError() {
            if let message = error.load(fromByteOffset: Self.messageOffset, as: UnsafePointer<CChar>?.self) {
                words = String(cString: message).trimmed()
            }
            offset = Int(error.load(fromByteOffset: Self.placeOffset, as: Int32.self))
        }
        let place = min(max(0, offset), max(0, xpath.utf8.count - 1))
        return ProgramProblem(
            .badXPath, "this XPath does not compile: \(words.lowercased())", place..<place + 1)
    }
}

import AutoChecker
import Values
import WrittenJSON

/// Any text gives a value that can be written as JSON and read again, or none, with work in proportion to its length.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    let kind = DataType.record(
        [DataField("a", .list(.number)), DataField("b", .text, isOptional: true)], name: "")
    for type in [DataType.json, .int, .bool, .oneOf(["a", "b"]), kind] {
        guard let value = try? type.read(text, cut: .taken).value else { continue }
        precondition((try? JSON.parse(JSON.text(value))) != nil)
    }
    if let written = try? WrittenText(text) { precondition(written.steps <= 12 * size + 100_000) }
    return 0
}

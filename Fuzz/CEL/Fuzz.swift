import CEL
import Diagnostics
import Values

/// Every expression is refused or has a type, and its evaluation ends within its cost.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard size < 4_096,
        let text = String(validating: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    else { return 0 }
    guard let expression = try? parseExpression(SourceText(name: "fuzz", text: text)) else { return 0 }
    var typer = Typer(scope: TypeScope(type: { $0 == "x" ? .dyn : nil }, names: { ["x"] }))
    _ = typer.type(of: expression)
    let program = Program(expression, names: ["x": 0])
    let x = Value.record([("a", .list([.int(1), .string("b")])), ("b", .double(0.5))])
    if let value = try? program.evaluate(SlotValues([x])) {
        _ = JSON.text(value)
        _ = try? textOf(value)
        _ = TypedJSON.encode(value)
    }
    return 0
}

import CEL
import Testing
import Values

private func unpacked<Result: Packable>(_ bytes: [UInt8], as type: Result.Type) throws -> Result {
    var reader = PackedReader(bytes)
    let value = try reader.read(type)
    try #require(reader.isAtEnd)
    return value
}

/// The stored form of expressions.
@Suite(.timeLimit(.minutes(1))) struct ExpressionPackingTests {
    @Test(.timeLimit(.minutes(1)))
    func operatorsAreTheirSigns() {
        var writer = PackedWriter()
        writer.write(BinaryOperator.equal)
        #expect(writer.bytes == [2, 0x3D, 0x3D])
    }

    @Test(.timeLimit(.minutes(1)))
    func depthHasAnEnd() {
        // Calls `-(-(-…` of expressions.
        let minus = Array(repeatElement([7, 1, 0x2D] as [UInt8], count: 100_000).joined())
        #expect(throws: UnpackingError("it nests more than 1500 deep")) {
            try unpacked(minus, as: Expression.self)
        }
    }

    /// Variables that a macro does not bind would be read from nowhere.
    @Test(
        .timeLimit(.minutes(1)), arguments: [(MacroKind.bind, 2), (.map, 0), (.transformMap, 1), (.all, 3)])
    func macrosHaveTheirVariables(kind: MacroKind, count: Int) {
        var writer = PackedWriter()
        let nothing: [UInt8] = [0, 0, 0, 0]
        writer.write(kind)
        for byte in nothing { writer.write(byte) }
        writer.write(UInt64(count))
        for _ in 0..<count {
            writer.write("x")
            for byte in [0, 0] as [UInt8] { writer.write(byte) }
        }
        writer.write(false)
        for byte in nothing { writer.write(byte) }
        #expect(throws: UnpackingError("a macro `\(kind.rawValue)` has \(count) variables")) {
            try unpacked(writer.bytes, as: Macro.self)
        }
    }
}

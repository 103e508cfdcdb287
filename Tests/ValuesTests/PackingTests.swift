import Testing
import Values

private func packed(_ value: some Packable) -> [UInt8] {
    var writer = PackedWriter()
    writer.write(value)
    return writer.bytes
}

private func unpacked<Result: Packable>(_ bytes: [UInt8], as type: Result.Type) throws -> Result {
    var reader = PackedReader(bytes)
    let value = try reader.read(type)
    try #require(reader.isAtEnd)
    return value
}

@Suite(.timeLimit(.minutes(1))) struct PackingTests {
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [0, 1, -1, 63, 64, -64, -65, 127, 128, 1 << 40, Int64.max, Int64.min])
    func wholeNumbersComeBack(number: Int64) throws {
        #expect(try unpacked(packed(number), as: Int64.self) == number)
        let bits = UInt64(bitPattern: number)
        #expect(try unpacked(packed(bits), as: UInt64.self) == bits)
    }

    /// Everything of a value comes back: its type, its bits, the order of its keys, its code points.
    @Test(.timeLimit(.minutes(1)))
    func valuesComeBack() throws {
        let time = try #require(Timestamp(seconds: -1, nanoseconds: 7))
        let pause = try #require(Duration(seconds: -2, nanoseconds: -5))
        var map = MapValue(record: [("z", .int(1)), ("a", .list([]))])
        map[key: .int(2)] = .null
        let values: [Value] = [
            .null, .bool(true), .int(2), .uint(2), .double(2), .double(-0.0), .double(.infinity),
            .double(.nan), .string("e\u{301}"), .string("é"), .bytes([0, 255]), .list([.int(1), .double(1)]),
            .map(map), .timestamp(time), .duration(pause), .type("int"), .optional(nil),
            .optional(.optional(.int(1))),
        ]
        for value in values {
            let bytes = packed(value)
            let back = try unpacked(bytes, as: Value.self)
            // The bytes tell apart what `==` may not.
            #expect(packed(back) == bytes && back.typeName == value.typeName, "\(value)")
        }
    }

    /// The bytes of the first format, for ever: what a store holds was written by versions that are not there
    /// any more.
    @Test(.timeLimit(.minutes(1)))
    func bytesStayAsTheyAre() {
        #expect(packed(Int64(-3)) == [5])
        #expect(packed(UInt64(300)) == [0xAC, 0x02])
        #expect(packed("é") == [2, 0xC3, 0xA9])
        #expect(packed(1.5) == [0, 0, 0, 0, 0, 0, 0xF8, 0x3F])
        #expect(packed([true, false]) == [2, 1, 0])
        #expect(packed(String?.none) == [0])
        #expect(packed(Value.list([.null, .int(1), .string("a")])) == [7, 3, 0, 2, 2, 5, 1, 0x61])
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ([], "it ends too early"),
            ([5, 9, 0x61], "it ends too early"),
            ([5, 1, 0xFF], "a text is not UTF-8"),
            ([1, 2], "a bool is neither 0 nor 1"),
            ([99], "`99` stands for nothing that is known here"),
            ([3] + Array(repeating: 0xFF, count: 11), "a number has more than 64 bits"),
            ([7, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0], "it ends too early"),
            ([9, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "a timestamp is not within the years 1 to 9999"),
            ([10, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "a duration is longer than 10,000 years"),
        ] as [([UInt8], String)])
    func damagedBytesAreToldInWords(bytes: [UInt8], message: String) {
        #expect(throws: UnpackingError(message)) { try unpacked(bytes, as: Value.self) }
    }

    /// A list of one list of one list, on and on, must not use up the stack.
    @Test(.timeLimit(.minutes(1)))
    func depthHasAnEnd() {
        let bytes = Array(repeatElement([7, 1] as [UInt8], count: 1_000_000).joined())
        #expect(throws: UnpackingError("it nests more than 1500 deep")) {
            try unpacked(bytes, as: Value.self)
        }
    }
}

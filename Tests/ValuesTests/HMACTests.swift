import Testing
import Values

/// The cases of RFC 4231, and what else a key or a message may be.
@Suite(.timeLimit(.minutes(1))) struct HMACTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test(arguments: [
        (
            Array(repeating: UInt8(0x0B), count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            Array(repeating: UInt8(0xAA), count: 20), Array(repeating: UInt8(0xDD), count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        // A key that is longer than a block.
        (
            Array(repeating: UInt8(0xAA), count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ])
    func isThatOfTheStandard(key: [UInt8], message: [UInt8], expected: String) {
        #expect(hex(hmacSHA256(message, key: key)) == expected)
    }

    @Test func digestsAreComparedWhole() {
        #expect(isSameSecretly([1, 2, 3], [1, 2, 3]))
        #expect(!isSameSecretly([1, 2, 3], [1, 2, 4]) && !isSameSecretly([1, 2, 3], [0, 2, 3]))
        #expect(!isSameSecretly([1, 2, 3], [1, 2]) && !isSameSecretly([], [0]))
    }
}

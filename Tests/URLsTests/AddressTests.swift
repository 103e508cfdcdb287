import Testing
import URLs

@Suite(.timeLimit(.minutes(1))) struct AddressTests {
    @Test(arguments: [
        ([127, 0, 0, 1], AddressKind.privateAddress), ([10, 1, 2, 3], .privateAddress),
        ([172, 31, 0, 1], .privateAddress), ([172, 32, 0, 1], .publicAddress),
        ([192, 168, 1, 1], .privateAddress), ([169, 254, 169, 254], .linkLocal),
        ([100, 64, 0, 1], .privateAddress), ([0, 0, 0, 0], .privateAddress),
        ([224, 0, 0, 1], .privateAddress), ([8, 8, 8, 8], .publicAddress),
    ])
    func version4(bytes: [UInt8], kind: AddressKind) { #expect(AddressKind(bytes) == kind) }

    @Test(arguments: [
        ("00000000000000000000000000000001", AddressKind.privateAddress),
        ("00000000000000000000ffff7f000001", .privateAddress),
        ("00000000000000000000ffffa9fea9fe", .linkLocal), ("0064ff9b0000000000000000a9fea9fe", .linkLocal),
        ("20020a000001000000000000000000ff", .privateAddress),
        ("fe800000000000000000000000000001", .linkLocal),
        ("fd00000000000000000000000000beef", .privateAddress),
        ("fd000ec2000000000000000000000254", .metadata),
        ("26064700000000000000000000001111", .publicAddress),
        ("ff020000000000000000000000000001", .privateAddress),
    ])
    func version6(text: String, kind: AddressKind) {
        let digits = Array(text)
        let bytes = stride(from: 0, to: 32, by: 2).compactMap {
            UInt8(String(digits[$0..<($0 + 2)]), radix: 16)
        }
        #expect(AddressKind(bytes) == kind)
    }
}

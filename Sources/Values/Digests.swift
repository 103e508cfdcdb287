/// SHA-1 of a message, 20 bytes (FIPS 180-4). Version 5 of UUIDs is defined by it (RFC 9562); it protects nothing.
func sha1(_ message: [UInt8]) -> [UInt8] {
    digest(message, from: [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]) { state, block in
        var words = block
        for index in 16..<80 {
            words.append(
                (words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]).turned(31))
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for index in 0..<80 {
            let (f, k): (UInt32, UInt32) =
                switch index / 20 {
                case 0: (b & c | ~b & d, 0x5A82_7999)
                case 1: (b ^ c ^ d, 0x6ED9_EBA1)
                case 2: (b & c | b & d | c & d, 0x8F1B_BCDC)
                default: (b ^ c ^ d, 0xCA62_C1D6)
                }
            let next = a.turned(27) &+ f &+ e &+ k &+ words[index]
            (e, d, c, b, a) = (d, c, b.turned(2), a, next)
        }
        return [a, b, c, d, e]
    }
}

/// SHA-256 of a message, 32 bytes (FIPS 180-4).
///
/// It stands here because a library for this one function is a fifth of all files that a first build compiles. The tests
/// compare it with the standard's examples and with Python's.
package func sha256(_ message: [UInt8]) -> [UInt8] {
    digest(message, from: firstState) { state, block in
        var words = block
        for index in 16..<64 {
            let (early, late) = (words[index - 15], words[index - 2])
            words.append(
                words[index - 16] &+ (early.turned(7) ^ early.turned(18) ^ early >> 3) &+ words[index - 7]
                    &+ (late.turned(17) ^ late.turned(19) ^ late >> 10))
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let chosen = (e.turned(6) ^ e.turned(11) ^ e.turned(25)) &+ (e & f ^ ~e & g)
            let first = h &+ chosen &+ roundConstants[index] &+ words[index]
            let second = (a.turned(2) ^ a.turned(13) ^ a.turned(22)) &+ (a & b ^ a & c ^ b & c)
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        return [a, b, c, d, e, f, g, h]
    }
}

/// The HMAC of a message by SHA-256, 32 bytes (RFC 2104).
package func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    var block = key.count > 64 ? sha256(key) : key
    block += Array(repeating: 0, count: 64 - block.count)
    return sha256(block.map { $0 ^ 0x5C } + sha256(block.map { $0 ^ 0x36 } + message))
}

/// Whether two digests are the same; how long that takes tells nothing of where they differ.
package func isSameSecretly(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for (one, other) in zip(left, right) { difference |= one ^ other }
    return difference == 0
}

/// Adds to the state what a round function makes of each block of 16 words; the words of the end are the digest.
private func digest(
    _ message: [UInt8], from start: [UInt32], round: (_ state: [UInt32], _ block: [UInt32]) -> [UInt32]
) -> [UInt8] {
    var padded = message + [0x80]
    while padded.count % 64 != 56 { padded.append(0) }
    let bits = UInt64(message.count) * 8
    for shift in stride(from: 56, through: 0, by: -8) { padded.append(UInt8(bits >> UInt64(shift) & 255)) }
    var state = start
    for start in stride(from: 0, to: padded.count, by: 64) {
        let block = (0..<16).map { word in
            padded[(start + 4 * word)..<(start + 4 * word + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for (index, value) in round(state, block).enumerated() { state[index] = state[index] &+ value }
    }
    return state.flatMap { word in (0..<4).map { UInt8(word >> UInt32(24 - 8 * $0) & 255) } }
}

extension UInt32 {
    /// Turned right by so many bits.
    fileprivate func turned(_ bits: UInt32) -> UInt32 { self >> bits | self << (32 - bits) }
}

/// The first 32 bits of the fractions of the square roots of the first eight primes.
private let firstState: [UInt32] = [
    0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A,
    0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
]

/// The first 32 bits of the fractions of the cube roots of the first 64 primes.
private let roundConstants: [UInt32] = [
    0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4, 0xAB1C_5ED5,
    0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174,
    0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA,
    0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967,
    0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85,
    0xA2BF_E8A1, 0xA81A_664B, 0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070,
    0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
    0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2,
]

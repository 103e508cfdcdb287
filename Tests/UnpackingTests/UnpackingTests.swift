import Foundation
import Processes
import Programs
import Testing
import Unpacking

/// Bodies as servers pack them, whole, cut, damaged, and made to burst.
@Suite(.timeLimit(.minutes(1))) struct UnpackingTests {
    private static let text = Array(String(repeating: "Grüße an alle. ", count: 40).utf8)

    /// The text, packed by other tools than ours.
    private static let packed: [(codings: [ContentCoding], body: String)] = [
        ([.gzip], "H4sIAAAAAAACA3MvOrzn8PxUhcQ8hcScnFQ9BfdRgVGBwScAANC3Nd+oAgAA"),
        ([.deflate], "eNpzLzq85/D8VIXEPIXEnJxUPQX3UYFRgcEnAACzzBcg"),
        // Bare deflate, which some servers send by the same name.
        ([.deflate], "cy86vOfw/FSFxDyFxJycVD0F91GBUYHBJwAA"),
        ([.brotli], "G6cC+J0HdsOHUPN+e8QxbK2OhhukjM1NffJmmItcNBggHMUnRhk="),
        ([.zstd], "KLUv/WSoAcUAAIhHcsO8w59lIGFuIGFsbGUuIAEAKVE1l3VCoCc="),
        (
            [.gzip, .brotli],
            "CxaAH4sIAAAAAAACA3MvOrzn8PxUhcQ8hcScnFQ9BfdRgVGBwScAANC3Nd+oAgAAAw=="
        ),
    ]

    private func bytes(_ base64: String) throws -> [UInt8] {
        Array(try #require(Data(base64Encoded: base64)))
    }

    /// What is wrong with a body; nil where it can be unpacked.
    private func problem(_ body: [UInt8], _ codings: [ContentCoding]) -> String? {
        do throws(ProgramError) {
            _ = try unpacked(body, codings, limit: 1 << 20)
            return nil
        } catch {
            return error.message
        }
    }

    @Test(arguments: packed.indices) func wholeBodiesAreUnpacked(_ number: Int) throws {
        let (codings, base64) = Self.packed[number]
        #expect(try unpacked(bytes(base64), codings, limit: 1 << 20) == .whole(Self.text))
        // The limit is that of the text itself.
        #expect(try unpacked(bytes(base64), codings, limit: Self.text.count) == .whole(Self.text))
        #expect(try unpacked(bytes(base64), codings, limit: Self.text.count - 1) == .tooLarge)
    }

    /// A part is never taken for the whole: wherever a body is cut, that is told.
    @Test(arguments: packed.indices) func cutBodiesAreRefused(_ number: Int) throws {
        let (codings, base64) = Self.packed[number]
        let body = try bytes(base64)
        for count in 1..<body.count {
            let words = try #require(problem(Array(body[..<count]), codings), "cut behind \(count) bytes")
            #expect(words.hasPrefix("the body is "), "\(words)")
        }
    }

    @Test(arguments: ContentCoding.allCases) func whatIsNotPackedIsRefused(_ coding: ContentCoding) {
        let words = problem(Array("<html>It is said to be packed.</html>".utf8), [coding])
        #expect(words?.contains("`\(coding.rawValue)`") == true, "\(words ?? "nothing")")
    }

    /// An answer to HEAD says how its body would be packed, and has none.
    @Test(arguments: ContentCoding.allCases) func noBodyIsNoBody(_ coding: ContentCoding) throws {
        #expect(try unpacked([], [coding], limit: 10) == .whole([]))
    }

    /// Each becomes 3 MB of zeros.
    @Test(arguments: [
        ([ContentCoding.brotli], "m///L/gnAOKxQCD3/gU="),
        (
            [.zstd],
            "KLUv/aAAADAATAAACAABAPz/ORACAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAIAEAACABAAAgAQAAMAEAA="
        ),
        (
            [.gzip, .gzip],
            "H4sIAAAAAAACA5Pv5mAAASbmtwcZeYGMQwu+++fymS9gGAWjYBSMglEwCkbBKBgFo2AUDDuwj/eYf1ElA4MBAwC9ii/yCwwAAA=="
        ),
    ]) func bombsAreNotUnpacked(_ codings: [ContentCoding], _ base64: String) throws {
        #expect(try unpacked(bytes(base64), codings, limit: 1 << 20) == .tooLarge)
        #expect(
            try unpacked(bytes(base64), codings, limit: 4 << 20)
                == .whole(Array(repeating: 0, count: 3 << 20)))
    }

    @Test func membersOfGzipAreOneBody() throws {
        let member = try bytes(Self.packed[0].body)
        #expect(try unpacked(member + member, [.gzip], limit: 1 << 20) == .whole(Self.text + Self.text))
        #expect(try unpacked(member + [0, 0, 0], [.gzip], limit: 1 << 20) == .whole(Self.text))
        let frame = try bytes(Self.packed[4].body)
        #expect(try unpacked(frame + frame, [.zstd], limit: 1 << 20) == .whole(Self.text + Self.text))
        #expect(try unpacked(frame + Array("junk".utf8), [.zstd], limit: 1 << 20) == .whole(Self.text))
    }
}

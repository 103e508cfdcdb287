import AutoRuntime
import AutoStore
import Testing

/// What every store promises of pages that `cache: true` keeps.
@Suite(.timeLimit(.minutes(1))) struct ConformancePageTests {
    private func page(_ time: Int64, bytes: Int = 3) -> KeptPage {
        KeptPage(
            status: 200,
            headers: [
                .init(name: "etag", text: "\"é\""), .init(name: "vary", text: ""),
                .init(name: "vary", text: "a"),
            ],
            body: [0, 0xFF, 0x80] + [UInt8](repeating: 1, count: max(0, bytes - 3)),
            url: "https://example.org/a#b", time: time)
    }

    @Test(arguments: StoreKind.allCases) func pagesAreKeptAsTheyCame(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        #expect(try await store.keptPage("a/page/1") == nil)
        try await store.keep(page(10), for: "a/page/1")
        try await store.keep(page(11), for: "a/page/2")
        try await store.keep(page(12), for: "a/page/1")
        let other = try await bench.open(as: Bench.other)
        #expect(try await other.keptPage("a/page/1") == page(12))
        #expect(try await other.keptPage("a/page/2") == page(11))
        try await other.keep(nil, for: "a/page/2")
        try await other.keep(nil, for: "a/page/3")
        #expect(try await store.keptPage("a/page/2") == nil)
        #expect(try await store.keptPage("a/page/1") == page(12))
    }

    @Test(arguments: StoreKind.allCases) func oldOnesArePruned(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        for time in [10, 20] as [Int64] { try await store.keep(page(time), for: "\(time)") }
        #expect(try await store.prune(before: 20) == 0, "pages are no sessions")
        #expect(try await store.keptPage("10") == nil)
        #expect(try await store.keptPage("20") == page(20))
    }

    /// All together they take no more than so many bytes: the oldest go.
    @Test(arguments: StoreKind.allCases) func allTogetherAreBounded(_ kind: StoreKind) async throws {
        let bench = Bench(kind)
        defer { bench.clean() }
        let store = try await bench.open()
        let count = KeptPage.mostBytesOfAll / KeptPage.mostBytes
        for number in 0...count {
            try await store.keep(page(Int64(number), bytes: KeptPage.mostBytes), for: "\(number)")
        }
        #expect(try await store.keptPage("0") == nil)
        #expect(try await store.keptPage("1") != nil)
        #expect(try await store.keptPage("\(count)") != nil)
    }
}

/// A page that a step with `cache: true` read, as its server gave it.
package struct KeptPage: Sendable, Hashable {
    package let status: Int
    /// Names in lower case, in their order; without those that are meant for one exchange only.
    package let headers: [Header]
    package let body: [UInt8]
    /// The url that answered, after redirects.
    package let url: String
    /// When it came, or was last found to be the same, in seconds since 1970.
    package let time: Int64

    /// A header of an answer.
    package struct Header: Sendable, Hashable {
        package let name: String
        package let text: String

        package init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// Larger pages are not kept.
    package static let mostBytes = 8 << 20
    /// A store keeps so many bytes of pages, the newest ones.
    package static let mostBytesOfAll = 256 << 20

    package init(status: Int, headers: [Header], body: [UInt8], url: String, time: Int64) {
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
        self.time = time
    }
}

/// Where a step keeps the page that it reads, so that the next run need not fetch it again.
package struct PageShelf: Sendable {
    private let store: any Journal
    private let key: String

    /// - Parameter key: what tells this page from all others: the automation, the step and its rendered prompt.
    init(_ store: any Journal, key: String) {
        self.store = store
        self.key = key
    }

    /// The page that was kept; nil where there is none, or where the store does not give it: then the page is
    /// fetched, and the store says what it lacks when the step's record is written.
    package func page() async -> KeptPage? { try? await store.keptPage(key) }

    /// Keeps a page, or, where it is nil, what was kept no longer.
    package func keep(_ page: KeptPage?) async { try? await store.keep(page, for: key) }
}

/// What a server's robots.txt says to us.
package enum RobotsFile: Sendable {
    case rules(RobotsRules)
    /// There is none, so that everything may be fetched.
    case none
    /// It could not be read, so that nothing may be fetched; the words say why.
    case unknown(String, since: Int64)

    /// A file that could not be read is asked for again after so many seconds.
    private static let patience: Int64 = 30

    /// - Parameter now: seconds since 1970.
    func isFresh(now: Int64) -> Bool {
        switch self {
        case .rules, .none: true
        case .unknown(_, let since): now < since + RobotsFile.patience
        }
    }

    /// - Parameter answer: what the server gave for `/robots.txt`.
    /// - Parameter product: what our User-Agent begins with.
    /// - Parameter now: seconds since 1970.
    package init(_ answer: HTTPResponse, for product: String, now: Int64) {
        switch answer.status {
        case 200..<300: self = .rules(RobotsRules(answer.body, for: product))
        case 300..<500: self = .none
        default: self = .unknown("the server answered \(answer.status) for it", since: now)
        }
    }
}

/// The rules of a robots.txt for one robot, by RFC 9309.
package struct RobotsRules: Sendable {
    /// A line that lets us in or keeps us out.
    package struct Rule: Sendable, Hashable {
        package let allows: Bool
        /// The pattern as it stands in the file.
        package let pattern: String
        /// The line of the file, counted from 1.
        package let line: Int
        fileprivate let matcher: PathPattern
    }

    /// So many bytes of a file are read; what stands behind them does not count.
    package static let limit = 500 << 10

    private var rules: [Rule] = []
    /// Seconds between two requests that the server asks for; nil where it does not.
    package private(set) var delay: Double?
    /// The name in the file that means us: our own, or `*`.
    package private(set) var agent = "*"

    /// - Parameter product: what our User-Agent begins with, such as `autorun`.
    package init(_ file: [UInt8], for product: String) {
        let groups = RobotsGroups(file.prefix(RobotsRules.limit))
        let named = groups.lines(of: product)
        if named != nil { agent = product }
        for line in named ?? groups.lines(of: "*") ?? [] {
            switch line.key {
            case "allow", "disallow":
                guard !line.value.isEmpty else { continue }
                rules.append(
                    Rule(
                        allows: line.key == "allow", pattern: line.value, line: line.number,
                        matcher: PathPattern(line.value)))
            case "crawl-delay":
                if let seconds = Double(line.value), seconds.isFinite, seconds >= 0 { delay = seconds }
            default: continue
            }
        }
    }

    /// The rule that keeps us from a path; nil where it may be fetched.
    ///
    /// The longest pattern that fits counts; of two that are equally long, the one that lets us in.
    ///
    /// - Parameter target: the path and the query, as a request has them.
    package func refusal(of target: String) -> Rule? {
        guard target != "/robots.txt" else { return nil }
        let path = normalised(Array(target.utf8), isPattern: false)
        var best: Rule?
        for rule in rules where rule.matcher.fits(path) {
            let (length, longest) = (rule.matcher.length, best?.matcher.length ?? -1)
            if length > longest || (length == longest && rule.allows) { best = rule }
        }
        return best.flatMap { $0.allows ? nil : $0 }
    }
}

/// The groups of a robots.txt.
private struct RobotsGroups {
    struct Line {
        /// In small letters.
        let key: String
        let value: String
        let number: Int
    }

    /// The lines for each robot, by its name in small letters.
    private var lines: [String: [Line]] = [:]

    init(_ file: ArraySlice<UInt8>) {
        var agents: [String] = []
        var namesAgents = false
        for line in RobotsGroups.lines(in: file) {
            if line.key == "user-agent" {
                if !namesAgents { agents = [] }
                namesAgents = true
                let name = RobotsGroups.product(line.value)
                agents.append(name)
                lines[name] = lines[name] ?? []
            } else if ["allow", "disallow", "crawl-delay"].contains(line.key) {
                namesAgents = false
                for agent in Set(agents) { lines[agent, default: []].append(line) }
            }
        }
    }

    /// The lines of all groups for a robot; nil where there is no group.
    func lines(of agent: String) -> [Line]? { lines[agent.lowercased()] }

    /// `Bot/1.0` names the same robot as `Bot` does.
    private static func product(_ name: String) -> String {
        name.hasPrefix("*") ? "*" : String(name.prefix { $0 != "/" && $0 != " " }).lowercased()
    }

    private static func lines(in file: ArraySlice<UInt8>) -> [Line] {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        var rest = file.starts(with: mark) ? file.dropFirst(mark.count) : file
        var found: [Line] = []
        var number = 0
        while !rest.isEmpty {
            number += 1
            let written = rest.prefix { $0 != 0x0A && $0 != 0x0D }
            rest = rest[written.endIndex...]
            rest = rest.dropFirst(rest.starts(with: [0x0D, 0x0A]) ? 2 : 1)
            let text = written.prefix { $0 != UInt8(ascii: "#") }
            guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { continue }
            found.append(
                Line(
                    key: trimmed(text[..<colon]).lowercased(), value: trimmed(text[(colon + 1)...]),
                    number: number))
        }
        return found
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let end = bytes.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? bytes.startIndex
        return String(decoding: bytes[..<end].drop(while: isBlank), as: UTF8.self)
    }
}

import CommandEnd
import Diagnostics
import Foundation
import Logging
import Values

/// Log lines on standard error: words for a terminal, else a JSON object a line.
struct LogLines: LogHandler {
    var metadata = Logger.Metadata()
    var metadataProvider: Logger.MetadataProvider?
    var logLevel = Logger.Level.info
    let isForPeople: Bool

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let time = Date().formatted(.iso8601)
        let pairs = all.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
        let line: String
        if isForPeople {
            let words = pairs.filter { $0.0 != "hb.request.id" }.map { " \($0.0)=\(safe($0.1))" }.joined()
            line = "\(time) \(event.level.rawValue): \(safe("\(event.message)"))\(words)"
        } else {
            line = JSON.text(
                .record(
                    [
                        ("time", .string(time)), ("level", .string(event.level.rawValue)),
                        ("message", .string("\(event.message)")),
                    ] + pairs.map { ($0.0, .string($0.1)) }))
        }
        printError(line)
    }
}

package import CEL

/// What a file holds, by the ending of its name.
package enum FileForm: Sendable, Hashable {
    /// A table with the names of its columns in the first line: a list of records of texts.
    case csv
    /// The same, with tabs between the columns.
    case tsv
    case json
    /// JSON, a value a line.
    case jsonLines
    case toml
    case xml
    case yaml
    /// Anything else.
    case text

    package init(ofName name: String) {
        switch FileForm.ending(of: name) {
        case "csv": self = .csv
        case "tsv": self = .tsv
        case "json": self = .json
        case "jsonl", "ndjson": self = .jsonLines
        case "toml": self = .toml
        case "xml": self = .xml
        case "yaml", "yml": self = .yaml
        default: self = .text
        }
    }

    /// The ending of a name, in small letters and without its point; empty where it has none.
    package static func ending(of name: String) -> String {
        let last = name.split(separator: "/").last ?? ""
        guard let point = last.lastIndex(of: "."), point != last.startIndex else { return "" }
        return last[last.index(after: point)...].lowercased()
    }

    /// The type of what such a file is read as.
    package var type: Type {
        switch self {
        case .csv, .tsv: .list(.map(.string, .string))
        case .text: .string
        case .jsonLines: .list(.dyn)
        case .json, .toml, .xml, .yaml: .dyn
        }
    }

    /// How a sentence names it, for example `JSON`.
    package var name: String {
        switch self {
        case .csv: "CSV"
        case .tsv: "TSV"
        case .json: "JSON"
        case .jsonLines: "JSON Lines"
        case .toml: "TOML"
        case .xml: "XML"
        case .yaml: "YAML"
        case .text: "text"
        }
    }
}

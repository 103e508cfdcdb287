import AutoChecker
import Computing
import Values
import WrittenJSON

// Reads lines of JSON, `{"text": …, "type": …, "times": …}`, and answers each with a line: `{"value": …, "seconds": …}`,
// where the text gives a value of the type, else `{"refused": …, "seconds": …}`. The seconds are those of one reading.

/// The type that a value names: `["list", ["int"]]`, `["record", [["name", ["text"], false]]]`.
func type(_ written: Value) -> DataType {
    let parts = written.asList ?? []
    let inner = parts.count > 1 ? parts[1] : .null
    switch parts.first?.asText {
    case "text": return .text
    case "int": return .int
    case "number": return .number
    case "bool": return .bool
    case "list": return .list(type(inner))
    case "oneOf": return .oneOf((inner.asList ?? []).compactMap(\.asText))
    case "record":
        let fields = (inner.asList ?? []).compactMap(\.asList).map { field in
            DataField(field[0].asText ?? "", type(field[1]), isOptional: field[2].asBool ?? false)
        }
        return .record(fields, name: "")
    default: return .json
    }
}

while let line = readLine() {
    guard let question = try? JSON.parse(line).asMap, let text = question["text"]?.asText else { continue }
    let wanted = type(question["type"] ?? .null)
    let times = question["times"]?.asInt ?? 1
    var answer: [(String, Value)] = []
    let began = monotonicNow()
    for _ in 0..<times {
        do throws(NoAnswer) {
            answer = [("value", try wanted.read(text, cut: .taken).value)]
        } catch {
            answer = [("refused", .string("\(error)"))]
        }
    }
    let seconds = Double(monotonicNow() - began) / 1e9 / Double(times)
    // A large value is not what is asked for.
    if text.utf8.count > 100_000 { answer = [("value", .null)] }
    print(JSON.text(.record(answer + [("seconds", .double(seconds))])))
}

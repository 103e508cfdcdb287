import Values

/// What import takes, for who gave it something else.
package let readByImport = "import reads only what `autorun export` and GET /automations give"

/// Why a file of another tool for automations is none of the API's JSON; nil for what is none that is known.
func foreignAutomation(_ map: MapValue) -> ImportError? {
    guard map["current_version"] == nil else { return nil }
    let tools: [(name: String, keys: [String])] = [
        ("an n8n workflow", ["nodes", "connections"]),
        ("a state machine of AWS Step Functions", ["StartAt", "States"]),
        ("a Dify app", ["app", "workflow"]),
    ]
    guard let tool = tools.first(where: { $0.keys.allSatisfy { map[$0] != nil } }) else { return nil }
    let keys = tool.keys.map { "`\($0)`" }.joined(separator: ", ")
    return ImportError(path: "", message: "this is \(tool.name) (\(keys)); \(readByImport)")
}

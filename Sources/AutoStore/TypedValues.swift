import AutoRuntime
import GRDB
import Values

/// Rewrites what older versions stored. They kept inputs and prompts as plain JSON, and a result twice: as a
/// record shows it, and, where that was no text, in the mapping of `cel.expr.Value` besides. After this
/// migration each stands once, as `KeptJSON`.
///
/// What an older version has made plain stays so. What cannot be read is left as it is, for `doctor` to tell.
func keepTypedValues(_ database: Database) throws {
    let sessions = try Row.fetchAll(database, sql: "SELECT id, inputs FROM session")
    for session in sessions {
        guard let id = session.text("id") else { continue }
        if let inputs = session.text("inputs").flatMap(rewritten(plain:)) {
            try database.execute(sql: "UPDATE session SET inputs = ? WHERE id = ?", arguments: [inputs, id])
        }
        // A session at a time: what all have recorded may be more than the memory holds.
        let steps = try Row.fetchAll(
            database, sql: "SELECT ordinal, prompt, result, typed_result FROM step WHERE session_id = ?",
            arguments: [id])
        for step in steps {
            guard let ordinal = try? step.value("ordinal") as Int else { continue }
            let prompt = step.text("prompt")
            let result = kept(text: step.text("result"), typed: step.text("typed_result"))
            let newPrompt = prompt.flatMap(rewritten(plain:))
            guard result != nil || newPrompt != nil else { continue }
            try database.execute(
                sql: "UPDATE step SET prompt = ?, result = ? WHERE session_id = ? AND ordinal = ?",
                arguments: [newPrompt ?? prompt, result, id, ordinal])
        }
    }
    for row in try Row.fetchAll(database, sql: "SELECT key, value FROM cache") {
        guard let key = row.text("key") else { continue }
        if let typed = row.text("value").flatMap(typedValue) {
            try database.execute(
                sql: "UPDATE cache SET value = ? WHERE key = ?", arguments: [KeptJSON.text(typed), key])
        } else {
            try database.execute(sql: "DELETE FROM cache WHERE key = ?", arguments: [key])
        }
    }
    try database.execute(sql: "ALTER TABLE step DROP COLUMN typed_result")
}

/// Plain JSON as it is kept from now on; nil for what stays as it is.
private func rewritten(plain text: String) -> String? {
    guard text.contains("\"$"), let value = try? JSON.parse(text) else { return nil }
    let kept = KeptJSON.text(value)
    return kept == text ? nil : kept
}

private func kept(text: String?, typed: String?) -> String? {
    guard let text else { return nil }
    guard let typed else { return KeptJSON.text(.string(text)) }
    // Deep values could be written by that mapping, and not be read any more; what a record shows of them
    // can.
    guard let value = typedValue(typed) ?? (try? JSON.parse(text)) else { return typed }
    return KeptJSON.text(value)
}

private func typedValue(_ text: String) -> Value? {
    guard let json = try? JSON.parse(text) else { return nil }
    return try? TypedJSON.decode(json)
}

import AutoChecker
import AutoRuntime
import Diagnostics
import HTTPTypes
import Hummingbird
import Values

extension API {
    func checkIsOurs(_ entry: AutomationEntry) throws(Refusal) {
        guard entry.automation.path.isEmpty else {
            throw Refusal(
                .conflict, "this automation is read from a file: change the file, and it is loaded anew")
        }
    }

    /// Checks and keeps what a request brings.
    func put(_ call: Call, id: ID) async throws -> AutomationEntry {
        let isText = call.request.headers[.contentType]?.lowercased().hasPrefix("text/x-auto") == true
        let text: String
        var json: Value?
        var ids: [String: ID] = [:]
        if isText {
            guard let given = String(validating: call.body, as: UTF8.self) else {
                throw Refusal(.unprocessableContent, at: ["body"], "utf8_invalid", "the text is not UTF-8")
            }
            text = given
        } else {
            let value = try call.json()
            json = value
            let automation: ImportedAutomation
            do throws(ImportError) { automation = try imported(value) } catch {
                let item = Refusal.item(placeParts(error.path), "automation_invalid", error.message)
                throw Refusal(.unprocessableContent, items: [item])
            }
            if let lost = lostTransition(value) {
                throw Refusal(
                    .unprocessableContent,
                    items: [Refusal.item(placeParts(lost.path), "automation_invalid", lost.words)])
            }
            text = automation.text
            ids = givenIDs(automation)
        }
        let source = SourceText(name: "automation.auto", text: text)
        let result = try await versions.check(source, try await others(than: id, namedIn: source))
        // What is found wrong may quote what equals a secret.
        versions.hide(result.secrets)
        guard let automation = result.automation else {
            throw Refusal.findings(result.findings, in: source, madeOf: json)
        }
        let now = parts.clock.now() / 1_000_000_000
        let infos = automation.stepInfos(automationID: id, fileTime: now).map { info in
            StepInfo(
                id: ids[info.name] ?? info.id, name: info.name, type: info.type, template: info.template,
                createdAt: info.createdAt, updatedAt: info.updatedAt)
        }
        let entry = try await store.put(
            StoredAutomation(automation, id: id, path: "", stepInfos: infos))
        versions.add(ReadyVersion(entry.automation, automation))
        return entry
    }

    /// Ids that a client has given to its steps are theirs, where they are UUIDs, each once.
    private func givenIDs(_ automation: ImportedAutomation) -> [String: ID] {
        let ids = automation.stepIDs.compactMapValues { ID($0) }
        return Set(ids.values).count == ids.count ? ids : [:]
    }

    /// `current_version.steps[2].name` as the parts of a place, from the body on.
    private func placeParts(_ path: String) -> [Value] {
        var place = [Value.string("body")]
        for part in path.split(separator: ".") {
            guard part.hasSuffix("]"), let bracket = part.lastIndex(of: "["),
                let number = Int64(part[part.index(after: bracket)...].dropLast())
            else {
                place.append(.string(String(part)))
                continue
            }
            place += [.string(String(part[..<bracket])), .int(number)]
        }
        return place
    }
}

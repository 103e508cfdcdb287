import AutoRuntime
import AutoSyntax
import Values

/// The steps of an automation as a store keeps them: a JSON array.
enum StepInfoText {
    static func text(of infos: [StepInfo]) -> String {
        let list = infos.map { info -> Value in
            .record([
                ("id", .string(info.id.text)), ("name", .string(info.name)),
                ("type", .string(info.type.rawValue)), ("template", info.template),
                ("created_at", .int(info.createdAt)), ("updated_at", .int(info.updatedAt)),
            ])
        }
        return JSON.text(.list(list))
    }

    /// Nil for what holds something else.
    static func infos(_ text: String) throws(JSONError) -> [StepInfo]? {
        var infos: [StepInfo] = []
        for value in try JSON.parse(text).asList ?? [] {
            guard let map = value.asMap, let name = map["name"]?.asText,
                let type = map["type"]?.asText.flatMap(StepType.init(rawValue:)),
                let template = map["template"], let id = map["id"]?.asText.flatMap({ ID($0) })
            else { return nil }
            infos.append(
                StepInfo(
                    id: id, name: name, type: type, template: template,
                    createdAt: Int64(map["created_at"]?.asInt ?? 0),
                    updatedAt: Int64(map["updated_at"]?.asInt ?? 0)))
        }
        return infos
    }
}

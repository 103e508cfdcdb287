/// The names of the Model Context Protocol that client and server both write.
package enum MCPMethod {
    package static let initialize = "initialize"
    package static let ping = "ping"
    package static let listTools = "tools/list"
    package static let callTool = "tools/call"
    package static let listResources = "resources/list"
    package static let readResource = "resources/read"
    package static let listResourceTemplates = "resources/templates/list"
    package static let listPrompts = "prompts/list"
    package static let setLogLevel = "logging/setLevel"
    package static let createMessage = "sampling/createMessage"
    package static let elicit = "elicitation/create"
    package static let listRoots = "roots/list"
}

/// The names of the protocol's notifications.
package enum MCPNotification {
    package static let initialized = "notifications/initialized"
    package static let cancelled = "notifications/cancelled"
    package static let progress = "notifications/progress"
    package static let message = "notifications/message"
    package static let toolsChanged = "notifications/tools/list_changed"
    package static let resourcesChanged = "notifications/resources/list_changed"
}

/// The names of the protocol's fields.
package enum MCPField {
    package static let protocolVersion = "protocolVersion"
    package static let capabilities = "capabilities"
    package static let clientInfo = "clientInfo"
    package static let serverInfo = "serverInfo"
    package static let instructions = "instructions"
    package static let name = "name"
    package static let title = "title"
    package static let version = "version"
    package static let description = "description"
    package static let meta = "_meta"

    package static let tools = "tools"
    package static let resources = "resources"
    package static let elicitation = "elicitation"
    package static let listChanged = "listChanged"
    package static let inputSchema = "inputSchema"
    package static let outputSchema = "outputSchema"
    package static let annotations = "annotations"
    package static let readOnlyHint = "readOnlyHint"
    package static let destructiveHint = "destructiveHint"
    package static let idempotentHint = "idempotentHint"
    package static let openWorldHint = "openWorldHint"
    package static let cursor = "cursor"
    package static let nextCursor = "nextCursor"

    package static let arguments = "arguments"
    package static let content = "content"
    package static let structuredContent = "structuredContent"
    package static let isError = "isError"
    package static let type = "type"
    package static let text = "text"
    package static let data = "data"
    package static let mimeType = "mimeType"
    package static let resource = "resource"
    package static let uri = "uri"
    package static let blob = "blob"

    package static let progressToken = "progressToken"
    package static let progress = "progress"
    package static let total = "total"
    package static let message = "message"
    package static let requestID = "requestId"
    package static let reason = "reason"

    package static let requestedSchema = "requestedSchema"
    package static let action = "action"
}

/// The names, in lower case, of the headers that the protocol has over HTTP.
package enum MCPHeader {
    package static let sessionID = "mcp-session-id"
    package static let protocolVersion = "mcp-protocol-version"
    package static let lastEventID = "last-event-id"
}

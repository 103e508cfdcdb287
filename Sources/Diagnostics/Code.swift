/// Every finding's stable code; its wording may change, its code does not.
package enum Code: String, Sendable, Hashable, CaseIterable {
    // Syntax
    case badCharacter = "A001"
    case expected = "A002"
    case unclosedText = "A003"
    case unclosedBlock = "A004"
    case unknownStepType = "A005"
    case unknownField = "A006"
    case unknownSetting = "A007"
    case unknownDeclaration = "A008"
    case missingHeader = "A009"
    case tooDeep = "A010"
    case tooLarge = "A011"
    case missingBlock = "A012"
    case badLiteral = "A013"
    case missingField = "A014"
    case conflictingFields = "A015"
    case ignoreWithoutReason = "A016"
    case interpolationInProgram = "A018"
    case missingComma = "A019"

    // Names
    case unknownStep = "A101"
    case unknownInput = "A102"
    case duplicateName = "A103"
    case unknownType = "A104"
    case unknownSecret = "A105"
    case nameAlone = "A106"
    case shadowedName = "A107"
    case reservedName = "A108"
    case unknownFunction = "A109"
    case unknownName = "A110"
    case unknownPart = "A111"
    case wrongKind = "A112"
    case unusedInput = "A113"
    case unusedSecret = "A114"
    case unusedType = "A115"
    case unreadableFile = "A116"
    case faultyFile = "A117"

    // Types
    case wrongType = "A201"
    case noSuchField = "A202"
    case noOverload = "A203"
    case constantComparison = "A204"
    case wrongResultType = "A205"
    case badDefault = "A206"
    case badSetting = "A207"
    case notAList = "A208"
    case endlessType = "A209"
    case looksLikeExpression = "A210"
    case structureInText = "A211"
    case optionalRead = "A212"
    case badTestValue = "A213"
    case valueInJSON = "A214"
    case badSchedule = "A215"
    case unknownZone = "A216"
    case noDefault = "A217"
    case badWebhook = "A218"

    // Graph
    case noStart = "A301"
    case secondStart = "A302"
    case unreachable = "A303"
    case deadEnd = "A304"
    case noWayToEnd = "A305"
    case unboundedLoop = "A306"
    case uncoveredDecision = "A307"
    case branchNeverTaken = "A308"
    case maybeUnassigned = "A309"
    case forkNeverMeets = "A310"
    case sharedBranchStep = "A311"
    case edgeLeavesBranch = "A312"
    case atOnceWithoutEach = "A313"
    case siblingRead = "A314"
    case edgeToStart = "A315"
    case unchangingLoop = "A316"
    case staleRead = "A317"
    case endlessCall = "A318"
    case callTooDeep = "A319"
    case noResultAtEnd = "A320"

    // Trust
    case secretOutOfPlace = "A401"
    case taintedCode = "A402"
    case valueInHost = "A403"
    case taintedHeader = "A404"
    case taintedSystem = "A405"
    case taintedProgram = "A406"
    case hardCodedKey = "A407"
    case allowsPrivate = "A408"
    case plainHTTP = "A409"
    case untrusted = "A410"
    case toolUnasked = "A411"
    case unusedTrust = "A412"
    case taintedFileName = "A413"
    case turnedText = "A414"

    // Money and time
    case unboundedModelLoop = "A501"
    case noTimeout = "A502"
    case promptTooLong = "A503"
    case unusedResult = "A504"
    case overMaxCost = "A505"
    case unboundedPrompt = "A506"
    case sharedKey = "A507"

    // Programs inside
    case badRegex = "A601"
    case badJQ = "A602"
    case badSelector = "A603"
    case badXPath = "A604"
    case badPython = "A605"
    case undefinedPythonName = "A606"
    case missingPythonInput = "A607"
    case noPythonResult = "A608"

    /// How much a finding of this code weighs.
    package var severity: Severity {
        switch self {
        case .missingHeader, .ignoreWithoutReason, .shadowedName, .unreachable, .unboundedLoop,
            .branchNeverTaken, .unusedInput, .unusedSecret, .unusedType, .looksLikeExpression,
            .structureInText, .unchangingLoop, .valueInJSON, .staleRead, .valueInHost, .taintedHeader,
            .taintedSystem, .taintedFileName, .turnedText,
            .taintedProgram, .allowsPrivate, .plainHTTP, .untrusted, .toolUnasked, .unusedTrust,
            .unboundedModelLoop, .noTimeout, .unusedResult, .unboundedPrompt, .sharedKey:
            .warning
        case .badCharacter, .expected, .unclosedText, .unclosedBlock, .unknownStepType, .unknownField,
            .unknownSetting, .unknownDeclaration, .tooDeep, .tooLarge, .missingBlock, .badLiteral,
            .missingField, .conflictingFields, .interpolationInProgram, .missingComma, .unknownStep,
            .unknownInput, .duplicateName, .unknownType, .unknownSecret, .nameAlone, .reservedName,
            .unknownFunction, .unknownName, .unknownPart, .wrongType, .noSuchField, .noOverload,
            .constantComparison, .wrongResultType, .badDefault, .badSetting, .notAList, .endlessType,
            .noStart, .secondStart, .deadEnd, .noWayToEnd, .uncoveredDecision,
            .maybeUnassigned, .forkNeverMeets, .sharedBranchStep, .edgeLeavesBranch, .atOnceWithoutEach,
            .siblingRead, .edgeToStart, .secretOutOfPlace, .wrongKind, .optionalRead, .badTestValue,
            .taintedCode, .hardCodedKey, .promptTooLong, .overMaxCost, .badRegex, .badJQ, .badSelector,
            .badXPath, .badPython, .undefinedPythonName, .missingPythonInput, .noPythonResult,
            .unreadableFile, .faultyFile, .endlessCall, .callTooDeep, .noResultAtEnd, .badSchedule,
            .unknownZone, .noDefault, .badWebhook:
            .error
        }
    }

    /// Whether a comment or a setting may silence it or make it weigh less. What could not be read, and what leads nowhere or
    /// is named by nothing, would be left out, and the file would run as another one than its author wrote.
    package var isSilenceable: Bool {
        switch self {
        case .badCharacter, .expected, .unclosedText, .unclosedBlock, .unknownStepType, .unknownField,
            .unknownSetting, .unknownDeclaration, .tooDeep, .tooLarge, .missingBlock, .badLiteral,
            .missingField, .conflictingFields, .missingComma, .unknownStep, .unknownInput,
            .duplicateName, .unknownType, .unknownSecret, .nameAlone, .reservedName, .unknownFunction,
            .unknownName, .unknownPart, .wrongKind, .unreadableFile, .faultyFile, .endlessType,
            .noStart, .secondStart, .deadEnd, .forkNeverMeets, .sharedBranchStep, .edgeLeavesBranch,
            .edgeToStart, .endlessCall, .callTooDeep:
            false
        case .missingHeader, .ignoreWithoutReason, .interpolationInProgram, .shadowedName, .unusedInput,
            .unusedSecret, .unusedType, .wrongType, .noSuchField, .noOverload, .constantComparison,
            .wrongResultType, .badDefault, .badSetting, .notAList, .looksLikeExpression,
            .structureInText, .optionalRead, .badTestValue, .valueInJSON, .badSchedule, .unknownZone,
            .noDefault, .badWebhook, .unreachable, .noWayToEnd, .unboundedLoop, .uncoveredDecision,
            .branchNeverTaken, .maybeUnassigned, .atOnceWithoutEach, .siblingRead, .unchangingLoop,
            .staleRead, .noResultAtEnd, .secretOutOfPlace, .taintedCode, .valueInHost, .taintedHeader,
            .taintedSystem, .taintedProgram, .hardCodedKey, .allowsPrivate, .plainHTTP, .untrusted,
            .toolUnasked, .unusedTrust, .taintedFileName, .turnedText, .unboundedModelLoop, .noTimeout,
            .promptTooLong, .unusedResult, .overMaxCost, .unboundedPrompt, .sharedKey, .badRegex,
            .badJQ, .badSelector, .badXPath, .badPython, .undefinedPythonName, .missingPythonInput,
            .noPythonResult:
            true
        }
    }
}

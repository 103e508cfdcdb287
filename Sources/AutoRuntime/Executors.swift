import AutoChecker
import AutoSyntax
import CEL
package import StepKinds
import Values

/// The executor of each step type. Only START has none: the interpreter does it itself.
package struct Executors: Sendable {
    private var llmCall: any StepExecutor
    private var getUserInput: any StepExecutor
    private var logicDecision: any StepExecutor
    private var embeddingSearch: any StepExecutor
    private var restAPI: any StepExecutor
    private var webScrape: any StepExecutor
    private var python: any StepExecutor
    private var textToJSON: any StepExecutor
    private var dataTransform: any StepExecutor
    /// Finds the servers whose tools models use.
    package let toolServers: any ToolServers

    /// Every executor has to be named, so that none can be forgotten.
    ///
    /// - Parameters:
    ///   - logicDecision: decides where a model answers a question; conditions are the interpreter's own.
    ///   - dataTransform: transforms by jq and regular expressions; `value` is the interpreter's own.
    package init(
        llmCall: any StepExecutor, getUserInput: any StepExecutor, logicDecision: any StepExecutor,
        embeddingSearch: any StepExecutor, restAPI: any StepExecutor, webScrape: any StepExecutor,
        python: any StepExecutor, textToJSON: any StepExecutor, dataTransform: any StepExecutor,
        toolServers: any ToolServers = NoToolServers()
    ) {
        self.llmCall = llmCall
        self.getUserInput = getUserInput
        self.logicDecision = logicDecision
        self.embeddingSearch = embeddingSearch
        self.restAPI = restAPI
        self.webScrape = webScrape
        self.python = python
        self.textToJSON = textToJSON
        self.dataTransform = dataTransform
        self.toolServers = toolServers
    }

    /// One executor for all step types.
    package init(
        forAll executor: any StepExecutor, toolServers: any ToolServers = NoToolServers()
    ) {
        self.init(
            llmCall: executor, getUserInput: executor, logicDecision: executor, embeddingSearch: executor,
            restAPI: executor, webScrape: executor, python: executor, textToJSON: executor,
            dataTransform: executor, toolServers: toolServers)
    }

    /// The same executors, each within another one.
    package func wrapped(by wrap: (any StepExecutor) -> any StepExecutor) -> Executors {
        Executors(
            llmCall: wrap(llmCall), getUserInput: wrap(getUserInput), logicDecision: wrap(logicDecision),
            embeddingSearch: wrap(embeddingSearch), restAPI: wrap(restAPI), webScrape: wrap(webScrape),
            python: wrap(python), textToJSON: wrap(textToJSON), dataTransform: wrap(dataTransform),
            toolServers: toolServers)
    }

    subscript(step: CheckedStep) -> (any StepExecutor)? { self[step.type] }

    private subscript(type: StepType) -> (any StepExecutor)? {
        switch type {
        case .start: nil
        case .llmCall: llmCall
        case .getUserInput: getUserInput
        case .logicDecision: logicDecision
        case .embeddingSearch: embeddingSearch
        case .restAPI: restAPI
        case .webScrape: webScrape
        case .python: python
        case .textToJSON: textToJSON
        case .dataTransform: dataTransform
        }
    }
}

extension StepWork {
    /// The rendered value of a field: `work[WebScrape.url]`; nil where it is left out, null, or of another
    /// type.
    package subscript<Content>(key: Key<Content>) -> Content? { fields[key] }
}

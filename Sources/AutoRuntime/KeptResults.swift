import AutoChecker
import AutoSyntax
import CEL
import StepKinds
import Values

/// Results that are kept for later runs: `cache: true`.
extension Run {
    /// Ends a step with what an earlier run has kept of it.
    ///
    /// - Parameter key: by which it is kept; nil where nothing is.
    /// - Returns: nil where nothing is kept.
    func remembered(
        _ key: String?, _ step: PlannedStep, _ work: StepWork, _ fields: RenderedFields, _ ordinal: Int
    ) async throws(RunStop) -> StepDone? {
        guard let key else { return nil }
        let kept = try await stored { () async throws(StoreError) in try await interpreter.store.cached(key) }
        guard let kept else { return nil }
        var fields = fields
        fields.marks.add(step.checked.originsOfUnknownTools)
        if let call = rememberedCall(work) { recorder.trace(.model(call), of: ordinal, attempt: nil) }
        try await keep(kept, of: work, step, fields, ordinal)
        return try await finish(ordinal, kept, step.checked, fields, StepTime(step.checked.timeout))
    }

    /// Keeps a result for later runs. What shows a secret is not kept: masked it would be another value, unmasked it
    /// would be readable.
    func remember(_ result: Value, _ done: StepDone, _ key: String?) async throws(RunStop) {
        guard let key, done.marks.secrets.isEmpty else { return }
        try await stored { () async throws(StoreError) in
            try await interpreter.store.cache(result, for: key)
        }
    }

    /// The key by which the step's result is kept for later runs; nil where it is not.
    func keptResult(of step: PlannedStep, _ work: inout StepWork) -> String? {
        guard step.checked.isCached, request.usesCache, !step.dependsOnMore, !readsFiles(work) else {
            return nil
        }
        let key = cacheKey(work)
        guard step.checked.type == .webScrape, WebScrape.keepsPage(GivenFields(work.fields)) else {
            return key
        }
        // A page may change: what is remembered is the page, and whether it still is the same is asked.
        work.shelf = PageShelf(interpreter.store, key: key)
        return nil
    }

    /// What the trace has of a reply that was remembered, so that nobody was asked; nil where no model would
    /// have been.
    private func rememberedCall(_ work: StepWork) -> ModelCall? {
        let isSearch = work.step.type == .embeddingSearch
        guard let identity = interpreter.executors[work.step]?.model(for: work), !identity.isEmpty,
            // The embedding model of this machine is not told as a question to a model.
            !(isSearch && identity == DefaultModels.local)
        else { return nil }
        let written = isSearch ? work[EmbeddingSearch.model] : work.fields[LLMCall.model]?.first
        var name = written ?? DefaultModels.word
        // What the default means now is what the reply was asked of: another model would have been asked anew.
        if name == DefaultModels.word, let place = identity.firstRange(of: " at ") {
            name = String(identity[..<place.lowerBound])
        }
        var call = ModelCall(
            provider: "", model: name,
            tokens: ModelCall.Tokens(input: 0, output: 0))
        call.dollars = 0
        call.isCached = true
        return call
    }

    /// Whether the step works on files of the automation's folder, which the rendered prompt only names.
    private func readsFiles(_ work: StepWork) -> Bool {
        switch work.step.type {
        case .embeddingSearch: work.fields[EmbeddingSearch.documents.name]?.asText != nil
        case .llmCall:
            (work.fields[LLMCall.images.name]?.asList ?? []).contains {
                $0.asText?.lowercased().hasPrefix("file:") ?? false
            }
        case .start, .getUserInput, .logicDecision, .restAPI, .webScrape, .python, .textToJSON,
            .dataTransform:
            false
        }
    }

    /// The same rendered prompt to the same model gives the same result, where what is asked for is the same: the type with
    /// what its name stands for, and the branches of a decision.
    private func cacheKey(_ work: StepWork) -> String {
        let step = work.step
        let model = interpreter.executors[step]?.model(for: work) ?? ""
        let type = step.resultType.map { [$0.text, $0.shapeForModels, JSON.text($0.jsonSchema)] } ?? [""]
        let asked = [JSON.text(.map(work.fields))] + type + [model] + step.branches.map(\.label)
        return request.automation.id.text + "/" + step.name + "/"
            + ID(name: asked.joined(separator: "\n")).text
    }
}

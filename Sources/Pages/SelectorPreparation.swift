import Programs

/// Makes selectors ready for one page.
extension PageSelectors {
    func prepare(_ selector: ComplexSelector) -> ComplexTest {
        ComplexTest(
            leading: selector.leading, first: prepare(selector.first),
            rest: selector.rest.map { ($0.combinator, prepare($0.compound)) })
    }

    private func prepare(_ compound: CompoundSelector) -> CompoundTest {
        // Cheap conditions go first: most elements are told apart by their name.
        let tests = compound.conditions.compactMap(test).enumerated().sorted {
            ($0.element.cost, $0.offset) < ($1.element.cost, $1.offset)
        }
        return CompoundTest(
            tests: tests.map(\.element),
            mayBeScope: compound.conditions.isEmpty || compound.conditions.contains(.state(.scope)))
    }

    private func test(_ condition: CompoundSelector.Condition) -> ElementTest? {
        switch condition {
        case .type(let prefix, let name): return names(prefix, name)
        case .id(let id): return .attribute(AttributeTest(word: id, in: "id", isOne: false))
        case .hasClass(let name): return .attribute(AttributeTest(word: name, in: "class", isOne: true))
        case .attribute(let attribute): return .attribute(AttributeTest(attribute, isHTML: isHTML))
        case .place(let place): return .place(PlaceTest(place, place.among.map { branch($0) }))
        case .any(let selectors): return .branches(selectors.map { branch($0) }, isWanted: true)
        case .not(let selectors): return .branches(selectors.map { branch($0) }, isWanted: false)
        case .has(let selectors):
            return .branches(selectors.map { branch($0, isRelative: true) }, isWanted: true)
        case .state(.never): return .never
        case .state(let state): return .state(state)
        case .contains(let texts): return .contains(ContainedTest(texts))
        case .language(let ranges): return .language(LanguageTest(ranges))
        case .direction(let isLeftToRight): return .direction(isLeftToRight: isLeftToRight)
        }
    }

    private func branch(_ selector: ComplexSelector, isRelative: Bool = false) -> SelectorBranch {
        if selector.rest.isEmpty, !isRelative { return .alone(prepare(selector.first)) }
        return .found(
            FoundElements(
                prepare(selector), isRelative: isRelative, dependsOnScope: selector.namesScope))
    }

    /// The names of the page that a name in a selector means; nil where it means all.
    private func names(_ prefix: NamePrefix, _ name: String?) -> ElementTest? {
        let wanted = name.map { isHTML ? $0.lowercased() : $0 }
        if prefix == .unsaid || prefix == .any, wanted == nil { return nil }
        let found = tree.names.enumerated().filter { _, written in
            let own = isHTML ? written.lowercased() : written
            // To HTML a colon is a character of the name like others.
            let colon = isHTML && prefix == .any ? nil : own.firstIndex(of: ":")
            let local = colon.map { own[own.index(after: $0)...] } ?? own[...]
            switch prefix {
            case .unsaid: return own == wanted
            case .any: return wanted.map { local == $0 } ?? true
            case .none: return colon == nil && wanted.map { own == $0 } ?? true
            case .named(let prefix):
                guard let colon else { return false }
                return own[..<colon] == (isHTML ? prefix.lowercased() : prefix)
                    && wanted.map { local == $0 } ?? true
            }
        }
        guard let first = found.first else { return .never }
        return found.count == 1 ? .name(Int32(first.offset)) : .names(Set(found.map { Int32($0.offset) }))
    }
}

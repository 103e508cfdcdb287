import Programs

/// What the elements of a page's forms are to each other.
struct FormElements {
    /// The first button of each form that sends it.
    private(set) var defaultButtons: Set<PageTree.Node> = []
    /// The radio buttons of groups in which none is chosen.
    private(set) var undecidedRadios: Set<PageTree.Node> = []

    /// Radio buttons of one name in one form.
    private struct Group: Hashable {
        let form: Int32
        let name: String
    }

    init(_ tree: PageTree) {
        // The form around each node, its own place for a form; -1 for none.
        var forms = Array(repeating: Int32(-1), count: tree.count)
        var sent: Set<Int32> = []
        var groups: [Group: [PageTree.Node]] = [:]
        var decided: Set<Group> = []
        for node in tree.nodes where tree.kind(node) == .element {
            let name = tree.name(node)
            let form = name == "form" ? node.index : tree.parent(node).map { forms[Int($0.index)] } ?? -1
            forms[Int(node.index)] = form
            guard name == "input" || name == "button" else { continue }
            let type = tree.attribute("type", node)?.lowercased() ?? ""
            let sends =
                name == "button" ? type != "button" && type != "reset" : type == "submit" || type == "image"
            if sends, form >= 0, sent.insert(form).inserted { defaultButtons.insert(node) }
            guard name == "input", type == "radio" else { continue }
            let isChosen = tree.attribute("checked", node) != nil
            guard let group = tree.attribute("name", node), !group.isEmpty else {
                if !isChosen { undecidedRadios.insert(node) }
                continue
            }
            groups[Group(form: form, name: group), default: []].append(node)
            if isChosen { decided.insert(Group(form: form, name: group)) }
        }
        for (group, radios) in groups where !decided.contains(group) { undecidedRadios.formUnion(radios) }
    }
}

extension PageTree {
    /// Whether the value of an `<input>` lies between its `min` and `max`; one that cannot be read does.
    func isInRange(_ input: Node) -> Bool {
        let type = attribute("type", input)?.lowercased() ?? ""
        func bound(_ name: String) -> InputValue? {
            attribute(name, input).flatMap { InputValue($0.trimmed(), type: type) }
        }
        guard let value = bound("value") else { return true }
        var (least, most) = (bound("min"), bound("max"))
        if type == "range" { (least, most) = (least ?? .number(0), most ?? .number(100)) }
        if type == "time", let least, let most, most < least {
            // From evening to morning: what lies between the two is outside.
            return !(value < least) || !(most < value)
        }
        return !(least.map { value < $0 } ?? false) && !(most.map { $0 < value } ?? false)
    }
}

/// A value of an `<input>` that has an order.
private enum InputValue {
    case number(Double)
    /// Dates and times of one form stand in the order of their letters.
    case written(String)

    /// How each type of date or time is written: `9` stands for a digit.
    private static let forms: [String: [String]] = [
        "date": ["9999-99-99"], "month": ["9999-99"], "week": ["9999-W99"], "time": ["99:99", "99:99:99"],
        "datetime-local": ["9999-99-99T99:99", "9999-99-99T99:99:99"],
    ]

    init?(_ text: String, type: String) {
        guard let forms = InputValue.forms[type] else {
            guard let number = Double(text), number.isFinite else { return nil }
            self = .number(number)
            return
        }
        let form = String(text.map { $0.isASCII && $0.isNumber ? "9" : $0 })
        guard forms.contains(form) else { return nil }
        self = .written(text)
    }

    static func < (left: InputValue, right: InputValue) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left < right
        case (.written(let left), .written(let right)): left < right
        case (.number, .written), (.written, .number): false
        }
    }
}

/// The labels of choices by how they may be written, so that many texts are told without going over all labels for each.
struct LabelTables {
    private struct Table {
        let labels: [String]
        /// Made for the second text: of one alone it takes longer than going over the labels.
        var whole: WholeLabels?
        var forms: LabelForms?
    }

    private var tables: [Table] = []

    /// The label that a text means: that it is, or that it gives in a sentence.
    mutating func label(_ text: String, _ labels: [String]) -> String? {
        if let label = labelAsWhole(text, labels) { return label }
        guard text.utf8.count < LabelForms.longestText else { return nil }
        let place = table(of: labels)
        let forms = tables[place].forms ?? LabelForms(labels)
        tables[place].forms = forms
        return labelMeant(by: text, forms)
    }

    /// The label that a text is, but for case, blanks and signs.
    mutating func labelAsWhole(_ text: String, _ labels: [String]) -> String? {
        let count = tables.count
        let place = table(of: labels)
        if place == count { return WrittenJSON.labelAsWhole(text, labels) }
        let whole = tables[place].whole ?? WholeLabels(labels)
        tables[place].whole = whole
        return whole.label(text)
    }

    /// Where the table of some labels stands, which is added where there is none.
    private mutating func table(of labels: [String]) -> Int {
        // The same list and not only an equal one: comparing all labels would take as long as going over them. A table
        // keeps its list, so that no other takes its place in memory.
        func place(_ labels: [String]) -> UnsafePointer<String>? {
            labels.withUnsafeBufferPointer { $0.baseAddress }
        }
        let wanted = place(labels)
        if let known = tables.firstIndex(where: { place($0.labels) == wanted }) { return known }
        tables.append(Table(labels: labels))
        return tables.count - 1
    }
}

/// Labels by what a text is that means one.
private struct WholeLabels {
    private var exact: Set<String> = []
    private var lower: [String: String] = [:]
    /// Nil for letters that two labels have.
    private var letters: [String: String?] = [:]

    init(_ labels: [String]) {
        for label in labels where exact.insert(label).inserted {
            let small = label.lowercased()
            if lower[small] == nil { lower[small] = label }
            let letters = lettersOnly(label)
            self.letters[letters] = .some(self.letters[letters] == nil ? label : nil)
        }
    }

    func label(_ text: String) -> String? {
        if exact.contains(text) { return text }
        let bare = bareWords(text)
        if exact.contains(bare) { return bare }
        guard bare.utf8.count < longestLabel else { return nil }
        if let label = lower[bare.lowercased()] { return label }
        let letters = lettersOnly(bare)
        return letters.isEmpty ? nil : self.letters[letters] ?? nil
    }
}

/// Labels by the letters by which a sentence names one.
struct LabelForms {
    /// Whoever writes so many bytes has not answered with a label.
    static let longestText = 16_000

    private var labels: [String: String] = [:]
    /// How many characters the forms have, the most first.
    private var lengths: [Int] = []

    init(_ all: [String]) {
        for label in all.sorted(by: { $0.count > $1.count }) {
            let lower = label.lowercased()
            // In a sentence `NOT_STARTED` is "not started".
            let spoken = String(lower.map { "_-".contains($0) ? " " : $0 })
            // In a program it may be "notStarted".
            let joined = lower.filter { !"_-".contains($0) }
            for form in spoken == lower ? [lower] : [lower, spoken, joined] where labels[form] == nil {
                labels[form] = label
            }
        }
        lengths = Set(labels.keys.map(\.count)).filter { $0 > 0 }.sorted(by: >)
    }

    /// Where letters name labels, the longest first, so that `bug report` does not name `bug`.
    func places(in letters: [Character]) -> [(label: String, range: Range<Int>)] {
        var isTaken = letters.map { _ in false }
        var named: [(label: String, range: Range<Int>)] = []
        for length in lengths where length <= letters.count {
            for start in 0...(letters.count - length) where !isTaken[start] {
                let range = start..<(start + length)
                guard letters.isWord(range), let label = labels[String(letters[range])] else { continue }
                for place in range { isTaken[place] = true }
                named.append((label, range))
            }
        }
        return named
    }
}

extension [Character] {
    /// Whether what stands in a range is a word of its own, or several.
    fileprivate func isWord(_ range: Range<Int>) -> Bool {
        let (start, end) = (range.lowerBound, range.upperBound)
        func isPart(_ place: Int) -> Bool {
            indices.contains(place) && (self[place].isLetter || self[place].isNumber || self[place] == "_")
        }
        // `non-spam` and `spam-filter` are words of their own, as `10-20` and `5-star` are not.
        func joins(_ hyphen: Int, _ other: Int, _ own: Character) -> Bool {
            guard indices.contains(hyphen), indices.contains(other), "-‐‑".contains(self[hyphen]) else {
                return false
            }
            return self[other].isLetter && own.isLetter
        }
        return !isPart(start - 1) && !isPart(end) && !joins(start - 1, start - 2, self[start])
            && !joins(end, end + 1, self[end - 1])
    }
}

extension FunctionDocumentation {
    static let listFunctions = [
        Self("first", "", "The first element; nothing for an empty list.", "[1, 2].first().orValue(0)", "1"),
        Self("last", "", "The last element; nothing for an empty list.", "[1, 2].last().orValue(0)", "2"),
        Self(
            "slice", "start end", "The elements from an index on, up to and without another.",
            "[1, 2, 3].slice(0, 2)", "[1,2]"),
        Self(
            "flatten", "levels",
            "The elements, and in the place of each list its own elements, one level deep or so many.",
            "[[1], [2, 3]].flatten()", "[1,2,3]"),
        Self(
            "distinct", "", "Each element once, where it first stands.", "[1, 2, 1].distinct()", "[1,2]"),
        Self(
            "sort", "", "The elements from the least to the greatest, all of one kind.",
            "[3, 1, 2].sort()", "[1,2,3]"),
        Self(
            "sortBy", "x key", "The elements in the order of what an expression gives for each.",
            "[{\"n\": 2}, {\"n\": 1}].sortBy(x, x.n).map(x, x.n)", "[1,2]"),
        Self("isSorted", "", "Whether no element is less than the one before.", "[1, 2].isSorted()", "true"),
        Self("min", "", "The least element; an error for an empty list.", "[2, 1].min()", "1"),
        Self("max", "", "The greatest element; an error for an empty list.", "[2, 1].max()", "2"),
        Self(
            "sum", "", "The numbers or durations added up; the int 0 for an empty list.", "[1, 2].sum()", "3"),
        Self("avg", "", "The mean of the numbers; an error for an empty list.", "[1, 2].avg()", "1.5"),
        Self(
            "chunk", "list length", "The list in pieces of so many elements, the last one with what is left.",
            "chunk([1, 2, 3], 2)", "[[1,2],[3]]"),
        Self("lists.range", "count", "The numbers from 0 on, so many.", "lists.range(3)", "[0,1,2]"),
        Self(
            "sets.contains", "list other", "Whether each element of the second list is in the first.",
            "sets.contains([1, 2], [2])", "true"),
        Self(
            "sets.equivalent", "list other", "Whether each element of one list is in the other, both ways.",
            "sets.equivalent([1, 2], [2, 1, 1])", "true"),
        Self(
            "sets.intersects", "list other", "Whether an element of one list is in the other.",
            "sets.intersects([1, 2], [2, 3])", "true"),
    ]

    static let textFunctions = [
        Self(
            "regex.extract", "text pattern",
            "What a regular expression finds first, or its group where it has one; nothing where it finds nothing.",
            "regex.extract(\"order 42\", \"order ([0-9]+)\").orValue(\"\")", "\"42\""),
        Self(
            "regex.extractAll", "text pattern",
            "All that a regular expression finds, or its group where it has one.",
            "regex.extractAll(\"1 and 22\", \"[0-9]+\")", "[\"1\",\"22\"]"),
        Self(
            "regex.replace", "text pattern replacement limit",
            "The text with another in the place of all that a regular expression finds, or of the first so many; "
                + "`\\\\1` stands for a group.",
            "regex.replace(\"a1b2\", \"[0-9]\", \"-\")", "\"a-b-\""),
        Self(
            "url_join", "base reference", "The address that a reference means on the page of an address.",
            "url_join(\"https://example.org/a/b\", \"../c\")", "\"https://example.org/c\""),
        Self(
            "url_encode", "text", "The text as it stands within an address, with `%20` for a blank.",
            "url_encode(\"a b&c\")", "\"a%20b%26c\""),
        Self(
            "sha256", "text", "The SHA-256 of a text in UTF-8, or of bytes, in hexadecimal digits.",
            "sha256(\"abc\").substring(0, 8)", "\"ba7816bf\""),
        Self(
            "parse_csv", "text separator",
            "The records of comma-separated values, named by the first line; their fields are texts.",
            "parse_csv(\"a,b\\n1,2\")", "[{\"a\":\"1\",\"b\":\"2\"}]"),
        Self(
            "csv", "rows", "A list of records as comma-separated values.",
            "csv([{\"a\": 1, \"b\": \"x,y\"}])", "\"a,b\\n1,\\\"x,y\\\"\\n\""),
    ]
}

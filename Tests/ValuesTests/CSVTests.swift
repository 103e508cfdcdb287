import Testing

@testable import Values

@Suite(.timeLimit(.minutes(1))) struct CSVTests {
    /// A comma is a decimal point only where semicolons separate, and never in a whole number: it may part thousands.
    @Test(arguments: [
        (";", "1,5", false, Value.double(1.5)), (";", "-0,25", false, .double(-0.25)),
        (";", "7", true, .int(7)),
        (";", "1,000", true, nil), (";", "1.234,5", false, nil), (",", "1,5", false, nil),
        ("\t", "1,234", false, nil), ("\t", "1.5", false, .double(1.5)),
        (";", "1.000", true, nil), (";", "2.500", false, nil), (";", "-12.000.000", false, nil),
        (";", "0.500", false, .double(0.5)), (";", "-0.125", false, .double(-0.125)),
        (";", "0.500.000", false, nil), (";", "2.5", false, .double(2.5)),
        (";", "0.1234", false, .double(0.1234)),
        (",", "2.500", false, .double(2.5)),
    ])
    func numbersAreReadByWhatSeparates(separator: String, cell: String, isWhole: Bool, number: Value?) throws
    {
        let separator = try #require(separator.utf8.first)
        #expect(CSV.number(cell, separator: separator, isWhole: isWhole) == number)
    }
}

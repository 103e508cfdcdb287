package import Programs
package import Values

/// The forms of data files whose readers are not those of the rest of the program.
package enum DataForm: String, Sendable {
    case toml
    case xml
    case yaml

    /// The data that a file of this form holds.
    ///
    /// - Parameter bytes: UTF-8 without a byte-order mark; of XML as it came, since it names its encoding itself.
    /// - Throws: with the line, for what is not of this form, and for what holds more than can be kept.
    package func value(of bytes: [UInt8]) throws(ProgramError) -> Value {
        switch self {
        case .toml: try TOMLReader.value(of: bytes)
        case .xml: try XMLData.value(of: bytes)
        case .yaml: try YAMLReader.value(of: bytes)
        }
    }

    /// How deep data may nest: less than what JSON may, in which they are handed on.
    static let deepest = 200
}

/// How much memory the values of a file may take, so that a few lines that stand for millions are refused.
struct DataBudget {
    private(set) var spent = 0

    /// - Parameter subject: what stands before "holds more than can be kept".
    mutating func pay(_ cost: Int, _ subject: String) throws(ProgramError) {
        spent += cost
        guard spent <= ValueBudget.most else {
            throw ProgramError(
                "\(subject) cannot be read whole: its values are larger than \(ValueBudget.most >> 20) MB")
        }
    }
}

import AutoChecker
import Testing
import Values
import WrittenJSON

/// The JSON of the value that a text gives; nil where it gives none.
func read(_ text: String, _ type: DataType = .json, cut: CutValues = .taken) -> String? {
    (try? type.read(text, cut: cut)).map { JSON.text($0.value) }
}

/// Why a text gives no value; nil where it gives one.
func reason(_ text: String, _ type: DataType = .json, cut: CutValues = .taken) -> NoAnswer? {
    do throws(NoAnswer) {
        _ = try type.read(text, cut: cut)
        return nil
    } catch {
        return error
    }
}

import AutoChecker
import AutoRuntime
import Diagnostics
import Foundation
import OrderedCollections
import Values

/// The inputs as given, each fitted to its type, defaults filled in.
func fittedInputs(_ declared: [CheckedInput], pairs: [String], file: String?) throws -> Value {
    // Easily written for `--input`.
    if let file, file.contains("="), !FileManager.default.fileExists(atPath: file) {
        throw CommandError(
            "--inputs \(file): there is no such file; one input is given by --input \(shellWord(file))",
            code: Exit.usage)
    }
    var given = try file.map(inputsFile) ?? MapValue()
    for pair in pairs {
        guard let equals = pair.firstIndex(of: "=") else {
            throw CommandError(
                "--input \(pair): expected NAME=VALUE, or NAME=@FILE for a file's text", code: Exit.usage)
        }
        let name = String(pair[..<equals])
        given[name] = try value(
            String(pair[pair.index(after: equals)...]), declared.first { $0.name == name }, name)
    }
    do throws(InputProblem) { return try AutoRuntime.fittedInputs(declared, given) } catch {
        let mend =
            switch error.kind {
            case .missing: ": add" + missing(declared, given)
            case .misfit: listMend(declared.first { $0.name == error.input }, given)
            case .unknown: ""
            }
        throw CommandError(error.message + mend, code: Exit.usage)
    }
}

/// Every input that is not there, as it is given: who adds one is not to be told of the next.
private func missing(_ declared: [CheckedInput], _ given: MapValue) -> String {
    declared.filter { given[$0.name] == nil && $0.defaultValue == nil }.map { " --input \($0.name)=…" }
        .joined()
}

/// How a list of one element is given, where the element itself was given.
private func listMend(_ input: CheckedInput?, _ given: MapValue) -> String {
    guard let input, case .list = input.type, let element = given[input.name] else { return "" }
    let list = Value.list([element])
    guard (try? input.type.fit(list, extras: .refused)) != nil else { return "" }
    return ": write --input " + shellWord(input.name + "=" + JSON.text(list))
}

private func inputsFile(_ path: String) throws -> MapValue {
    let bytes = try readInput(path)
    do throws(JSONError) {
        guard case .map(let map) = try JSON.parse(bytes: bytes) else {
            throw JSONError(message: "expected an object with a key for each input", offset: 0)
        }
        return map
    } catch {
        let place = SourceText(name: path, bytes: bytes).position(at: error.offset)
        throw CommandError(
            "--inputs \(path):\(place.line):\(place.column): no valid JSON: \(error.message)",
            code: Exit.usage)
    }
}

/// The largest file that is read as an input, in bytes; what comes through a pipe may have no end.
private let largestInput = 1 << 30

/// Whether a device is read that gives bytes for ever, such as /dev/zero: it is neither a terminal nor /dev/null.
private func isEndless(_ descriptor: Int32) -> Bool {
    var (file, nothing) = (stat(), stat())
    guard fstat(descriptor, &file) == 0, file.st_mode & S_IFMT == S_IFCHR, isatty(descriptor) == 0 else {
        return false
    }
    return stat("/dev/null", &nothing) != 0 || file.st_rdev != nothing.st_rdev
}

func readInput(_ path: String) throws -> [UInt8] {
    // Read to its end whatever it is: a shell's `<(command)` names a pipe.
    guard let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path) else {
        throw CommandError(
            "cannot read \(path): there is no such file, or it may not be read", code: Exit.unreachable)
    }
    guard !isEndless(handle.fileDescriptor) else {
        throw CommandError("cannot read \(path): it is a device, and no file", code: Exit.unreachable)
    }
    var bytes: [UInt8] = []
    do {
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
            bytes += piece
            if bytes.count > largestInput { break }
        }
    } catch {
        throw CommandError("cannot read \(path): it is no file", code: Exit.unreachable)
    }
    guard bytes.count <= largestInput else {
        throw CommandError(
            "cannot read \(path): it is larger than \(largestInput >> 20) MB", code: Exit.unreachable)
    }
    return bytes
}

/// A value from the command line: text for a text, JSON for anything else; `@file` is the file's content.
private func value(_ text: String, _ input: CheckedInput?, _ name: String) throws -> Value {
    guard let input else { return .string(text) }
    var text = text
    if text.hasPrefix("@@") {
        text.removeFirst()
    } else if text.hasPrefix("@") {
        let path = String(text.dropFirst())
        let bytes = try readInput(path)
        if input.type == .bytes { return .bytes(bytes) }
        guard let content = String(validating: bytes, as: UTF8.self) else {
            throw CommandError(
                "the input `\(name)` is to be \(input.type.text), but \(path) is not UTF-8", code: Exit.usage)
        }
        text = content
    }
    switch input.type {
    case .text, .url, .oneOf:
        return .string(input.type == .text ? text : text.trimmingCharacters(in: .whitespacesAndNewlines))
    case .bytes: return .string(text)
    case .int, .number, .bool, .json, .list, .record:
        if let parsed = try? JSON.parse(text) { return parsed }
        return .string(text)
    }
}

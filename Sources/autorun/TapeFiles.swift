import AutoRuntime
import Foundation
import StepKinds
import Synchronization
import Values

/// A recording as a folder: one JSON file an entry, in the order in which they came.
enum TapeFiles {
    /// A tape that writes into a folder, which is made; one that holds a recording already is refused.
    static func recording(to folder: String, _ masker: Masker) throws -> RecordingTape {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw CommandError(
                "--record \(folder): the folder cannot be made; check its parent's permissions",
                code: Exit.unreachable)
        }
        guard try names(in: folder).isEmpty else {
            throw CommandError(
                "--record \(folder): a recording is there already; name another folder, or delete it first",
                code: Exit.usage)
        }
        let count = Mutex(0)
        return RecordingTape(masker: masker) { entry throws(StepFailure) in
            let number = count.withLock { count in
                count += 1
                return count
            }
            let step = entry.step.isEmpty ? "" : "-" + entry.step
            let name = String(number).leftPadded(to: 4) + "-" + entry.kind.rawValue + step + ".json"
            do {
                try Data((JSON.pretty(entry.json) + "\n").utf8).write(
                    to: URL(fileURLWithPath: folder + "/" + name), options: .atomic)
            } catch {
                throw StepFailure(.record, "the recording cannot be written to \(folder): is the disk full?")
            }
        }
    }

    static func replay(from folder: String, _ masker: Masker) throws -> ReplayTape {
        let names = try names(in: folder)
        guard !names.isEmpty else {
            throw CommandError(
                "--replay \(folder): there is no recording; make one by --record \(folder)",
                code: Exit.unreachable)
        }
        return ReplayTape(
            try names.map { name in
                guard let data = FileManager.default.contents(atPath: folder + "/" + name),
                    let value = try? JSON.parse(bytes: Array(data)), let entry = TapeEntry(json: value)
                else {
                    throw CommandError(
                        "--replay \(folder): \(name) is no entry of a recording; record it again",
                        code: Exit.unreachable)
                }
                return (name, entry)
            }, masker: masker)
    }

    private static func names(in folder: String) throws -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw CommandError("cannot read \(folder): there is no such folder", code: Exit.unreachable)
        }
        return names.filter { name in
            name.hasSuffix(".json") && name.prefix(4).allSatisfy(\.isNumber)
        }.sorted()
    }
}

import AutoRuntime
import AutoSyntax
import CFileAttributes
import Foundation
import Values

@testable import AutoStore

/// A folder for a store, which goes with it, and things to keep in the store.
struct Place {
    let folder = NSTemporaryDirectory() + "autorun-store-" + UUID().uuidString
    var path: String { folder + "/deep/store.sqlite" }
    let session = Place.sessionID(1)
    let automation: StoredAutomation
    let clock = ManualClock()

    init() {
        let infos = [("begin", StepType.start), ("ask", .getUserInput)].map { name, type in
            StepInfo(
                id: ID(name: name), name: name, type: type,
                template: .record([("type", .string(type.rawValue))]), createdAt: 1, updatedAt: 2)
        }
        automation = StoredAutomation(
            id: ID(name: "store"), name: "Store", path: "/x.auto", text: "text", stepInfos: infos)
    }

    /// The store in its file, as a process of this name has it.
    func open(as owner: String = Owner.own) async throws -> SQLiteStore {
        try await SQLiteStore(path: path, owner: owner, clock: clock)
    }

    /// A name as of a process of this machine that is not there any more.
    func deadOwner(_ number: Int) -> String {
        let machine = Owner.own.split(separator: "/", omittingEmptySubsequences: false).first ?? ""
        return "\(machine)/2147483646/\(number)"
    }

    /// The name of a process of this machine that is there and runs.
    var neighbour: String {
        let parent = getppid()
        return "\(Owner.machine)/\(parent)/\(Owner.startTime(of: parent) ?? "")"
    }

    static func sessionID(_ number: UInt16) -> ID {
        ID(milliseconds: 1_700_000_000_000, count: number, random: 7)
    }

    var header: SessionHeader { header(session) }

    func header(_ id: ID, _ status: Status = .new, inputs: Value? = nil, error: String? = nil)
        -> SessionHeader
    {
        SessionHeader(
            id: id, automationID: automation.id,
            inputs: inputs ?? .record([("z", .int(1)), ("a", .double(2))]),
            status: status, error: error, createdAt: 10, updatedAt: 10)
    }

    func recordID(_ ordinal: Int) -> ID { ID(milliseconds: 1, count: UInt16(ordinal), random: 1) }

    func record(_ ordinal: Int, _ status: Status, _ result: Value? = nil, step: Int = 0) -> RecordChange {
        .step(session: session, ordinal: ordinal, stepRecord(ordinal, status, result, step: step))
    }

    func stepRecord(_ ordinal: Int, _ status: Status, _ result: Value? = nil, step: Int = 0) -> StepRecord {
        StepRecord(
            id: recordID(ordinal), stepIndex: step, status: status,
            prompt: .record([("type", .string("START"))]),
            result: result,
            error: status == .failed ? "no answer within 1 s" : nil,
            errorKind: status == .failed ? "timeout" : nil, createdAt: 11, updatedAt: 12)
    }

    /// Whether files in temporary folders can have attributes of ours.
    static var keepsAttributes: Bool {
        let path = NSTemporaryDirectory() + "autorun-store-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        return FileManager.default.createFile(atPath: path, contents: nil)
            && setxattr(path, "user.autorun.test", "1", 1, 0) == 0
    }

    func clean() { try? FileManager.default.removeItem(atPath: folder) }
}

/// The value and its types as text: `==` takes 2 and 2.0 for the same.
func exactly(_ value: Value?) -> String? { value.map { JSON.text(TypedJSON.encode($0)) } }

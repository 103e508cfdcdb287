import AutoRuntime
import AutoStore
import AutoSyntax
import CEL
import Foundation
import Values

/// A store in a folder of its own, which goes with it.
struct Place {
    let folder = NSTemporaryDirectory() + "autorun-store-" + UUID().uuidString
    var path: String { folder + "/deep/store.sqlite" }
    let session = ID(milliseconds: 1_700_000_000_000, count: 1, random: 7)
    let automation: StoredAutomation

    init() {
        let infos = [("begin", StepType.start), ("ask", .getUserInput)].map { name, type in
            StepInfo(
                id: ID(name: name), name: name, type: type,
                template: .record([("type", .string(type.rawValue))]), createdAt: 1, updatedAt: 2)
        }
        automation = StoredAutomation(
            id: ID(name: "store"), name: "Store", path: "/x.auto", text: "text", stepInfos: infos)
    }

    /// A name as of a process of this machine that is not there any more.
    func deadOwner(_ number: Int) -> String {
        let machine = Owner.own.split(separator: "/", omittingEmptySubsequences: false).first ?? ""
        return "\(machine)/2147483646/\(number)"
    }

    var header: SessionHeader {
        SessionHeader(
            id: session, automationID: automation.id, inputs: .record([("z", .int(1)), ("a", .double(2))]),
            status: .new, error: nil, createdAt: 10, updatedAt: 10)
    }

    func recordID(_ ordinal: Int) -> ID { ID(milliseconds: 1, count: UInt16(ordinal), random: 1) }

    func record(_ ordinal: Int, _ status: Status, _ result: Value? = nil, step: Int = 0) -> RecordChange {
        let record = StepRecord(
            id: recordID(ordinal), stepIndex: step, status: status,
            prompt: .record([("type", .string("START"))]),
            result: result,
            error: nil, errorKind: nil, createdAt: 11, updatedAt: 12)
        return .step(session: session, ordinal: ordinal, record)
    }

    func clean() { try? FileManager.default.removeItem(atPath: folder) }
}

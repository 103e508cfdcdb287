import Testing

@testable import AutoStore

/// Who writes that a process is there.
@Suite(.timeLimit(.minutes(1)))
struct KeeperTests {
    private let keeper = Keeper()
    private let began = ContinuousClock.now
    private let session = Place.sessionID(1)
    private let renewal = Duration.seconds(Owner.renewSeconds)

    init() { keeper.hasKept(at: began) { [] } }

    /// Hundreds of sessions begin at once: each of them writing the same row would wait for all before it.
    @Test func oneOfAllWhoComeAtOnceSaysIt() {
        let due = began + renewal
        #expect(!keeper.isToKeep(at: due - .seconds(1)))
        #expect((0..<100).filter { _ in keeper.isToKeep(at: due) }.count == 1)
        keeper.hasKept(at: due) { [] }
        #expect(!keeper.isToKeep(at: due))
        #expect(keeper.isToKeep(at: due + renewal))
    }

    @Test func whatFailedIsDoneByTheNext() {
        let due = began + renewal
        #expect(keeper.isToKeep(at: due))
        keeper.hasKept(at: nil) { [] }
        #expect(keeper.isToKeep(at: due))
    }

    /// As after a sleep, or where the database does not answer: nobody relies on what may be over.
    @Test func nobodyGoesOnWithoutItWhenTheLeaseNearsItsEnd() {
        #expect(keeper.isToKeep(at: began + renewal))
        let late = began + renewal * 2
        #expect(keeper.heldUntil(session, at: late) != nil)
        #expect((0..<3).allSatisfy { _ in keeper.isToKeep(at: late) })
    }

    @Test func whoSaysNothingNewForALeaseIsSilent() {
        let (seen, lease) = (SuspendingClock.now, Duration.seconds(Owner.leaseSeconds))
        #expect(!keeper.isSilent("other", until: 100, at: seen))
        #expect(!keeper.isSilent("other", until: 100, at: seen + lease - .seconds(1)))
        #expect(keeper.isSilent("other", until: 100, at: seen + lease))
        #expect(keeper.isSilent("other", until: 100, at: seen + lease * 2))
        #expect(!keeper.isSilent("other", until: 101, at: seen + lease * 2))
        #expect(!keeper.isSilent("another", until: 100, at: seen + lease * 2))
        #expect(!keeper.isSilent("other", until: nil, at: seen + lease * 3))
    }

    /// What is done outside then would be done beside whoever has taken the session.
    @Test func aLeaseEndsWithoutASignOfLife() {
        #expect(Keeper().heldUntil(session, at: began) == nil)
        #expect(keeper.heldUntil(session, at: began) == began + .seconds(Owner.leaseSeconds - 1))
        #expect(keeper.heldUntil(session, at: began + .seconds(Owner.leaseSeconds)) == nil)
        keeper.hasKept(at: nil) { [] }
        #expect(keeper.heldUntil(session, at: began + .seconds(Owner.leaseSeconds)) == nil)
    }
}

package import AutoRuntime
package import ServiceLifecycle

/// What answers requests, and what runs the sessions behind it. It listens nowhere: a socket is put before it, or a test.
package struct ServerCore: Sendable {
    /// What answers requests.
    package let api: API
    private let engine: Engine
    /// Nil where no clock starts anything.
    private let scheduler: Scheduler?

    /// - Parameters:
    ///   - own: a token that is let in besides those of the store.
    ///   - isScheduling: whether automations are started at the times that their schedules say.
    package init(_ parts: ServerParts, _ limits: ServerLimits, own: TokenEntry?, isScheduling: Bool = true) {
        let metrics = Metrics(parts.clock)
        let versions = Versions(parts) { call in metrics.count(call) }
        engine = Engine(parts, versions, Hub(), metrics, limits)
        api = API(parts, engine, limits, own: own)
        scheduler = isScheduling ? Scheduler(api) : nil
    }

    /// Runs the sessions until the server shuts down; it lets those go first who watch some.
    package var engineService: any Service { EngineService(core: self) }

    /// Runs sessions until no more are taken.
    func runSessions() async {
        let outside = OutsideWatch(hub: engine.hub, store: engine.parts.store, clock: engine.parts.clock)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await engine.sweep() }
            group.addTask { await outside.run() }
            if let scheduler { group.addTask { await scheduler.run() } }
        }
    }

    /// Takes no session any more, and lets those go who watch some.
    func stopTaking() {
        engine.stopTaking()
        engine.parts.served.changes.close()
        api.clients.close()
    }

    /// Waits no longer for steps under way.
    func hurry() { engine.hurry() }

    /// Stops without ending anything: sessions are given back before their next step, and what runs after the time that
    /// the limits give is left to be resumed.
    func close() async { await engine.close() }
}

/// Runs sessions until the server shuts down, which gives back what runs then.
private struct EngineService: Service {
    let core: ServerCore

    func run() async {
        await withGracefulShutdownHandler {
            await core.runSessions()
        } onGracefulShutdown: {
            core.stopTaking()
        }
        await core.close()
    }
}

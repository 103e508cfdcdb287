import ArgumentParser
import AutoRuntime
import AutoStore
import CommandEnd

struct StoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Moves a store to a newer form, or to another place.",
        discussion: """
              autorun store migrate --store postgres://auto@db/auto
              autorun store copy autorun.sqlite postgres://auto@db/auto
            """,
        subcommands: [StoreMigrateCommand.self, StoreCopyCommand.self])
}

struct StoreMigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Makes the tables of a store, or brings them up to date.",
        discussion: """
            Every command that writes does this by itself where it is needed. By itself it is of use where only \
            one user of the database may change tables. Servers that run go on meanwhile.
            """)

    @OptionGroup var place: StoreOption

    func run() async throws {
        let host = Host()
        let place = host.storePath(place.store)
        let count = try await reaching { () async throws(StoreError) in
            try await migrateStore(place, clock: host.clock)
        }
        let shown = shownPlace(place)
        print(
            count == 0
                ? "\(shown) is up to date" : "\(shown): \(counted(count, "change")) made")
    }
}

struct StoreCopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copies all that a store holds to an empty one, of this kind or another.",
        discussion: """
            Stop what runs on the store first: a session that runs would go on in both.

              autorun store copy sqlite:autorun.sqlite postgres://auto@db/auto
              autorun store copy postgres://auto@db/auto sqlite:copy.sqlite
            """)

    @Argument(
        help: "The store to copy: a file, sqlite:FILE or postgres://USER@HOST/DATABASE.", completion: .file())
    var from: String

    @Argument(help: "Where the copy goes, written likewise.", completion: .file())
    var to: String

    func run() async throws {
        let host = Host()
        guard from != to else {
            throw CommandError("\(shownPlace(to)): a store cannot be copied to itself", code: Exit.usage)
        }
        let count = try await reaching { () async throws(StoreError) in
            let source = try await openStore(from, for: .reading, clock: host.clock)
            try StoreCopy.refuseMissing(source)
            let target = try await openStore(to, for: .work(.power), clock: host.clock)
            let copy = StoreCopy(from: source, to: target)
            try await copy.refuseWhatRuns()
            return try await copy.run()
        }
        print(
            "\(counted(count, "session")) copied; use the copy by"
                + writtenOption("--store", shownPlace(to)))
    }
}

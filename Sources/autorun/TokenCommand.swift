import ArgumentParser
import AutoRuntime
import AutoServer
import AutoSteps
import AutoStore
import CommandEnd
import Foundation
import Values

extension TokenScope: ExpressibleByArgument {}

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Makes, lists and revokes the tokens that let clients into `autorun serve`.",
        subcommands: [New.self, List.self, Revoke.self])

    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new",
            abstract: "Makes a token and prints it, once.",
            discussion: """
                read may look; run may start, answer and cancel sessions besides; admin may create, change and \
                delete automations, too. Only a SHA-256 of the token is kept.
                """)

        @Argument(help: "A name to know it by.")
        var name: String

        @Option(help: "What it allows: read, run or admin.")
        var scope: TokenScope = .run

        @OptionGroup var place: StoreOption

        func validate() throws {
            guard !name.isEmpty, name.utf8.count <= 100, name == safe(name) else {
                throw ValidationError("NAME is a text of 1 to 100 bytes")
            }
        }

        func run() async throws {
            let host = Host()
            let store = try await host.store(place.store)
            let token = Token.make()
            let entry = TokenEntry(
                name: name, hash: Token.hash(token), scope: scope, createdAt: host.clock.now() / 1_000_000_000
            )
            let isNew = try await reaching { () async throws(StoreError) in try await store.add(entry) }
            guard isNew else {
                throw CommandError(
                    "there is a token `\(name)` already: revoke it first, or name another", code: Exit.usage)
            }
            print(token)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists the tokens, oldest first.")

        @OptionGroup var place: StoreOption

        @Flag(help: "Print them as JSON.")
        var json = false

        func run() async throws {
            let store = try await Host().store(place.store, for: .reading)
            let tokens = try await reaching { () async throws(StoreError) in try await store.tokens() }
            if json {
                let list = tokens.map { token in
                    Value.record([
                        ("name", .string(token.name)), ("scope", .string(token.scope.rawValue)),
                        ("created_at", timeText(token.createdAt)),
                    ])
                }
                print(JSON.pretty(.list(list)))
                return
            }
            if tokens.isEmpty { say("no tokens yet: autorun token new NAME makes one") }
            for token in tokens {
                let scope = token.scope.rawValue.padding(toLength: 5, withPad: " ", startingAt: 0)
                print("\(scope)  \(timeText(token.createdAt).asText ?? "")  \(safe(token.name))")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Revokes a token; running servers refuse it within a second.")

        @Argument(help: "Its name.")
        var name: String

        @OptionGroup var place: StoreOption

        func run() async throws {
            let store = try await Host().store(place.store)
            let wasThere = try await reaching { () async throws(StoreError) in try await store.revoke(name) }
            guard wasThere else {
                throw CommandError(
                    "there is no token `\(safe(name))`: autorun token list shows them", code: Exit.usage)
            }
            print("revoked")
        }
    }
}

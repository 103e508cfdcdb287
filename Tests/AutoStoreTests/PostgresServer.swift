import Foundation
import PostgreSQL
import Synchronization

/// A PostgreSQL server of the tests' own, started by the first that needs it. It listens to a socket in a folder of
/// its own only, and ends with the process of the tests, however that ends.
final class PostgresServer: Sendable {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    private static let started = Result { try PostgresServer() }

    static func shared() throws -> PostgresServer { try started.get() }

    /// The folder of the newest server that is installed; nil without any.
    static let programs: String? = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        return versions.compactMap { Int($0) }.sorted().reversed().map { "/usr/lib/postgresql/\($0)/bin" }
            .first { FileManager.default.isExecutableFile(atPath: $0 + "/initdb") }
    }()

    let folder = "/tmp/autorun-postgres-" + UUID().uuidString.prefix(8)
    private let process = Process()
    private let input = Pipe()

    private init() throws {
        guard let programs = Self.programs else {
            throw Missing(description: "no PostgreSQL is installed in /usr/lib/postgresql")
        }
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.script, "sh", programs, folder]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        // One line says that it listens; without any, it could not be started.
        let line = output.fileHandleForReading.availableData
        guard String(decoding: line, as: UTF8.self).hasPrefix("ready") else {
            let log = (try? String(contentsOfFile: folder + ".log", encoding: .utf8)) ?? ""
            throw Missing(description: "PostgreSQL did not start: \(log)")
        }
    }

    /// `initdb` refuses root, which becomes another user for it. The server ends when its input does.
    private static let script = """
        programs=$1; folder=$2; as=
        mkdir -m 700 "$folder"
        if [ "$(id -u)" = 0 ]; then
            chown postgres "$folder"
            as="setpriv --reuid=postgres --regid=postgres --clear-groups"
        fi
        cd "$folder"
        $as "$programs/initdb" -D "$folder/data" -U postgres -A trust --no-sync --locale=C.UTF-8 -E UTF8 \\
            >"$folder.log" 2>&1 || exit 1
        $as "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \\
            -c max_connections=400 -c shared_buffers=64MB >>"$folder.log" 2>&1 &
        server=$!
        tries=0
        until "$programs/pg_isready" -q -h "$folder" -U postgres; do
            tries=$((tries + 1))
            [ $tries -lt 600 ] && kill -0 $server 2>/dev/null || exit 1
            sleep 0.05
        done
        echo ready
        cat >/dev/null
        kill -QUIT $server
        wait $server
        rm -rf "$folder" "$folder.log"
        """

    func address(of database: String) -> String { "postgres://postgres@/\(database)?host=\(folder)" }

    /// Makes an empty database.
    func make(_ database: String) throws {
        try Connection(address(of: "postgres"), prepares: false).script("CREATE DATABASE \(database)")
    }
}

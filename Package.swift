// swift-tools-version: 6.1
import PackageDescription

// A warning stops the build only in the gate, `.ci/run`: a newer compiler may warn of what is sound today, and nobody who
// only wants to use the project should be stopped by that. Switching it builds our targets anew.
let strict: [SwiftSetting] =
    Context.environment["AUTORUN_STRICT"] == "1" ? [.unsafeFlags(["-warnings-as-errors"])] : []

let house: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + strict

// lld leaves out of a command what nothing in it refers to, a quarter of an optimised one, and links in half the time.
let linker: [LinkerSetting] = [.unsafeFlags(["-use-ld=lld"], .when(platforms: [.linux]))]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let collections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")

let package = Package(
    name: "autorun",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "autorun", targets: ["autorun"]),
        .executable(name: "autocheck", targets: ["autocheck"]),
        .executable(name: "autorun-worker", targets: ["autorun-worker"]),
    ],
    // Exact versions, so that a build can be repeated; Package.resolved holds those of what these need themselves.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"]), .brew(["libxml2"])]),
        .systemLibrary(
            name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"]), .brew(["pcre2"])]),
        .systemLibrary(
            name: "CUchardet", pkgConfig: "uchardet",
            providers: [.apt(["libuchardet-dev"]), .brew(["uchardet"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "CBrotli", pkgConfig: "libbrotlidec",
            providers: [.apt(["libbrotli-dev"]), .brew(["brotli"])]),
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
        .systemLibrary(
            name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
        .systemLibrary(name: "CJQ", providers: [.apt(["libjq-dev"]), .brew(["jq"])]),

        // Of the system itself; Swift's own module of it leaves these calls out.
        .systemLibrary(name: "CFileAttributes"),

        // Calls that Swift cannot make: prctl takes any number of arguments.
        .target(name: "CSandbox"),
        .target(name: "Diagnostics", swiftSettings: house),
        .target(name: "URLs", swiftSettings: house),
        // Content types and character sets: what bytes are when they are text.
        .target(name: "Encodings", swiftSettings: house),
        .target(name: "Computing", swiftSettings: house),
        .target(name: "Processes", dependencies: ["Computing", "CSandbox"], swiftSettings: house),
        // Only the worker links libxml2, libjq, libyaml and what unpacks bodies: what foreign bytes can crash runs nowhere else.
        .target(
            name: "Programs", dependencies: ["Computing", "Diagnostics", "CPCRE2"], swiftSettings: house),
        .target(
            name: "Pages",
            dependencies: [
                "Computing", "Diagnostics", "Encodings", "Values", "Programs", "URLs", "CLibXML2",
                "CUchardet",
                collections,
            ],
            swiftSettings: house),
        .target(name: "JQPrograms", dependencies: ["Programs", "CJQ"], swiftSettings: house),
        .target(
            name: "Unpacking", dependencies: ["Processes", "Programs", "CBrotli", "CZlib", "CZstd"],
            swiftSettings: house),
        // Files of data that steps read.
        .target(
            name: "DataFiles",
            dependencies: ["CYAML", "Encodings", "Pages", "Programs", "Values", collections],
            swiftSettings: house),
        .executableTarget(
            name: "autorun-worker",
            dependencies: [
                "DataFiles", "Values", "JQPrograms", "Pages", "Processes", "Programs", "Unpacking",
            ],
            swiftSettings: house,
            // The box in which it runs shows no Swift library.
            linkerSettings: linker + [.unsafeFlags(["-static-stdlib"])]),
        .target(
            name: "Values", dependencies: ["Computing", "Diagnostics", collections], swiftSettings: house),
        .target(
            name: "CEL",
            dependencies: ["Computing", "Diagnostics", "Programs", "URLs", "Values", collections],
            swiftSettings: house),
        .target(name: "AutoSyntax", dependencies: ["CEL", "Values", "Diagnostics"], swiftSettings: house),
        // What each of the ten step types is; what it does stands in AutoSteps and AutoModels.
        .target(
            name: "StepKinds", dependencies: ["AutoSyntax", "CEL", "Diagnostics", "Values", collections],
            swiftSettings: house),
        .target(
            name: "AutoChecker",
            dependencies: [
                "StepKinds", "AutoSyntax", "CEL", "Values", "Diagnostics", "Programs", "URLs", collections,
            ],
            swiftSettings: house),
        .target(
            name: "Compilers",
            dependencies: [
                "AutoChecker", "CEL", "Values", "Computing", "Diagnostics", "Processes", "Programs",
            ],
            swiftSettings: house),
        .target(
            name: "AutoLSP",
            dependencies: ["AutoChecker", "StepKinds", "AutoSyntax", "CEL", "Values", "Diagnostics"],
            swiftSettings: house),
        .target(
            name: "AutoConfig",
            dependencies: ["AutoChecker", "Computing", "Diagnostics", "Values", "TOMLKit"],
            swiftSettings: house),
        // Values as people and models write them in texts: found, mended and fitted to a type.
        .target(
            name: "WrittenJSON", dependencies: ["AutoChecker", "Values", "Computing"], swiftSettings: house),
        .target(
            name: "AutoRuntime",
            dependencies: [
                "StepKinds", "AutoChecker", "AutoSyntax", "CEL", "Values", "Computing", "Diagnostics", "URLs",
                "WrittenJSON", collections,
            ],
            swiftSettings: house),
        // The client library of PostgreSQL, which is opened when it is first needed.
        .target(name: "PostgreSQL", dependencies: ["Computing"], swiftSettings: house),
        .target(
            name: "AutoStore",
            dependencies: [
                "AutoRuntime", "AutoSyntax", "CFileAttributes", "Computing", "PostgreSQL", "StepKinds",
                "Values",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: house),
        .target(
            name: "AutoNet",
            dependencies: [
                "StepKinds", "AutoChecker", "AutoRuntime", "Computing", "URLs", "Values",
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house),
        // What both sides of the Model Context Protocol have in common.
        .target(name: "MCP", dependencies: ["Computing", "Diagnostics", "Values"], swiftSettings: house),
        // Servers of tools, as models use them.
        .target(
            name: "AutoTools",
            dependencies: [
                "MCP", "StepKinds", "AutoChecker", "AutoRuntime", "Computing", "Diagnostics", "Processes",
                "URLs", "Values", collections,
            ],
            swiftSettings: house),
        .target(
            name: "AutoModels",
            dependencies: [
                "StepKinds", "AutoChecker", "AutoRuntime", "WrittenJSON", "AutoSyntax", "CEL", "Values",
                "Computing",
                "Diagnostics", "Programs", "URLs", collections,
            ],
            swiftSettings: house),
        .target(
            name: "AutoSteps",
            dependencies: [
                "StepKinds", "AutoChecker", "AutoRuntime", "WrittenJSON", "CEL", "Values", "Computing",
                "Diagnostics",
                "Encodings",
                "Processes",
                "Programs",
                "URLs",
                collections,
            ],
            swiftSettings: house),
        // The page's files, which lie beside what serves them.
        .target(name: "PageFiles"),
        .target(
            name: "AutoServer",
            dependencies: [
                "AutoChecker", "AutoRuntime", "AutoSyntax", "Values", "Computing", "Diagnostics", "MCP",
                "PageFiles", "StepKinds", "CZlib",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                collections,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            exclude: ["Page"], swiftSettings: house),
        // What the two commands a person types have in common.
        .target(name: "CommandEnd", dependencies: ["Computing", argumentParser], swiftSettings: house),
        .target(
            name: "TerminalUI", dependencies: ["Computing", "Diagnostics", "Values"], swiftSettings: house),
        .executableTarget(
            name: "autorun",
            dependencies: [
                "CommandEnd", "TerminalUI", "StepKinds", "AutoChecker", "AutoModels", "AutoNet",
                "AutoRuntime", "AutoServer", "AutoSteps",
                "AutoStore",
                "AutoTools",
                "AutoSyntax",
                "AutoConfig", "CEL", "Values", "Compilers", "Computing", "Diagnostics", "MCP", "Processes",
                "URLs", argumentParser,
                collections,
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: house, linkerSettings: linker),
        .executableTarget(
            name: "autocheck",
            dependencies: [
                "CommandEnd", "TerminalUI",
                "AutoChecker", "AutoConfig", "AutoLSP", "AutoSyntax", "Values", "Compilers",
                "Computing",
                "Diagnostics", "MCP", "Processes", argumentParser, collections,
            ],
            swiftSettings: house, linkerSettings: linker),

        .target(
            name: "TestSupport",
            dependencies: [
                "AutoChecker", "AutoNet", "AutoRuntime", "Diagnostics", "StepKinds", "Values",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/TestSupport", swiftSettings: house),
        // One for each target, in their order. What a worker does is tested in its libraries, and through
        // the worker itself in ProcessesTests and PagesTests.
        .testTarget(name: "DiagnosticsTests", dependencies: ["Diagnostics"], swiftSettings: house),
        .testTarget(name: "URLsTests", dependencies: ["URLs"], exclude: ["Fixtures"], swiftSettings: house),
        .testTarget(name: "EncodingsTests", dependencies: ["Encodings"], swiftSettings: house),
        .testTarget(name: "ComputingTests", dependencies: ["Computing"], swiftSettings: house),
        .testTarget(name: "ProcessesTests", dependencies: ["Computing", "Processes"], swiftSettings: house),
        .testTarget(name: "ProgramsTests", dependencies: ["Computing", "Programs"], swiftSettings: house),
        .testTarget(
            name: "PagesTests",
            dependencies: ["CEL", "Encodings", "Pages", "Processes", "Programs", "StepKinds", "Values"],
            exclude: ["Fixtures"], swiftSettings: house),
        .testTarget(
            name: "DataFilesTests", dependencies: ["DataFiles", "Programs", "Values"], swiftSettings: house),
        .testTarget(
            name: "UnpackingTests", dependencies: ["Processes", "Programs", "Unpacking"],
            swiftSettings: house),
        .testTarget(name: "JQProgramsTests", dependencies: ["JQPrograms", "Programs"], swiftSettings: house),
        .testTarget(
            name: "ValuesTests", dependencies: ["Computing", "Values", collections], swiftSettings: house),
        .testTarget(
            name: "CELTests", dependencies: ["CEL", "Computing", "Values", "Diagnostics"],
            swiftSettings: house),
        .testTarget(
            name: "AutoSyntaxTests", dependencies: ["AutoSyntax", "CEL", "Values", "Diagnostics"],
            swiftSettings: house),
        .testTarget(
            name: "StepKindsTests",
            dependencies: ["StepKinds", "AutoChecker", "AutoSyntax", "CEL", "Diagnostics", "Values"],
            swiftSettings: house),
        .testTarget(
            name: "AutoCheckerTests",
            dependencies: [
                "StepKinds", "AutoChecker", "AutoSyntax", "CEL", "Values", "Compilers", "Diagnostics",
                "Processes",
            ],
            exclude: ["Fixtures"], swiftSettings: house),
        .testTarget(
            name: "CompilersTests", dependencies: ["AutoChecker", "Compilers", "Diagnostics", "Processes"],
            swiftSettings: house),
        .testTarget(
            name: "AutoLSPTests",
            dependencies: [
                "AutoChecker", "AutoLSP", "AutoSyntax", "CEL", "Diagnostics", "StepKinds", "Values",
            ],
            swiftSettings: house),
        .testTarget(
            name: "AutoConfigTests",
            dependencies: ["AutoChecker", "AutoConfig", "Diagnostics", "TestSupport"],
            swiftSettings: house),
        .testTarget(
            name: "WrittenJSONTests", dependencies: ["AutoChecker", "Computing", "Values", "WrittenJSON"],
            swiftSettings: house),
        .testTarget(
            name: "AutoRuntimeTests",
            dependencies: [
                "StepKinds", "AutoRuntime", "AutoChecker", "AutoStore", "AutoSyntax", "CEL", "Computing",
                "Diagnostics", "TestSupport", "URLs", "Values",
                collections,
            ],
            exclude: ["StoredForms"], swiftSettings: house),
        .testTarget(name: "PostgreSQLTests", dependencies: ["PostgreSQL"], swiftSettings: house),
        .testTarget(
            name: "AutoStoreTests",
            dependencies: [
                "AutoChecker", "AutoRuntime", "AutoStore", "AutoSyntax", "CFileAttributes", "PostgreSQL",
                "Values", collections,
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            exclude: ["Fixtures"], swiftSettings: house),
        .testTarget(
            name: "AutoNetTests",
            dependencies: [
                "StepKinds", "AutoNet", "AutoRuntime", "TestSupport", "URLs",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: house),
        .testTarget(
            name: "MCPTests", dependencies: ["Computing", "MCP", "Values"], swiftSettings: house),
        .testTarget(
            name: "AutoToolsTests",
            dependencies: [
                "AutoChecker", "AutoRuntime", "AutoTools", "MCP", "Processes", "StepKinds", "Values",
            ],
            exclude: ["Fixtures"], swiftSettings: house),
        .testTarget(
            name: "AutoModelsTests",
            dependencies: [
                "StepKinds", "AutoChecker", "AutoModels", "AutoNet", "AutoRuntime", "TestSupport", "Values",
                collections,
            ],
            swiftSettings: house),
        .testTarget(
            name: "AutoStepsTests",
            dependencies: [
                "StepKinds", "AutoSteps", "AutoModels", "AutoNet", "AutoRuntime", "AutoChecker", "AutoStore",
                "AutoSyntax", "CEL", "Values", "Computing", "Diagnostics", "Processes", "TestSupport",
            ],
            swiftSettings: house),
        .testTarget(name: "PageFilesTests", dependencies: ["PageFiles"], swiftSettings: house),
        .testTarget(
            name: "AutoServerTests",
            dependencies: [
                "AutoChecker", "AutoConfig", "AutoRuntime", "AutoServer", "AutoStore", "AutoSyntax",
                "Diagnostics", "StepKinds", "Values",
                collections,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: house),
        .testTarget(name: "TerminalUITests", dependencies: ["TerminalUI"], swiftSettings: house),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "TestSupport", "AutoConfig", "CEL", "Diagnostics", "Values", "autorun", "autocheck",
                collections,
            ],
            swiftSettings: house),
    ],
    // C23, whose `#embed` puts the page into the program.
    cLanguageStandard: .c2x
)

// A reader of JSON by itself, which only `Benchmarks/json_readers.py` builds.
if Context.environment["BENCH"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "JSONReaders", dependencies: ["AutoChecker", "Computing", "Values", "WrittenJSON"],
            path: "Benchmarks/JSONReaders", swiftSettings: house))
    package.products.append(.executable(name: "JSONReaders", targets: ["JSONReaders"]))
}

// The fuzz targets have libFuzzer's main, so they are built only by Fuzz/run.sh.
if Context.environment["FUZZ"] == "1" {
    let needs: [(String, [Target.Dependency])] = [
        ("Lexer", ["CEL", "Diagnostics", "Values"]), ("CEL", ["CEL", "Diagnostics", "Values"]),
        ("Parser", ["AutoChecker", "AutoSyntax", "CEL", "Diagnostics", "Values"]),
        ("Formatter", ["AutoSyntax", "Diagnostics"]), ("StoredForm", ["AutoChecker", "Diagnostics"]),
        ("Selector", ["Programs"]),
        ("HTML", ["Pages", "Programs"]),
        ("WrittenJSON", ["AutoChecker", "Values", "WrittenJSON"]),
        ("RPCMessage", ["MCP"]),
    ]
    for (name, dependencies) in needs {
        package.targets.append(
            .executableTarget(
                name: "Fuzz" + name, dependencies: dependencies, path: "Fuzz/" + name,
                swiftSettings: house + [.unsafeFlags(["-parse-as-library"])]))
    }
    package.products = needs.map { .executable(name: "Fuzz" + $0.0, targets: ["Fuzz" + $0.0]) }
    let core: Set = [
        "Computing", "Diagnostics", "Programs", "URLs", "Values", "CEL", "AutoSyntax", "StepKinds",
        "AutoChecker", "Encodings", "Pages", "WrittenJSON", "MCP", "CPCRE2", "CLibXML2", "CUchardet",
    ]
    package.targets.removeAll { !core.contains($0.name) && !$0.name.hasPrefix("Fuzz") }
    package.dependencies.removeAll { dependency in
        if case .sourceControl(_, let location, _) = dependency.kind {
            !location.contains("swift-collections")
        } else {
            true
        }
    }
}

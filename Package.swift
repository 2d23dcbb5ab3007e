// swift-tools-version: 6.2

import PackageDescription

/// Our own targets: Swift 6 language mode (the default of this tools version), and no warning is let through.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// Every byte that leaves the process passes the redactor: without this a debug build spends minutes on what takes a second.
let optimized: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

func library(_ name: String, _ dependencies: [Target.Dependency] = [], plugins: [Target.PluginUsage] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict, plugins: plugins)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies + ["TestSupport"], path: "Tests/" + name + "Tests",
        resources: resources, swiftSettings: strict)
}

/// A target of checks: it sees the kit, the settings and the words, and its list of checks is written from its files.
func checks(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    library(name, ["CheckKit", "Settings", "RunModel", "Formats"] + dependencies, plugins: ["CataloguePlugin"])
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")

let package = Package(
    name: "plumbline",
    products: [
        .executable(name: "plumbline", targets: ["plumbline"]),
        .executable(name: "plumbline-sandbox", targets: ["plumbline-sandbox"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // Floor 0: module maps over the system libraries.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        .systemLibrary(name: "CTLS", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSpawn"),
        .systemLibrary(name: "CEvents"),

        // Floor 1: words and tools, each small.
        library("Formats", ["CCrypto"]),
        .target(name: "Secrets", dependencies: ["Formats"], swiftSettings: strict + optimized),
        library("RunModel", ["Secrets", "Formats"]),
        library("Settings", ["RunModel", "Secrets", "Formats", yams]),
        library("Sockets", ["CTLS", "Formats"]),
        library("Durable", ["Secrets", "Formats"]),
        library("Processes", ["CSpawn", "Formats"]),

        // Floor 2: one adapter per outside system.
        library("HTTPClient", ["CCurl", "Formats"]),
        library("PostgresClient", ["CPostgres", "Sockets", "Formats"]),
        library("RedisClient", ["CHiredis", "Sockets", "Formats"]),
        library("AWSClient", ["CArchive", "HTTPClient", "Processes", "Secrets", "Formats"]),
        library("MLflowClient", ["HTTPClient", "Secrets", "Formats"]),
        library("ArtifactBundle", ["CArchive", "CZlib", "CZstd", "Durable", "Secrets", "Formats"]),

        // Floor 3: engines.
        library("LoadEngine", ["CCurl", "CEvents", "HTTPClient", "Sockets", "RunModel", "Formats", histogram]),
        library("UndoLog", ["Durable", "Processes", "AWSClient", "HTTPClient", "RunModel", "Secrets", "Formats"]),
        library(
            "ObjectStorage",
            ["AWSClient", "HTTPClient", "Durable", "Formats"]),
        library(
            "FaultInjection",
            ["UndoLog", "Processes", "AWSClient", "Sockets", "RunModel", "Secrets", "Formats"]),

        // Floor 4: what every check is made of.
        library(
            "CheckKit",
            [
                "AWSClient", "HTTPClient", "MLflowClient", "PostgresClient", "RedisClient", "Sockets", "LoadEngine",
                "FaultInjection", "UndoLog", "RunModel",
                "Settings",
                "Secrets", "Formats", logging,
            ]),

        // Floor 5: what is checked, side by side; why it failed; how it is told.
        checks(
            "DegradationChecks",
            ["AWSClient", "HTTPClient", "LoadEngine", "FaultInjection", "UndoLog", "Processes", "Secrets"]),
        checks(
            "ValidationChecks",
            [
                "AWSClient", "HTTPClient", "MLflowClient", "PostgresClient", "RedisClient", "Sockets", "FaultInjection",
                "UndoLog", "Secrets",
            ]),
        checks("AWSChecks", ["AWSClient", "HTTPClient", "Sockets", "UndoLog", "Processes", "Secrets"]),
        checks(
            "PerformanceChecks",
            [
                "AWSClient", "HTTPClient", "MLflowClient", "PostgresClient", "LoadEngine", "FaultInjection",
                "Processes",
                "Secrets",
            ]),
        library("Diagnosis", ["RunModel", "Formats"]),
        library("Reports", ["RunModel", "Formats", "Diagnosis", mustache], plugins: ["EmbeddingPlugin"]),
        .executableTarget(name: "catalogue-generator", swiftSettings: strict),
        .plugin(
            name: "CataloguePlugin", capability: .buildTool(), dependencies: ["catalogue-generator"],
            path: "Sources/CataloguePlugin"),
        .executableTarget(name: "text-embedder", swiftSettings: strict),
        .plugin(
            name: "EmbeddingPlugin", capability: .buildTool(), dependencies: ["text-embedder"],
            path: "Sources/EmbeddingPlugin"),

        // Floor 6: the five phases.
        library(
            "Job",
            [
                "DegradationChecks", "ValidationChecks", "AWSChecks", "PerformanceChecks", "CheckKit",
                "Diagnosis", "Reports",
                "AWSClient", "HTTPClient", "LoadEngine", "ArtifactBundle", "FaultInjection", "UndoLog", "ObjectStorage",
                "Sockets", "Durable",
                "Processes",
                "Settings",
                "Secrets", "RunModel",
                "Formats",
                logging,
            ]),

        library("Submission", ["AWSClient", "ObjectStorage", "Durable", "Formats"]),
        library("Publication", ["CZlib", "HTTPClient", "AWSClient", "ObjectStorage", "Formats"]),

        // Floor 7: the command line.
        .executableTarget(
            name: "plumbline",
            dependencies: [
                "Job", "Submission", "Publication", "ObjectStorage", "CheckKit", "AWSClient", "AWSChecks", "Diagnosis",
                "Reports", "ArtifactBundle",
                "UndoLog", "HTTPClient", "PostgresClient",
                "LoadEngine", "Processes", "Settings", "Secrets", "Durable",
                "RunModel", "Formats", argumentParser, logging,
            ],
            resources: ["configuration", "manifest", "plan", "results", "verdict"].map {
                .embedInCode("Schemas/\($0).schema.json")
            },
            swiftSettings: strict, plugins: ["EmbeddingPlugin"]),

        // The local stack; never in the production image.
        .executableTarget(
            name: "plumbline-sandbox",
            dependencies: [
                "Formats",
                "HTTPClient", "PostgresClient", "RedisClient", "Sockets", "Processes", argumentParser, logging,
                hummingbird, nioCore,
                nioPosix,
            ],
            resources: [
                .embedInCode("Resources/seed_aws.py"), .embedInCode("Resources/schema.sql"),
                .embedInCode("Resources/example_suite.py"),
            ],
            swiftSettings: strict),

        // Tests: one target for each target above; SystemTests starts the local stack.
        .target(
            name: "TestSupport", dependencies: ["CTLS", "RunModel", "Formats"], path: "Tests/TestSupport",
            swiftSettings: strict),
        tests("Formats", ["Formats"]),
        tests("Secrets", ["Secrets", "Formats"]),
        tests("RunModel", ["RunModel", "Formats"]),
        tests("Settings", ["Settings", "Secrets", "RunModel", "Formats", yams]),
        tests("Sockets", ["Sockets", "Formats"]),
        tests("HTTPClient", ["HTTPClient"]),
        tests("PostgresClient", ["PostgresClient", "Sockets"]),
        tests("RedisClient", ["RedisClient", "Sockets"]),
        tests("AWSClient", ["AWSClient", "HTTPClient", "Processes", "Formats"]),
        tests("MLflowClient", ["MLflowClient", "HTTPClient", "Formats"]),
        tests("ArtifactBundle", ["ArtifactBundle", "CZlib", "Formats"]),
        tests("LoadEngine", ["LoadEngine", "HTTPClient", "RunModel", "Formats"]),
        tests("Durable", ["Durable", "Secrets"]),
        tests("Processes", ["Processes"]),
        tests("UndoLog", ["UndoLog", "Processes", "HTTPClient", "RunModel", "Secrets", "Formats"]),
        tests("Submission", ["Submission", "ObjectStorageSupport", "AWSClient", "HTTPClient"]),
        tests(
            "Publication",
            ["Publication", "AWSClient", "ObjectStorageSupport", "ObjectStorage", "CZlib", "HTTPClient", "Formats"]),
        .target(
            name: "ObjectStorageSupport", dependencies: ["ObjectStorage", "Formats"],
            path: "Tests/ObjectStorageSupport",
            swiftSettings: strict),
        tests("ObjectStorage", ["ObjectStorage", "ObjectStorageSupport", "AWSClient", "HTTPClient", "Formats"]),
        tests("FaultInjection", ["FaultInjection", "UndoLog", "Sockets", "RunModel", "Formats"]),
        tests(
            "CheckKit",
            [
                "CheckKit", "Diagnosis", "FaultInjection", "HTTPClient", "PostgresClient", "Settings", "RunModel",
                "Sockets", "Formats",
            ]),
        tests(
            "DegradationChecks",
            [
                "DegradationChecks", "CheckKit", "AWSClient", "HTTPClient", "FaultInjection", "UndoLog",
                "Settings", "RunModel",
                "Formats", logging,
            ]),
        tests(
            "ValidationChecks",
            [
                "ValidationChecks", "Reports", "Diagnosis", "CheckKit", "FaultInjection", "HTTPClient", "MLflowClient",
                "PostgresClient", "RedisClient", "UndoLog", "Settings", "RunModel", "Formats", logging,
            ]),
        tests(
            "AWSChecks",
            [
                "AWSChecks", "Diagnosis", "Reports", "Job", "CheckKit", "AWSClient", "HTTPClient", "UndoLog", "Sockets",
                "Settings",
                "RunModel",
                "Formats", logging,
            ], resources: [.copy("PlantedAccount")]),
        tests(
            "PerformanceChecks",
            [
                "PerformanceChecks", "CheckKit", "AWSClient", "HTTPClient", "LoadEngine", "UndoLog", "Settings",
                "RunModel", "Formats", logging,
            ]),
        tests(
            "Diagnosis", ["Diagnosis", "RunModel", "Formats"],
            resources: [.copy("Recorded"), .copy("Benchmark/scenarios.json"), .copy("Benchmark/journals")]),
        tests("Reports", ["Reports", "Diagnosis", "RunModel", "Formats"], resources: [.copy("Golden")]),
        tests(
            "Job",
            [
                "Job", "AWSChecks", "PerformanceChecks", "CheckKit", "Diagnosis", "Processes",
                "AWSClient", "ArtifactBundle", "FaultInjection", "UndoLog", "ObjectStorage",
                "ObjectStorageSupport",
                "Durable",
                "HTTPClient", "LoadEngine", "Settings", "Secrets", "RunModel", "Formats", logging,
            ]),
        tests(
            "Sandbox",
            ["plumbline-sandbox", "CheckKit", "HTTPClient", "PostgresClient", "Settings", "Formats"]),
        .executableTarget(
            name: "redaction-benchmark", dependencies: ["Secrets"], path: "Tests/Benchmarks/Redaction",
            swiftSettings: strict),
        .executableTarget(
            name: "undo-benchmark", dependencies: ["UndoLog", "RunModel"], path: "Tests/Benchmarks/Undo",
            swiftSettings: strict),
        .executableTarget(
            name: "diagnosis-benchmark", dependencies: ["Diagnosis", "RunModel"], path: "Tests/Benchmarks/Diagnosis",
            swiftSettings: strict),
        .executableTarget(
            name: "cloudtrail-benchmark", dependencies: ["AWSChecks", "Settings"], path: "Tests/Benchmarks/CloudTrail",
            swiftSettings: strict),
        tests(
            "System",
            [
                "Job", "CheckKit", "FaultInjection", "UndoLog", "Processes", "ArtifactBundle", "HTTPClient",
                "MLflowClient", "PostgresClient", "Settings", "RunModel", "Formats", logging,
            ]),
    ]
)

// swift-tools-version: 6.2

import PackageDescription

/// Our own targets: Swift 6 language mode (the default of this tools version), and no warning is let through.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func library(_ name: String, _ dependencies: [Target.Dependency] = [], plugins: [Target.PluginUsage] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict, plugins: plugins)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies + ["TestSupport"], path: "Tests/" + name + "Tests",
        resources: resources, swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
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
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        // Floor 0: module maps over the system libraries.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        .systemLibrary(name: "CTLS", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSpawn"),
        .systemLibrary(name: "CEvents"),

        // Floor 1: the words of the field, and the sockets under the adapters.
        library("RunModel", ["CCrypto", yams]),
        library("Sockets", ["CTLS"]),

        // Floor 2: one adapter per outside system.
        library("HTTPClient", ["CCurl", "RunModel"]),
        library("PostgresClient", ["CPostgres", "Sockets", "RunModel"]),
        library("RedisClient", ["CHiredis", "Sockets", "RunModel"]),
        library("AWSClient", ["CArchive", "HTTPClient", "RunModel"]),
        library("MLflowClient", ["HTTPClient", "RunModel"]),
        library("ArtifactBundle", ["CArchive", "RunModel"]),

        // Floor 3: engines.
        library("LoadEngine", ["CCurl", "CEvents", "HTTPClient", "Sockets", "RunModel", histogram]),
        library("FaultInjection", ["CSpawn", "AWSClient", "HTTPClient", "RunModel"]),

        // Floor 4: what is checked, why it failed, how it is told.
        library(
            "Checks",
            [
                "RunModel", "Sockets", "HTTPClient", "PostgresClient", "RedisClient", "AWSClient", "MLflowClient",
                "LoadEngine", "FaultInjection", logging,
            ], plugins: ["CataloguePlugin"]),
        library("Diagnosis", ["RunModel"]),
        library("Reports", ["RunModel", "Diagnosis", mustache], plugins: ["TemplatePlugin"]),
        .executableTarget(name: "catalogue-generator", swiftSettings: strict),
        .plugin(
            name: "CataloguePlugin", capability: .buildTool(), dependencies: ["catalogue-generator"],
            path: "Sources/CataloguePlugin"),
        .executableTarget(name: "template-embedder", swiftSettings: strict),
        .plugin(
            name: "TemplatePlugin", capability: .buildTool(), dependencies: ["template-embedder"],
            path: "Sources/TemplatePlugin"),

        // Floor 5: the five phases.
        library(
            "Job",
            [
                "AWSClient", "HTTPClient", "Checks", "Diagnosis", "Reports", "ArtifactBundle", "FaultInjection",
                "RunModel", logging,
            ]),

        // Floor 6: the command line.
        .executableTarget(
            name: "plumbline",
            dependencies: [
                "Job", "Checks", "Reports", "ArtifactBundle", "FaultInjection", "LoadEngine", "RunModel",
                argumentParser, logging,
            ], swiftSettings: strict),

        // The local stack; never in the production image.
        .executableTarget(
            name: "plumbline-sandbox",
            dependencies: [
                "HTTPClient", "PostgresClient", "RedisClient", "Sockets", "RunModel", argumentParser, logging,
                hummingbird, nioCore, nioPosix, subprocess,
            ],
            resources: [
                .embedInCode("Resources/seed_aws.py"), .embedInCode("Resources/schema.sql"),
                .embedInCode("Resources/example_suite.py"),
            ],
            swiftSettings: strict),

        // Tests: one target for each target above; SystemTests starts the local stack.
        .target(name: "TestSupport", dependencies: ["RunModel"], path: "Tests/TestSupport", swiftSettings: strict),
        tests("RunModel", ["RunModel"]),
        tests("Sockets", ["Sockets"]),
        tests("HTTPClient", ["HTTPClient"]),
        tests("PostgresClient", ["PostgresClient", "Sockets"]),
        tests("RedisClient", ["RedisClient"]),
        tests("AWSClient", ["AWSClient", "HTTPClient", "RunModel"]),
        tests("MLflowClient", ["MLflowClient", "HTTPClient"]),
        tests("ArtifactBundle", ["ArtifactBundle", "RunModel"]),
        tests("LoadEngine", ["LoadEngine", "HTTPClient", "RunModel"]),
        tests("FaultInjection", ["FaultInjection", "AWSClient", "HTTPClient", "RunModel"]),
        tests("Checks", ["Checks", "RunModel", "Sockets", "AWSClient", "HTTPClient", "MLflowClient"]),
        tests("Diagnosis", ["Diagnosis", "RunModel"]),
        tests("Reports", ["Reports", "Diagnosis", "RunModel"], resources: [.copy("Golden")]),
        tests("Job", ["Job", "Checks", "ArtifactBundle", "FaultInjection", "RunModel"]),
        tests("Sandbox", ["plumbline-sandbox", "HTTPClient", "PostgresClient", "RedisClient"]),
        .executableTarget(
            name: "cloudtrail-benchmark", dependencies: ["Checks", "RunModel"], path: "Tests/Benchmarks/CloudTrail",
            swiftSettings: strict),
        tests(
            "System",
            [
                "Job", "Checks", "FaultInjection", "ArtifactBundle", "HTTPClient", "MLflowClient", "PostgresClient",
                "RunModel", logging,
            ]),
    ]
)

import Formats
import Foundation

@testable import ArtifactBundle

/// A small set of files of several kinds, in no order.
let sampleContents = [
    BundleContent(path: "reports/failing_components.md", bytes: Array("# Failing\n\n| a | b |\n".utf8)),
    BundleContent(path: "SUMMARY.md", bytes: Array("pass\n".utf8)),
    BundleContent(path: "evidence/empty.txt", bytes: []),
    BundleContent(path: "evidence/Größe – 数据 🧱.json", bytes: Array("{\"a\":1}".utf8)),
    BundleContent(path: "journal.jsonl", bytes: (0..<1500).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 3) }),
]

let sampleRenderer = BundleRenderer(build: "0.0.0+test", templates: String(repeating: "0", count: 64))

func write(
    _ contents: [BundleContent], to url: URL, compression: BundleCompression = .gzip
) async throws -> BundleReceipt {
    try await BundleWriter(compression: compression).write(
        contents, runID: "r-1", environment: "test", renderer: sampleRenderer, to: url)
}

func problems(_ bytes: [UInt8], in directory: URL, limits: BundleLimits = BundleLimits()) throws -> [BundleProblem] {
    let url = directory.appending(path: "altered.tar.gz")
    try Data(bytes).write(to: url)
    return try BundleExamination.run(url.path, limits, ArchiveThread.Cancellation()).problems
}

func entry(_ path: String, _ bytes: [UInt8]) -> BundleEntry {
    BundleEntry(
        path: path, size: Int64(bytes.count), sha256: Digest.sha256Hex(of: bytes), mediaType: MediaType.of(path: path))
}

/// Numbers that look random and are the same in every run.
struct RepeatableNumbers {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}

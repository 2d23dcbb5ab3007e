import Foundation
import TestSupport
import Testing

@testable import AWSChecks
@testable import RunModel
@testable import Settings

/// The same events in every form that a trail may have: what is the platform's is listed, nothing else is.
///
/// `PLUMBLINE_TRAIL_KILOBYTES` makes each of them that large (`ci/trail-shapes`).
@Suite struct TrailShapeTests {
    private static let campaign = ProcessInfo.processInfo.environment["PLUMBLINE_TRAIL_KILOBYTES"].flatMap { Int($0) }
    private static let bytes = (campaign ?? 200) * 1000

    /// A line of the campaign's table.
    private static func report(_ shape: String, _ line: String) {
        if campaign != nil { print("| \(shape) | \(line) |") }
    }
    private static let moment = RunRecordFixture.start

    /// The platform's changes among those that are not, as many of those as the size wants.
    private static func events(bytes: Int) -> (texts: [String], expected: Set<String>) {
        let own = SuspectScenario.all.flatMap(\.right)
        let noise = CrowdOfChanges.strangers + reads
        var texts: [String] = []
        var size = 0
        var number = 0
        func add(_ id: String, _ event: TrailEvent) {
            let text = event.text(id: id, at: moment.addingTimeInterval(-Double(number % 80_000) - 1))
            texts.append(text)
            size += text.utf8.count
            number += 1
        }
        let stride = max(noise.count, bytes / 900 / own.count)
        for (index, event) in own.enumerated() {
            add("own-\(index)", event)
            for step in 0..<stride where size < bytes { add("noise-\(number)", noise[(index + step) % noise.count]) }
        }
        return (texts, Set(own.indices.map { "own-\($0)" }))
    }

    /// What only looks, and what other services do.
    private static let reads: [TrailEvent] = [
        .init("ecs", "DescribeServices", #"{"cluster":"tide-cluster","services":["tide-api"]}"#),
        .init("sts", "AssumeRole", #"{"roleArn":"arn:aws:iam::210987654321:role/tide-task"}"#),
        .init("logs", "CreateLogStream", #"{"logGroupName":"/tide/api"}"#),
        .init("kms", "Decrypt", #"{"encryptionContext":{"a":"b \"quoted\" \\ and {braces}"}}"#),
    ]

    private static func record(_ trail: String) async throws -> ChangeRecord {
        let configuration = try Configuration.parse(TidePlatform.configuration, path: "tide.yaml", environment: [:])
        let expectations = try #require(AWSExpectations(configuration, environment: [:]))
        var snapshot = try TidePlatform.snapshot(takenAt: moment)
        snapshot.changes = .value(
            await AWSSnapshotCollector.changes(
                inTrailDirectory: trail, settings: expectations.settings, from: moment.addingTimeInterval(-86_400),
                to: moment.addingTimeInterval(3600)))
        return try #require(snapshot.changeRecord(expectations))
    }

    @Test("The platform's changes are listed, and none of another's", arguments: TrailShape.allCases)
    func lists(_ shape: TrailShape) async throws {
        // A file for each event is not how large trails come.
        let (texts, expected) = Self.events(bytes: shape == .single ? min(Self.bytes, 1_000_000) : Self.bytes)
        try await withTemporaryDirectory { directory in
            let trail = try TrailFolder(directory: directory).write(texts, as: shape)
            let record = try await Self.record(trail)
            let listed = Set(record.changes.map(\.id))
            let noise = listed.subtracting(expected)
            Self.report(
                shape.rawValue,
                "\(listed.intersection(expected).count) of \(expected.count) | \(noise.count) | \(texts.count)")
            #expect(expected.subtracting(listed).isEmpty, "\(expected.subtracting(listed).sorted()) \(record.gaps)")
            #expect(noise.isEmpty, "\(noise.count) of noise")
            #expect(record.gaps.isEmpty, "\(record.gaps)")
        }
    }

    @Test("A trail without events is said to be none", arguments: TrailShape.Empty.allCases)
    func says(_ empty: TrailShape.Empty) async throws {
        try await withTemporaryDirectory { directory in
            let record = try await Self.record(try TrailFolder(directory: directory).write(empty))
            Self.report(empty.rawValue, record.gaps.isEmpty ? "not said" : "said")
            #expect(record.changes.isEmpty)
            #expect(!record.gaps.isEmpty, "nothing is said of \(empty.rawValue)")
        }
    }
}

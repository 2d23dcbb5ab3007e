import AWSClient
import Formats
import Foundation
import RunModel
import Settings
import Synchronization

extension AWSSnapshotCollector {
    /// Reads the events of the window: from a directory, from the trail's bucket, or from LookupEvents.
    func changes() async -> Collected<ChangeRecord> {
        let end = now()
        let start = end.addingTimeInterval(-settings.changes.window.seconds)
        return await Collected.from { () async throws(AWSError) -> ChangeRecord in
            guard let trail = settings.changes.trail else { return try await lookedUp(from: start, to: end) }
            if let place = settings.changes.trailBucket {
                return try await fromBucket(place.bucket, place.prefix, from: start, to: end)
            }
            return await Self.fromDirectory(trail, watched: WatchedResources(settings), from: start, to: end)
        }
    }

    /// Analyses the log files under a directory.
    public static func changes(
        inTrailDirectory directory: String, settings: AWSSettings, from: Date, to: Date
    ) async -> ChangeRecord {
        await fromDirectory(directory, watched: WatchedResources(settings), from: from, to: to)
    }

    private static func fromDirectory(
        _ directory: String, watched: WatchedResources, from: Date, to: Date
    ) async -> ChangeRecord {
        let found = Found(watched)
        let files = TrailReader.files(under: directory)
        var summary = await found.reader.read(files: files)
        if files.isEmpty { summary.gaps.append("\(directory): no .json or .json.gz file") }
        return .ordered(
            found.changes, from: from, to: to, eventsRead: summary.eventsRead, gaps: summary.gaps)
    }

    /// Events become changes on the reader's threads; only changes are kept.
    private final class Found: Sendable {
        private let state = Mutex<[Change]>([])
        let watched: WatchedResources
        init(_ watched: WatchedResources) { self.watched = watched }

        var changes: [Change] { state.withLock { $0 } }

        func add(_ event: AWSDocument) {
            guard let change = TrailChange(event).change(), watched.contains(change) else { return }
            state.withLock { $0.append(change) }
        }

        var reader: TrailReader {
            TrailReader(
                isOfInterest: { ChangeKinds.kind(name: $0.name, source: $0.source) != nil }, handle: { self.add($0) })
        }
    }

    private func lookedUp(from start: Date, to end: Date) async throws(AWSError) -> ChangeRecord {
        let found = Found(WatchedResources(settings))
        var count = 0
        var gaps: [String] = []
        // CloudTrail keeps 90 days.
        let oldest = end.addingTimeInterval(-90 * 86_400)
        if start < oldest { gaps.append("LookupEvents keeps 90 days; earlier changes are not seen") }
        var pages = client.pages(CloudTrail.lookupEvents(from: max(start, oldest), to: end)).makeAsyncIterator()
        let largest = 5_000
        while let page = try await pages.next() {
            for event in page.events {
                count += 1
                guard let text = event.cloudTrailEvent, let document = try? JSONDocumentReader.read(Array(text.utf8))
                else { continue }
                found.add(document)
            }
            guard count < largest else {
                gaps.append("more than \(largest) events; narrow `aws.changes.window` or set `aws.changes.trail`")
                break
            }
        }
        return .ordered(found.changes, from: start, to: end, eventsRead: count, gaps: gaps)
    }

    private func fromBucket(
        _ bucket: String, _ root: String, from start: Date, to end: Date
    ) async throws(AWSError) -> ChangeRecord {
        let found = Found(WatchedResources(settings))
        var keys: [String] = []
        for prefix in Self.dayPrefixes(root, region: settings.region, from: start, to: end) {
            keys += try await client.all(S3.listObjects(bucket, prefix: prefix)) { page in
                page.contents.map(\.key).filter { Self.isOfInterest($0, from: start, to: end) }
            }
        }
        let (client, reader) = (client, found.reader)
        let until = ContinuousClock.now + Self.bucketPatience
        let answers = await each(keys, width: 8) { (key) async throws(AWSError) -> TrailReader.Summary? in
            guard ContinuousClock.now < until else { return nil }
            return await reader.read(try await client.bytes(S3.getObject(bucket, key: key)), name: key)
        }
        var (total, late) = (TrailReader.Summary(), 0)
        for (_, answer) in answers.sorted(by: { $0.key < $1.key }) {
            guard let summary = try answer.get() else {
                late += 1
                continue
            }
            total.eventsRead += summary.eventsRead
            total.gaps += summary.gaps
        }
        if late > 0 {
            total.gaps.append(
                "s3://\(bucket): \(late) of \(keys.count) files could not be read in time; narrow `aws.changes.window`")
        }
        return .ordered(found.changes, from: start, to: end, eventsRead: total.eventsRead, gaps: total.gaps)
    }

    /// How long a bucket may be read: a check that waits for it has two minutes.
    private static let bucketPatience = Duration.seconds(90)

    /// Whether a file can hold events of the window: `…_20260102T0305Z_….json.gz` was delivered within minutes of its events.
    static func isOfInterest(_ key: String, from start: Date, to end: Date) -> Bool {
        guard key.hasSuffix(".json.gz") || key.hasSuffix(".json"), !key.contains("CloudTrail-Digest") else {
            return false
        }
        guard let stamp = key.split(separator: "_").last(where: { $0.wholeMatch(of: #/\d{8}T\d{4}Z/#) != nil }) else {
            return true
        }
        let delay: TimeInterval = 3600
        return stamp >= minute(start.addingTimeInterval(-delay)) && stamp <= minute(end.addingTimeInterval(delay))
    }

    /// `20260102T0305Z`
    private static func minute(_ date: Date) -> String { Timestamp.compact(date).prefix(13) + "Z" }

    /// A trail lays its files down by day: `<root>/<region>/yyyy/mm/dd/`. A root that ends otherwise is listed whole.
    static func dayPrefixes(_ root: String, region: String, from start: Date, to end: Date) -> [String] {
        let root = root.isEmpty || root.hasSuffix("/") ? root : root + "/"
        guard root.contains("CloudTrail/") else { return [root] }
        let base = root.hasSuffix("/\(region)/") ? root : root + region + "/"
        var prefixes: [String] = []
        var day = start
        while day < end.addingTimeInterval(86_400), prefixes.count < 100 {
            let text = Timestamp.compact(min(day, end)).prefix(8)
            let prefix = "\(base)\(text.prefix(4))/\(text.dropFirst(4).prefix(2))/\(text.suffix(2))/"
            if prefixes.last != prefix { prefixes.append(prefix) }
            day = day.addingTimeInterval(86_400)
        }
        return prefixes
    }
}

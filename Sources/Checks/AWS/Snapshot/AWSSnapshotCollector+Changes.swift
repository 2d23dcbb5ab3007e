import AWSClient
import Foundation
import RunModel
import Synchronization

extension AWSSnapshotCollector {
    /// Reads the events of the window: from a directory, from the trail's bucket, or from LookupEvents.
    func changes() async -> Update {
        let end = now()
        let start = end.addingTimeInterval(-settings.changeWindow.seconds)
        let answer = await Collected.from { () async throws(AWSError) -> ChangeRecord in
            guard let trail = settings.trail else { return try await lookedUp(from: start, to: end) }
            if trail.hasPrefix("s3://") { return try await fromBucket(trail, from: start, to: end) }
            return await Self.fromDirectory(trail, watched: WatchedResources(settings), from: start, to: end)
        }
        return { $0.changes = answer }
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
                gaps.append("more than \(largest) events; narrow `aws.change_window` or set `aws.trail`")
                break
            }
        }
        return .ordered(found.changes, from: start, to: end, eventsRead: count, gaps: gaps)
    }

    private func fromBucket(_ trail: String, from start: Date, to end: Date) async throws(AWSError) -> ChangeRecord {
        let parts = trail.dropFirst(5).split(separator: "/", maxSplits: 1).map(String.init)
        let bucket = parts.first ?? ""
        let root = parts.count > 1 ? parts[1] : ""
        let found = Found(WatchedResources(settings))
        var total = TrailReader.Summary()
        for prefix in Self.dayPrefixes(root, region: settings.region, from: start, to: end) {
            let objects = try await client.all(S3.listObjects(bucket, prefix: prefix)) { $0.contents }
            for object in objects where object.key.hasSuffix(".json.gz") || object.key.hasSuffix(".json") {
                let bytes = try await client.bytes(S3.getObject(bucket, key: object.key))
                let summary = await found.reader.read(bytes, name: object.key)
                total.eventsRead += summary.eventsRead
                total.gaps += summary.gaps
            }
        }
        return .ordered(found.changes, from: start, to: end, eventsRead: total.eventsRead, gaps: total.gaps)
    }

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

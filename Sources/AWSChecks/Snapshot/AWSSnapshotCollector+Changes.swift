import AWSClient
import Formats
import Foundation
import RunModel
import Settings
import Synchronization

extension AWSSnapshotCollector {
    /// Reads the events of the window: from a directory, from the trail's bucket, or from LookupEvents.
    func changes(of identity: Collected<STS.CallerIdentity>?) async -> Collected<ChangeRecord> {
        let end = now()
        let start = end.addingTimeInterval(-settings.changes.window.seconds)
        var account: String?
        if case .value(let caller)? = identity { account = caller.account }
        let scope = TrailScope(settings, account: account)
        return await Collected.from { () async throws(AWSError) -> ChangeRecord in
            guard let trail = settings.changes.trail else { return try await lookedUp(scope, from: start, to: end) }
            if let place = settings.changes.trailBucket {
                return try await fromBucket(place.bucket, place.prefix, scope, from: start, to: end)
            }
            return await Self.fromDirectory(trail, scope, from: start, to: end)
        }
    }

    /// Analyses the log files under a directory.
    public static func changes(
        inTrailDirectory directory: String, settings: AWSSettings, from: Date, to: Date
    ) async -> ChangeRecord {
        await fromDirectory(directory, TrailScope(settings, account: nil), from: from, to: to)
    }

    private static func fromDirectory(
        _ directory: String, _ scope: TrailScope, from: Date, to: Date
    ) async -> ChangeRecord {
        let found = Found(scope)
        let files = TrailReader.files(under: directory)
        var summary = await found.reader.read(files: files)
        if files.isEmpty {
            summary.gaps.append(
                FileManager.default.fileExists(atPath: directory)
                    ? "\(directory): holds no log file (.json, .jsonl, .ndjson, also .gz)"
                    : "\(directory): does not exist")
        }
        return found.record(from: from, to: to, place: directory, summary)
    }

    /// Events become changes on the reader's threads; only changes are kept.
    private final class Found: Sendable {
        private let state = Mutex<[Change]>([])
        let scope: TrailScope
        init(_ scope: TrailScope) { self.scope = scope }

        func add(_ event: AWSDocument) {
            guard scope.contains(event), let change = TrailChange(event).change() else { return }
            state.withLock { $0.append(change) }
        }

        var reader: TrailReader {
            TrailReader(
                isOfInterest: { ChangeKinds.kind(name: $0.name, source: $0.source) != nil }, handle: { self.add($0) })
        }

        /// - Parameter place: where the files are; nil where AWS itself was asked.
        func record(from: Date, to: Date, place: String?, _ summary: TrailReader.Summary) -> ChangeRecord {
            let changes = state.withLock { $0 }
            var gaps = summary.gaps
            // A trail that is written to no longer looks like one in which nothing was changed.
            if let place, gaps.isEmpty, !summary.covers(from, to) {
                gaps.append(
                    "\(place): no event between \(Timestamp.text(from)) and \(Timestamp.text(to)): the trail is old, or another's"
                )
            }
            return .ordered(changes, from: from, to: to, eventsRead: summary.eventsRead, gaps: gaps)
        }
    }

    /// Asks every region of the platform, and the home of the services that act for the whole partition.
    private func lookedUp(_ scope: TrailScope, from start: Date, to end: Date) async throws(AWSError) -> ChangeRecord {
        let found = Found(scope)
        var summary = TrailReader.Summary()
        for region in scope.places {
            do throws(AWSError) {
                try await lookUp(client.inRegion(region), found, from: start, to: end, &summary)
            } catch {
                // Without the platform's own region nothing is known.
                guard region != settings.region else { throw error }
                summary.gaps.append("CloudTrail in \(region): \(error.inconclusiveReason)")
            }
        }
        return found.record(from: start, to: end, place: nil, summary)
    }

    private func lookUp(
        _ client: AWSClient, _ found: Found, from start: Date, to end: Date, _ summary: inout TrailReader.Summary
    ) async throws(AWSError) {
        var count = 0
        // CloudTrail keeps 90 days.
        let oldest = end.addingTimeInterval(-90 * 86_400)
        if start < oldest, summary.eventsRead == 0 {
            summary.gaps.append("LookupEvents keeps 90 days; earlier changes are not seen")
        }
        var pages = client.pages(CloudTrail.lookupEvents(from: max(start, oldest), to: end)).makeAsyncIterator()
        let largest = 5_000
        while let page = try await pages.next() {
            var unreadable = 0
            for event in page.events {
                count += 1
                guard let text = event.cloudTrailEvent, let document = try? JSONDocumentReader.read(Array(text.utf8))
                else {
                    unreadable += 1
                    continue
                }
                found.add(document)
            }
            if unreadable > 0 { summary.gaps.append("LookupEvents: \(unreadable) events of a page are no JSON") }
            guard count < largest else {
                summary.gaps.append(
                    "more than \(largest) events; narrow `aws.changes.window` or set `aws.changes.trail`")
                break
            }
        }
        summary.eventsRead += count
    }

    private func fromBucket(
        _ bucket: String, _ root: String, _ scope: TrailScope, from start: Date, to end: Date
    ) async throws(AWSError) -> ChangeRecord {
        let scope = scope.at(root, isConfigured: settings.account != nil)
        let found = Found(scope)
        let below = root.isEmpty || root.hasSuffix("/") ? root : root + "/"
        var keys: [String] = []
        for prefix in scope.prefixes(root, from: start, to: end) {
            keys += try await client.all(S3.listObjects(bucket, prefix: prefix)) { page in
                page.contents.map(\.key).filter { scope.isOfInterest($0, below: below, from: start, to: end) }
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
            total.add(summary)
        }
        if late > 0 {
            total.gaps.append(
                "s3://\(bucket): \(late) of \(keys.count) files could not be read in time; narrow `aws.changes.window`")
        }
        if keys.isEmpty {
            total.gaps.append("s3://\(bucket)/\(root): holds no log file of the window for account and region")
        }
        return found.record(from: start, to: end, place: "s3://\(bucket)/\(root)", total)
    }

    /// How long a bucket may be read: a check that waits for it has two minutes.
    private static let bucketPatience = Duration.seconds(90)
}

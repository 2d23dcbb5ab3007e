import AWSClient
import CheckKit
import Foundation
import HTTPClient

/// The snapshot of one run: each part is collected once, when the first check asks for it, and shared by all.
public actor AWSSnapshotStore {
    private let archive: (any AWSSnapshotArchive)?
    /// A snapshot that is older is taken anew when a run goes on.
    private let maximumAge: Duration
    private let now: @Sendable () -> Date
    private var snapshot: AWSSnapshot?
    private var finished: Set<AWSItem> = []
    private var running: [AWSItem: Task<Void, Never>] = [:]
    private var collector: AWSSnapshotCollector?
    private var expectations: AWSExpectations?
    /// Why the snapshot could not be kept: a check must not decide on what the bundle will lack.
    private var archiveFailure: (any Error)?

    /// - Parameter archive: where the parts are kept; nil keeps them in memory only.
    public init(
        archive: (any AWSSnapshotArchive)? = nil, maximumAge: Duration = .seconds(3600),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.archive = archive
        self.maximumAge = maximumAge
        self.now = now
    }

    /// What has been collected so far; nil when no check asked.
    public var collected: AWSSnapshot? { snapshot }

    /// The snapshot with at least these items.
    ///
    /// - Throws: ``Stop`` with `skipped` when AWS is not configured; what the archive threw when a part cannot be kept.
    public func snapshot(of items: [AWSItem], for context: CheckContext) async throws -> AWSSnapshot {
        let expectations = try context.awsExpectations()
        self.expectations = expectations
        try prepare(expectations)
        if collector == nil {
            collector = AWSSnapshotCollector(
                configuration: context.configuration, settings: expectations.settings,
                environment: context.environment, http: context.http, runID: context.runID, now: now)
        }
        let snapshot = await collect(items)
        if let archiveFailure { throw archiveFailure }
        return snapshot
    }

    /// The snapshot with at least these items, collected by `collector`.
    public func snapshot(of items: [AWSItem], collectedBy collector: AWSSnapshotCollector) async -> AWSSnapshot {
        if self.collector == nil { self.collector = collector }
        if snapshot == nil { snapshot = AWSSnapshot(takenAt: now(), region: collector.settings.region) }
        return await collect(items)
    }

    /// Takes up what an earlier process of the same run kept, or begins.
    private func prepare(_ expectations: AWSExpectations) throws {
        guard snapshot == nil else { return }
        if let archive {
            if let (parts, expected) = try archive.contents(),
                expected.settings == expectations.settings.withoutSecrets,
                let kept = AWSSnapshot(parts: parts), now().timeIntervalSince(kept.takenAt) <= maximumAge.seconds
            {
                snapshot = kept
                finished = Set(parts.keys)
                return
            }
            try archive.begin(expectations)
        }
        snapshot = AWSSnapshot(takenAt: now(), region: expectations.settings.region)
    }

    private func collect(_ items: [AWSItem]) async -> AWSSnapshot {
        let begun = items.map { begin($0) }
        for task in begun { await task?.value }
        return snapshot ?? AWSSnapshot(takenAt: now(), region: "")
    }

    private func begin(_ item: AWSItem) -> Task<Void, Never>? {
        if finished.contains(item) { return nil }
        if let running = running[item] { return running }
        return AWSTimeLimit.within(Self.patience) {
            let sources = (item.sources + item.aids).map { begin($0) }
            let task: Task<Void, Never> = Task {
                for source in sources { await source?.value }
                await collect(item)
            }
            running[item] = task
            return task
        }
    }

    /// How long an item with all its sources may take; a check that waits for it has two minutes.
    private static let patience = Duration.seconds(105)

    private func collect(_ item: AWSItem) async {
        guard let collector, let snapshot else { return }
        var collected = snapshot
        await item.collect(collector, &collected)
        var part = AWSSnapshot(takenAt: snapshot.takenAt, region: snapshot.region)
        part.adopt(item, from: collected)
        do {
            if let archive { part = try archive.keep(part, of: item) }
            self.snapshot?.adopt(item, from: part)
            try keepChanges(after: item)
        } catch {
            archiveFailure = error
        }
        finished.insert(item)
        running[item] = nil
    }

    /// The record says more with each part that tells what the platform's resources are.
    private func keepChanges(after item: AWSItem) throws {
        guard let archive, let expectations, ([.changes, .declaredChanges] + PlatformResources.items).contains(item),
            let record = snapshot?.changeRecord(expectations)
        else { return }
        try archive.keep(record)
    }
}

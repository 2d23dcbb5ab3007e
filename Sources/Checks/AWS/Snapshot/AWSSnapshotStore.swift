import AWSClient
import Foundation
import HTTPClient
import RunModel

/// The snapshot of one run: each part is collected once, when the first check asks for it, and shared by all.
public actor AWSSnapshotStore {
    private var snapshot: AWSSnapshot?
    private var finished: Set<AWSItem> = []
    private var running: [AWSItem: Task<Void, Never>] = [:]
    private var collector: AWSSnapshotCollector?
    /// A fixed snapshot is never added to: what it lacks stays unknown.
    private let isFixed: Bool

    public init() { isFixed = false }

    /// A store that gives an earlier run's snapshot, or a fixture.
    public init(_ snapshot: AWSSnapshot) {
        self.snapshot = snapshot
        isFixed = true
    }

    /// What has been collected so far, for the bundle's `aws/snapshot.json`; nil when no check asked.
    public var collected: AWSSnapshot? { snapshot }

    /// The snapshot with at least these items.
    ///
    /// - Throws: ``Stop`` with `skipped` when AWS is not configured.
    public func snapshot(of items: [AWSItem], for context: CheckContext) async throws -> AWSSnapshot {
        guard let settings = context.configuration.aws else { throw Stop.skipped("`aws` is not configured") }
        if collector == nil, !isFixed {
            collector = AWSSnapshotCollector(
                configuration: context.configuration, settings: settings, environment: context.environment,
                http: context.http, runID: context.runID)
        }
        return await snapshot(of: items, region: settings.region)
    }

    /// The snapshot with at least these items, collected by `collector`.
    public func snapshot(of items: [AWSItem], collectedBy collector: AWSSnapshotCollector) async -> AWSSnapshot {
        if self.collector == nil { self.collector = collector }
        return await snapshot(of: items, region: collector.settings.region)
    }

    private func snapshot(of items: [AWSItem], region: String) async -> AWSSnapshot {
        if snapshot == nil { snapshot = AWSSnapshot(takenAt: Date(), region: region) }
        if !isFixed {
            let begun = items.map { begin($0) }
            for task in begun { await task?.value }
        }
        return snapshot ?? AWSSnapshot(takenAt: Date(), region: region)
    }

    private func begin(_ item: AWSItem) -> Task<Void, Never>? {
        if finished.contains(item) { return nil }
        if let running = running[item] { return running }
        let sources = item.sources.map { begin($0) }
        let task: Task<Void, Never> = Task {
            for source in sources { await source?.value }
            await collect(item)
        }
        running[item] = task
        return task
    }

    private func collect(_ item: AWSItem) async {
        guard let collector, let snapshot else { return }
        let update = await collector.collect(item, given: snapshot)
        if var current = self.snapshot {
            update(&current)
            self.snapshot = current
        }
        finished.insert(item)
        running[item] = nil
    }
}

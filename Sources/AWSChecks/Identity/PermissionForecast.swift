import AWSClient
import Formats
import Foundation
import HTTPClient
import RunModel
import Settings
import Synchronization

/// Which selected checks will be inconclusive for want of which action, asked before anything runs.
public struct PermissionForecast: Sendable, Codable {
    /// How it was asked.
    public enum Source: String, Sendable, Codable {
        /// `iam:SimulatePrincipalPolicy`.
        case simulation
        /// The reading calls of the checks themselves, one page of each.
        case probes
    }

    /// Nil when nothing could be asked; then `problem` says why.
    public var source: Source?
    public var identity: String?
    public var gaps: [PermissionPreflight.Gap] = []
    /// Actions of which nothing is known: only a write could tell, or nothing of the kind is there to be read.
    public var untested: [String] = []
    /// Why something could not be asked.
    public var problem: String?

    /// Asks AWS about the calls of these checks, changing nothing. An answer that takes longer than `patience` ends it with
    /// what is known by then.
    public static func ask(
        about descriptors: [CheckDescriptor], configuration: Configuration, environment: [String: String],
        http: HTTPClient, patience: Duration = .seconds(30)
    ) async -> PermissionForecast? {
        let wanted = descriptors.filter { !$0.awsActions.isEmpty }
        guard let settings = configuration.aws, !wanted.isEmpty else { return nil }
        let inquiry = Inquiry(wanted, configuration: configuration, settings: settings, environment, http)
        return await inquiry.forecast(within: patience)
    }
}

/// One inquiry: identity, then a simulation, then, where that is refused, the calls themselves.
private final class Inquiry: Sendable {
    private let descriptors: [CheckDescriptor]
    private let store = AWSSnapshotStore()
    private let collector: AWSSnapshotCollector
    private let called: Calls
    private let items: [AWSItem]
    /// What the checks will call, under this configuration.
    private let wanted: Set<String>

    private final class Calls: Sendable {
        private let state = Mutex<Set<String>>([])
        func note(_ action: String) { state.withLock { _ = $0.insert(action) } }
        var actions: Set<String> { state.withLock { $0 } }
    }

    init(
        _ descriptors: [CheckDescriptor], configuration: Configuration, settings: AWSSettings,
        _ environment: [String: String], _ http: HTTPClient
    ) {
        self.descriptors = descriptors
        wanted = Set(AccessPolicy(for: Set(descriptors.flatMap(\.awsActions)), settings: settings).actions)
        let calls = Calls()
        called = calls
        let selected = Set(descriptors.map(\.id))
        let read = AWSCatalogue.list.checks(for: configuration).compactMap { $0 as? any SnapshotCheck }
            .filter { selected.contains($0.descriptor.id) }.flatMap(\.items)
        items = AWSItem.closure(of: read).filter(PermissionPreflight.probes.contains)
        collector = AWSSnapshotCollector(
            configuration: configuration, settings: settings, environment: environment, http: http,
            runID: RunID(startedAt: Date()), retry: AWSRetry(maximumAttempts: 3), pageLimit: 1,
            willCall: { calls.note($0) })
    }

    func forecast(within patience: Duration) async -> PermissionForecast {
        let (endings, continuation) = AsyncStream.makeStream(of: Bool.self)
        Task {
            await ask()
            continuation.yield(true)
        }
        let timer = Task {
            try await Task.sleep(for: patience)
            continuation.yield(false)
        }
        // What is still under way then goes on unheard.
        let isInTime = await endings.first { _ in true } ?? false
        timer.cancel()
        return await answer(isInTime ? nil : "AWS did not answer everything within \(patience.readable)")
    }

    private func ask() async {
        let snapshot = await store.snapshot(of: [.permissions], collectedBy: collector)
        guard snapshot.identity?.error == nil, snapshot.permissions?.error != nil else { return }
        _ = await store.snapshot(of: items, collectedBy: collector)
    }

    private func answer(_ delay: String?) async -> PermissionForecast {
        var forecast = PermissionForecast(problem: delay)
        guard let snapshot = await store.collected else { return forecast }
        if case .value(let caller)? = snapshot.identity { forecast.identity = caller.arn }
        switch snapshot.permissions {
        case .value(let permissions):
            forecast.source = .simulation
            forecast.untested = wanted.subtracting(permissions.keys).sorted()
        case .failed(let error):
            if let refusal = snapshot.identity?.error {
                forecast.problem = "\(refusal)"
                return forecast
            }
            forecast.source = .probes
            forecast.untested = wanted.subtracting(called.actions).sorted()
            forecast.problem = [error.inconclusiveReason, delay].compactMap(\.self).joined(separator: "; ")
        case nil: return forecast
        }
        forecast.gaps = PermissionPreflight.gaps(of: descriptors, in: snapshot)
        return forecast
    }
}

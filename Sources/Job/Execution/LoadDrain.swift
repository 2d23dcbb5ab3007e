import CheckKit
import Formats
import HTTPClient
import LoadEngine
import RunModel
import Synchronization

/// Holds the load window open until the target has worked off what a load left behind: requests that nobody waits for any
/// more still take its time, and the next check would measure them.
///
/// The loaded requests are sent once more, one at a time, until two answers in a row take about the same time: a queue that
/// is being worked off makes each answer quicker than the one before.
final class LoadDrain: Sendable {
    /// How long the target has after each load.
    private let patience: Duration
    private let http: HTTPClient
    /// What was loaded and was not seen to answer calmly since.
    private let pending = Mutex<[LoadRequest]>([])

    init(_ http: HTTPClient, patience: Duration = .seconds(30)) {
        self.http = http
        self.patience = patience
    }

    /// An answer that took at most this long waited in no queue worth the name.
    private static let calm = Duration.milliseconds(100)
    /// Two answers in a row are about the same when the slower one took at most this much of the quicker one.
    private static let alike = 1.5
    private static let pause = Duration.milliseconds(100)

    /// What a check that loads the target says when the load before it is still being worked off.
    static let stillBusy = Outcome.inconclusive(
        .obstacle(.prerequisite, of: .api),
        "the target is still busy with an earlier load: what that load asked for is not answered calmly yet")

    /// Waits after a check until everything that it loaded answers calmly, for as long as the target is given.
    ///
    /// - Parameter requests: what the check sent; those that change something are not sent again.
    func settle(after requests: [LoadRequest]) async {
        guard !requests.isEmpty else { return }
        pending.withLock { pending in
            for request in requests where request.method == "GET" && !pending.contains(where: { $0.url == request.url })
            {
                pending.append(request)
            }
        }
        _ = await settle(within: patience)
    }

    /// Whether a check may begin: one that loads the target must find it calm. A target that was not calm after its time is
    /// looked at once more, briefly.
    func settled(before descriptor: CheckDescriptor) async -> Bool {
        guard descriptor.excludes.contains(.loadWindow) else { return true }
        return await settle(within: patience / 6)
    }

    private func settle(within patience: Duration) async -> Bool {
        let end = ContinuousClock.now + patience
        for request in pending.withLock({ $0 }) {
            guard await isCalm(request, by: end) else { return false }
            pending.withLock { $0.removeAll { $0.url == request.url } }
        }
        return true
    }

    private func isCalm(_ request: LoadRequest, by end: ContinuousClock.Instant) async -> Bool {
        var before: Duration?
        while ContinuousClock.now < end, !Task.isCancelled {
            let took = await time(of: request, by: end)
            if let took, let before, max(took, before) <= max(Self.calm, min(took, before).stretched(by: Self.alike)) {
                return true
            }
            before = took
            try? await Task.sleep(for: Self.pause)
        }
        return false
    }

    /// Nil where no answer came: a target that refuses connections has a queue that is full.
    private func time(of request: LoadRequest, by end: ContinuousClock.Instant) async -> Duration? {
        let start = ContinuousClock.now
        var probe = HTTPRequest(
            method: request.method, url: request.url.replacing("{n}", with: "0"), headers: request.headers,
            deadline: max(.milliseconds(1), end - start))
        probe.maximumBodyBytes = 64 << 10
        probe.bodyOverflow = .truncate
        guard (try? await http.send(probe)) != nil else { return nil }
        return ContinuousClock.now - start
    }
}

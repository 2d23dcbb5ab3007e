import AWSClient
import CheckKit
import Formats
import HTTPClient
import Synchronization

/// Looks at the target from beside while a load runs, on a task of its own: the service's processor time, and alarms.
final class LoadWatch: Sendable {
    private let context: CheckContext
    private let guards: LoadGuards
    private let found = Mutex<String?>(nil)
    private static let pause = Duration.seconds(3)

    init(_ context: CheckContext, _ guards: LoadGuards) {
        self.context = context
        self.guards = guards
    }

    /// Why the load must end, nil while nothing speaks against it.
    var reason: String? { found.withLock { $0 } }

    /// Looks until its task is cancelled. What cannot be seen does not end a load.
    func run() async {
        async let alarms: Void = watchAlarms()
        async let processor: Void = watchProcessor()
        _ = await (alarms, processor)
    }

    private func end(_ reason: String) { found.withLock { $0 = $0 ?? reason } }

    private func watchProcessor() async {
        guard let limit = guards.processor else { return }
        var before = try? await ProcessFigures.read(context)
        while !Task.isCancelled {
            let start = ContinuousClock.now
            do { try await Task.sleep(for: Self.pause) } catch { return }
            guard let now = try? await ProcessFigures.read(context) else { continue }
            let elapsed = start.duration(to: .now).seconds
            if let before, before.startTime == now.startTime {
                let share = (now.processorSeconds - before.processorSeconds) / elapsed
                if share > limit {
                    end(
                        "the service uses \((share * 100).wholeText) % of a processor; the load ends at \((limit * 100).wholeText) %"
                    )
                }
            }
            before = now
        }
    }

    /// An alarm that is raised while the load runs may have been raised by it.
    private func watchAlarms() async {
        guard let settings = context.configuration.aws else { return }
        let client = settings.client(environment: context.environment, http: context.http)
        func raised() async throws(AWSError) -> Set<String> {
            let alarms = try await client.all(CloudWatch.describeAlarms()) { $0.metricAlarms }
            return Set(alarms.filter { $0.stateValue == "ALARM" }.map(\.alarmName))
        }
        guard let before = try? await raised() else { return }
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.pause) } catch { return }
            guard let now = try? await raised() else { continue }
            let new = now.subtracting(before).sorted()
            if !new.isEmpty { end("alarms were raised while the load ran: \(new.joined(separator: ", "))") }
        }
    }
}

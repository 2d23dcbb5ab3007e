import FaultInjection
import Formats
import HTTPClient
import Synchronization

/// A service that must go on answering while a dependency is broken on purpose.
///
/// Slow or failing answers are what the tests look at; no answer at all for a long time is damage that nobody allowed.
package struct FaultWatch: Sendable {
    /// For the reason: `the API's /live`.
    let name: String
    let ask: @Sendable (_ deadline: Duration) async -> Bool

    package init(name: String, ask: @escaping @Sendable (_ deadline: Duration) async -> Bool) {
        self.name = name
        self.ask = ask
    }

    /// Met when nothing has answered for the whole `limit`.
    package func condition(within limit: Duration) -> StopCondition {
        let lastAnswer = LastAnswer()
        return StopCondition(name) {
            if await ask(limit) {
                lastAnswer.note()
                return nil
            }
            let silence = lastAnswer.age
            return silence >= limit ? "no answer for \(silence.readable)" : nil
        }
    }

    private final class LastAnswer: Sendable {
        private let moment = Mutex(ContinuousClock.now)
        func note() { moment.withLock { $0 = .now } }
        var age: Duration { moment.withLock { $0 }.duration(to: .now) }
    }
}

extension CheckContext {
    /// What ends a test at once, and the run with it, while a dependency is broken: the API or the auth service, which no
    /// test breaks, gives no answer any more. What was silent before the fault is not watched.
    package func stopConditions(_ target: TargetService) async -> [StopCondition] {
        let http = services.http
        var watches = [FaultWatch(name: "liveness of the API") { await target.isAnswering("/live", within: $0) }]
        if let auth = services.configuration.services.auth {
            watches.append(
                FaultWatch(name: "the auth service") { deadline in
                    await http.isAnswering(HTTPRequest(url: auth + "/health", deadline: deadline))
                })
        }
        var conditions: [StopCondition] = []
        for watch in watches where await watch.ask(.seconds(20)) {
            conditions.append(watch.condition(within: services.configuration.faults.stopAfter))
        }
        return conditions
    }
}

extension HTTPClient {
    /// Whether the service itself answers, well or badly; 502 to 504 are a load balancer's word for a silent service.
    package func isAnswering(_ request: HTTPRequest) async -> Bool {
        guard let answer = try? await send(request) else { return false }
        return !(502...504).contains(answer.status)
    }
}

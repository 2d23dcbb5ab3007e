import CheckKit
import FaultInjection
import Formats
import HTTPClient
import RunModel
import Settings
import Synchronization

/// What the service does while one of its dependencies accepts connections and never answers: the outage that time-outs are made
/// for, and that no refused connection shows.
struct HungDependencies: CheckFamily {
    func checks(for configuration: Configuration) -> [any Check] {
        HungDependency.all.map { $0 }
    }
}

/// One dependency that hangs. The family makes it.
struct HungDependency: Sendable {
    let id: CheckID
    let dependency: Dependency
    let name: String
    /// Pages whose answers depend on it, and `/ready`.
    let pages: [String]
    /// Whether the service can do nothing without it: readiness must say so then.
    let isVital: Bool

    static let all = [
        HungDependency(
            id: "SH-71", dependency: .mlflow, name: "MLflow", pages: ["/ready", "/health/mlflow"], isVital: false),
        HungDependency(id: "SH-72", dependency: .postgres, name: "PostgreSQL", pages: ["/ready"], isVital: true),
        HungDependency(id: "SH-73", dependency: .redis, name: "Redis", pages: ["/ready"], isVital: false),
        HungDependency(id: "SH-74", dependency: .auth, name: "the auth service", pages: ["/ready"], isVital: false),
    ]

    /// The proxy's own limit for MLflow is 30 s, the database's probes take up to 63 s in all; a page that takes longer than this has
    /// none.
    private static let longestAnswer = Duration.seconds(65)
    /// An orchestrator that gets no answer in this time counts the task as dead.
    private static let longestLiveness = Duration.seconds(5)
    private static let pause = Duration.milliseconds(250)
    /// An answer that comes so much later has waited.
    private static let feltDelay = Duration.milliseconds(250)

    /// Tells the looks at `/live` that the pages have answered.
    private final class Ending: Sendable {
        private let state = Mutex(false)

        var hasCome: Bool { state.withLock { $0 } }

        func come() { state.withLock { $0 = true } }
    }

    struct Answer: Sendable {
        let page: String
        let response: HTTPResponse?
        let duration: Duration

        var text: String { "\(page) \(response.map { "\($0.status)" } ?? "no answer") after \(duration.readable)" }
    }
}

extension HungDependency: Check {
    var descriptor: CheckDescriptor {
        CheckDescriptor(
            id: id, title: "While \(name) hangs, every page answers in time and `/live` at once",
            intent:
                "A dependency that accepts and never answers takes everything down that waits for it without a limit.",
            procedure:
                "Let \(name) accept and never answer; GET \(pages.joined(separator: ", ")) at the same time and `/live` next to "
                + "them every \(Self.pause.readable): each page answers within \(Self.longestAnswer.readable), `/live` within "
                + "\(Self.longestLiveness.readable)"
                + (isVital ? ", and readiness says that the service is not ready." : "."),
            category: .serviceHealth, phase: .validation, severity: .high,
            needs: [.reach(.api), .faults(dependency)], dependsOn: ["HE-13"], excludes: [.everything],
            deadline: .seconds(240),
            risk: "One hung dependency has every task of the service killed and started again.",
            remediation: Remediation(
                summary:
                    "Give each call to \(name) a time limit of a few seconds, and make it off the event loop that answers `/live`."
            ))
    }

    func run(_ context: CheckContext) async throws -> Outcome {
        try await context.atDeployment { target in
            try await context.breaking([dependency], of: target) { session in
                let (before, _) = await look(at: target)
                try await session.inject(try context.fault(dependency, .hang))
                let (answers, liveness) = await look(at: target)
                record(answers, liveness, context)
                let outcome = judge(answers, liveness)
                guard case .passed(let seen) = outcome, !isFelt(before, answers) else { return outcome }
                return .inconclusive(
                    .obstacle(.fault, of: .api), "no page answers otherwise or later while \(name) hangs: \(seen)")
            }
        }
    }

    /// Whether a page answers otherwise than before, or waits for the dependency: a hang that nobody meets shows nothing.
    private func isFelt(_ before: [Answer], _ during: [Answer]) -> Bool {
        zip(before, during).contains { before, during in
            before.response?.status != during.response?.status || during.duration > before.duration + Self.feltDelay
        }
    }

    /// Asks all pages at once, and `/live` until the last of them has answered.
    private func look(at target: TargetService) async -> (answers: [Answer], liveness: Answer) {
        let end = Ending()
        return await withTaskGroup(of: Answer.self) { group in
            for page in pages { group.addTask { await Self.ask(target, page, Self.longestAnswer) } }
            let live = Task {
                var slowest = Answer(page: "/live", response: nil, duration: .zero)
                while !end.hasCome {
                    let answer = await Self.ask(target, "/live", Self.longestAnswer)
                    if answer.duration > slowest.duration { slowest = answer }
                    try? await Task.sleep(for: Self.pause)
                }
                return slowest
            }
            var answers: [Answer] = []
            for await answer in group { answers.append(answer) }
            // The answer that is under way belongs to the look, so the task is not cancelled.
            end.come()
            return (answers.sorted { $0.page < $1.page }, await live.value)
        }
    }

    private static func ask(_ target: TargetService, _ page: String, _ deadline: Duration) async -> Answer {
        let asked = ContinuousClock.now
        let response = try? await target.get(page, deadline: deadline)
        return Answer(page: page, response: response, duration: asked.duration(to: .now))
    }

    private func record(_ answers: [Answer], _ liveness: Answer, _ context: CheckContext) {
        for answer in answers + [liveness] {
            context.recorder.measure(
                Metric(
                    "chaos.answer_beside_hang", answer.duration.milliseconds, .milliseconds,
                    labels: ["dependency": dependency.rawValue, "endpoint": answer.page]))
        }
    }

    /// What the answers of the pages and the slowest one of `/live` amount to, while the dependency hangs.
    func judge(_ answers: [Answer], _ liveness: Answer) -> Outcome {
        let seen = (answers + [liveness]).map(\.text).joined(separator: "; ")
        if let silent = answers.first(where: { $0.response == nil }) {
            return .failed(
                .excess(.api, .time, path: silent.page), "\(silent.page) does not answer while \(name) hangs",
                expected: "an answer within \(Self.longestAnswer.readable)", got: seen)
        }
        if liveness.response?.status != 200 || liveness.duration > Self.longestLiveness {
            return .failed(
                .eventLoopBlocked(.api), "`/live` stands still while \(name) hangs",
                expected: "200 within \(Self.longestLiveness.readable)", got: seen)
        }
        if isVital, let ready = answers.first(where: { $0.page == "/ready" })?.response,
            ReadinessView(ready).isReady == true, ReadinessView(ready).canServe != false
        {
            return .failed(
                .deviation(.api, .underFault), "`/ready` calls the service ready while \(name) hangs",
                expected: "ready false, or 503", got: seen)
        }
        return .passed(seen)
    }
}
